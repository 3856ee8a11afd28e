"""`service_desks:` of migration.yaml: which of a site's several service desks take part, on either side."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketferry.mapping.yaml_document import Document, Path
from ticketferry.sdk.contract import Connector

__all__ = ["ServiceDesks", "read_service_desks"]

_WRITTEN = "[SUP, BILL], or {source: [HELP], target: [SUP, BILL]} where both desks have several"
_ROLES = ("source", "target")


class ServiceDesks(dict[str, tuple[list[str], Path]]):
    """Role -> the service desks that take part, and where the file says so. A role that is not named takes part with all of them."""


def read_service_desks(
    data: Any, place: Path, connectors: Mapping[str, Connector], document: Document
) -> ServiceDesks:
    """Read `service_desks:`; what is wrong is noted in the document under `place`. `connectors`: those of the two roles, as far as they are known."""
    found = ServiceDesks()
    if data is None:
        return found
    for role, names, path in _by_role(data, place, connectors, document):
        product = connectors.get(role)
        if product is not None and not product.options.service_desks:
            document.complain(
                path, f"`{product.name}`, the {role}, has no several service desks to choose from"
            )
            continue
        keys = _keys(names, path, document)
        if keys:
            found[role] = (keys, path)
    return found


def _by_role(
    data: Any, place: Path, connectors: Mapping[str, Connector], document: Document
) -> Iterator[tuple[str, Any, Path]]:
    if isinstance(data, Mapping):
        for role, names in data.items():
            if role in _ROLES:
                yield role, names, (*place, role)
            else:
                document.complain(
                    (*place, role), f"`{role}` is no side of a migration: there are source, target"
                )
        if not data:
            document.complain(place, f"`service_desks` is written {_WRITTEN}")
        return
    if not isinstance(data, list):
        document.complain(place, f"`service_desks` is written {_WRITTEN}")
        return
    several = [role for role, one in connectors.items() if one.options.service_desks]
    if len(several) == 1:
        yield several[0], data, place
    elif several:
        document.complain(place, "both desks have several service desks: write {source: […], target: […]}")
    elif len(connectors) == len(_ROLES):
        names = " nor ".join(dict.fromkeys(f"`{one.name}`" for one in connectors.values()))
        document.complain(place, f"there are no several service desks in {names}: leave `service_desks` out")


def _keys(names: Any, path: Path, document: Document) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        document.complain(path, "the service desks are a list of their project keys, as in [SUP, BILL]")
        return []
    if not names:
        document.complain(path, "an empty list names no service desk: leave it out where all take part")
    met: dict[str, int] = {}
    for index, name in enumerate(names):
        key = name.strip().casefold()
        if key in met:
            document.complain((*path, index), f"`{name}` stands here twice")
        met.setdefault(key, index)
    return [name.strip() for name in names]
