"""What the tests of every source stand on: the hooks that a connector's tests override, and the desk read once."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Kind
from ticketferry.sdk.contract import Connector, Page, Source, Translated, Wire
from ticketferry.sdk.features import Feature
from ticketferry.sdk.session import RequestNote
from ticketferry.sdk.trace import finish

__all__ = ["Key", "SourceSuite", "last_states"]

Key = tuple[Kind, str]


class SourceSuite:
    """The hooks and fixtures of `SourceContract`."""

    connector: Connector
    """What the entry point names."""
    most_pages = 25
    """Pages from which reading is taken up again, evenly spread."""
    most_roots = 50
    """Roots of each kind that are fetched by id."""

    def make_source(self, folder: Path) -> Source:
        """Open the source; `folder` is empty and the test's own."""
        raise NotImplementedError

    def other_source(self, folder: Path) -> Iterator[Source]:
        """Yield another desk of the same vendor once, with the same records where that can be. Nothing: not tested."""
        del folder
        yield from ()

    def noting_source(self, folder: Path, note: Callable[[RequestNote], None]) -> Source | None:
        """Open the source of `make_source` with a session whose requests are noted by `note`. None: its forecast is not tested."""
        del folder, note
        return None

    def change(self, source: Source) -> Iterable[Key] | None:
        """Change something in the desk; return kind and id of the wire records that this touches. None: not tested."""
        del source
        return None

    def remove(self, source: Source) -> Key | None:
        """Delete something in the desk and return its kind and id. None: not tested."""
        del source
        return None

    def remove_part(self, source: Source) -> tuple[Key, Key] | None:
        """Delete a part (a comment, a file) of a root that stays; return kind and id of the root and of the part. None: not tested."""
        del source
        return None

    def same(self, read: Wire, fetched: Wire) -> bool:
        """Tell whether two wires of one record say the same; override it where a desk counts readings into its records."""
        return canonical(read.body) == canonical(fetched.body)

    # ---- what the tests stand on ---------------------------------------------------------------------------------

    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[Source]:
        """The source, closed afterwards."""
        source = self.make_source(tmp_path)
        yield source
        source.close()

    @pytest.fixture
    def catalog(self, source: Source) -> Catalog:
        """The desk's catalog."""
        return source.catalog()

    def needs(self, feature: Feature) -> None:
        """Skip the test where the connector does not declare the feature."""
        if feature not in self.connector.features:
            pytest.skip(f"{self.connector.name} does not declare {feature.value}")

    def finished(self, source: Source, wire: Wire, catalog: Catalog) -> Translated:
        """Translate as the core does."""
        bodies = self.connector.bodies.get(wire.ref.kind.value, frozenset())
        return finish(source.translate(wire, catalog), wire, bodies)

    def all_wires(self, source: Source) -> dict[Key, Wire]:
        """Read every stream from the start; the last state of each record."""
        wires: dict[Key, Wire] = {}
        for stream in source.streams():
            wires.update(last_states(source.read(stream, None)))
        return wires


def last_states(pages: Iterable[Page]) -> dict[Key, Wire]:
    """Return the last state of every record; a later line of an id wins, as in the store."""
    return {(wire.ref.kind, wire.ref.id): wire for page in pages for wire in page.records}
