"""Contract suites and factories for authors of connectors; needs the extra `ticketferry[testing]`.

`SourceContract` and `TargetContract` are base classes of tests. `hostile_records`, `records` and `write_sample` make data,
`FaultyTarget` loses calls on demand. Names are loaded when first used: the data need neither pytest nor hypothesis.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ticketferry.testing.driver import Driver as Driver
    from ticketferry.testing.faulty import FaultyTarget as FaultyTarget
    from ticketferry.testing.faulty import InjectedLoss as InjectedLoss
    from ticketferry.testing.faulty import Killed as Killed
    from ticketferry.testing.faulty import RecordedWrite as RecordedWrite
    from ticketferry.testing.hostile import MemoryBlobs as MemoryBlobs
    from ticketferry.testing.hostile import hostile_records as hostile_records
    from ticketferry.testing.records import cases as cases
    from ticketferry.testing.sample import sample_catalog as sample_catalog
    from ticketferry.testing.sample import write_sample as write_sample
    from ticketferry.testing.source_contract import SourceContract as SourceContract
    from ticketferry.testing.target_contract import TargetContract as TargetContract

_HOMES = {
    "Driver": "driver",
    "FaultyTarget": "faulty",
    "InjectedLoss": "faulty",
    "Killed": "faulty",
    "MemoryBlobs": "hostile",
    "RecordedWrite": "faulty",
    "SourceContract": "source_contract",
    "TargetContract": "target_contract",
    "cases": "records",
    "hostile_records": "hostile",
    "sample_catalog": "sample",
    "write_sample": "sample",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 -- built from the table above


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{home}"), name)
