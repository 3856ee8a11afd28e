"""Names that the mapping's own tests use and neither desk knows: a test with such a name fails for ever, or can never fail."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from ticketferry.mapping.codes import CODES
from ticketferry.mapping.model import Expect, Given, Rules
from ticketferry.mapping.near import near
from ticketferry.mapping.value_tables import steps_of
from ticketferry.schema.catalog import Catalog, FieldDef
from ticketferry.schema.tickets import Ticket
from ticketferry.sdk.features import Feature

__all__ = ["UnknownName", "unknown_expected", "unknown_given"]

_ABSENT = "absent"
_OF_MAPPING = re.compile(r"[A-Z][0-9]{3}")
_OF_CONNECTOR = re.compile(r"[A-Z]+(?:-[A-Z0-9]+)+")
_EXPECTED = {
    "issue_type": "types", "request_type": "forms", "status": "statuses", "resolution": "resolutions", "priority": "priorities", "brand": "brands",
}  # fmt: skip


class UnknownName(NamedTuple):
    """A name that is not there. `path`: where it stands below the test."""

    path: tuple[str | int, ...]
    message: str


def unknown_given(given: Given, source: Catalog) -> Iterator[UnknownName]:
    """Yield options that a field of the source does not have. A form or a resolution may be one that comes later: of those a test tells what then happens."""
    known = _ticket_fields(source)
    for key, value in given.fields.items():
        row = known.get(key)
        if row is not None:
            yield from _options(row, value, key, ("given", "fields", key), by_name=False)


def unknown_expected(
    expect: Expect,
    rules: Rules,
    source: Catalog,
    target: Catalog,
    features: frozenset[Feature],
    ways: Collection[str],
) -> Iterator[UnknownName]:
    """Yield names of what is expected that the target will not have. `target`: with what the plan makes there; `ways`: into the target."""
    yield from _unknown(
        expect.phase, [phase.name for phase in rules.phases], "the mapping has no phase", ("expect", "phase")
    )
    yield from _unknown(expect.way, ways, "the target has no way", ("expect", "way"))
    for key in ("findings", "no_findings"):
        for number, code in enumerate(getattr(expect, key) or ()):
            if code not in CODES and (_OF_MAPPING.fullmatch(code) or not _OF_CONNECTOR.fullmatch(code)):
                yield UnknownName(
                    ("expect", key, number), f"no finding has the code `{code}`{_hint(code, CODES)}"
                )
    fields = _ticket_fields(source)
    for path in expect.dispositions:
        head, _, rest = path.partition(".")
        head = head.partition("[")[0]
        if head not in Ticket.__annotations__:
            yield UnknownName(
                ("expect", "dispositions", path),
                f"a ticket has no `{path}`{_hint(path, Ticket.__annotations__)}",
            )
        elif head == "fields":
            key = rest.strip('"[]')
            yield from _unknown(key, fields, "the source has no field", ("expect", "dispositions", path))
    if Feature.ANY_NAME in features:
        return
    for key, rows in _EXPECTED.items():
        value = getattr(expect, key)
        yield from _unknown(
            value,
            _names(dict(target).get(rows)),
            f"the target has no {key.replace('_', ' ')}",
            ("expect", key),
        )
    yield from _of_projects(expect, target)
    by_name = {row["name"]: row for row in _ticket_fields(target).values()}
    for name, value in expect.fields.items():
        place = ("expect", "fields", name)
        known = {each.casefold(): row for each, row in by_name.items()}.get(name.casefold())
        if known is None:
            yield from _unknown(name, by_name, "the target has no field", place)
        else:
            yield from _options(known, value, name, place, by_name=True)


def _of_projects(expect: Expect, target: Catalog) -> Iterator[UnknownName]:
    projects: Iterable[Any] = target.get("projects", ())
    yield from _unknown(
        expect.project, [row["key"] for row in projects], "the target has no project", ("expect", "project")
    )
    levels = [row["name"] for project in projects for row in project.get("security", ())]
    yield from _unknown(expect.security, levels, "the target has no security level", ("expect", "security"))


def _ticket_fields(catalog: Catalog) -> dict[str, FieldDef]:
    return {row["key"]: row for row in catalog.get("fields", ()) if row.get("of", "ticket") == "ticket"}


def _names(rows: Any) -> list[str]:
    return [str(row["name"]) for row in rows or ()]


def _options(
    row: FieldDef, value: Any, key: str, path: tuple[str | int, ...], *, by_name: bool
) -> Iterator[UnknownName]:
    """Yield the values that are no option of a field; a source's are known by their values, a target's by their names."""
    options = row.get("options", ())
    if not options or value in (None, _ABSENT):
        return
    values, names = {option["value"] for option in options}, {option["name"] for option in options}
    known = names | values if by_name or row["type"] == "cascading" else values
    for one in value if isinstance(value, list) else [value]:
        text = str(one)
        steps = steps_of(text) if row["type"] == "cascading" else [text]
        for step in [text] if text in known else steps:
            if step not in known:
                meant = next((option["value"] for option in options if option["name"] == step), "")
                hint = f": did you mean `{meant}`?" if meant and not by_name else _hint(step, known)
                yield UnknownName(path, f"the field `{key}` has no option `{step}`{hint}")


def _unknown(
    name: str | None, known: Collection[str], what: str, path: tuple[str | int, ...]
) -> Iterator[UnknownName]:
    """Yield a name that is not among those that are known, where any is."""
    if name in (None, _ABSENT) or not known:
        return
    if str(name).casefold() not in {each.casefold() for each in known}:
        yield UnknownName(path, f"{what} `{name}`{_hint(str(name), known)}")


def _hint(name: str, known: Collection[str]) -> str:
    like = near(name, known)
    return f": did you mean `{like}`?" if like else ""
