"""The fields of an issue that are rows: one line each for what is read, written, cleared, kept to the letter, given back, and named in
its history.

Apart stand the way to a status, the request type, custom fields, and the writing of labels, which bear our mark.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple, cast

from ticketferry.sdk import (
    From,
    Json,
    Kind,
    Named,
    ProjectDef,
    Ref,
    Severity,
    TypeDef,
    id_template,
    parse_ref,
)
from ticketferry.sdk.codec import (
    FieldRow,
    FieldType,
    FieldWriter,
    LoggedFields,
    NoPlaceError,
    ReadContext,
    Written,
)
from ticketferry.sdk.values import MisfitError, day_of

from .lane import on_desk
from .site_index import JiraCatalogIndex
from .tracing import trace_account, trace_named
from .wire import person_id

__all__ = ["ACCOUNT_TYPE", "ISSUE", "IssuePlace", "accounts_in", "ids_in", "logged_of", "rows_of"]

_SUMMARY = 255
_ACCOUNTS = re.compile(r"[^,\s()]+")
_IDS = re.compile(r"\d+")


class IssuePlace(NamedTuple):
    """Where an issue is to stand: what its project and type allow."""

    site: JiraCatalogIndex
    project: ProjectDef
    type: TypeDef

    def chosen(self, key: str, name: str, found: Named | None) -> Written:
        """Return a value that the site defines. Raises MisfitError where there is none, NoPlaceError where the project's scheme has it not:
        Jira would refuse each of these tickets.
        """
        if found is None:
            raise MisfitError(f"Jira has no {key} {name!r} here")
        allowed = self.type.get("allowed", {}).get(key)
        if allowed is not None and found["id"] not in allowed:
            names = [row["name"] for row in self.site.catalog.get("priorities", []) if row["id"] in allowed]
            raise NoPlaceError(
                "JSM-CHOICE",
                f"{self.type['name']} of {self.project['key']} takes no {key} {name!r}, only {', '.join(names)}",
                f"Write one of those in the mapping (`{key}: {{…: {names[0] if names else '…'}}}`), or change the project's scheme.",
                stops=True,
            )
        return Written({"id": found["id"]}, found["name"])


def _line(value: Json, _: Any) -> Written:
    """One line of at most 255 characters, as Java counts them."""
    line = " ".join(str(value).split()) or "(no subject)"
    units = line.encode("utf-16-le", "surrogatepass")
    if len(units) // 2 > _SUMMARY:
        line = units[: (_SUMMARY - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"
    return Written(line, line)


def _day(value: Json, _: Any) -> Written:
    day = str(value)[:10]
    day_of(day)
    return Written(day, day)


def _account(value: Json, _: Any) -> Written:
    return Written({"id": From(parse_ref(str(value)))}, value)


def _person(value: Any, context: ReadContext) -> str | None:
    id_ = person_id(value)
    return str(Ref(context.desk, Kind.PERSON, id_)) if id_ else None


def _read_name(value: Any, _: ReadContext) -> Any:
    return (
        value.get("name") or None if isinstance(value, Mapping) else value if isinstance(value, str) else None
    )


def _read_key(value: Any, _: ReadContext) -> Any:
    return value.get("key") or None if isinstance(value, Mapping) else None


_NAMED = FieldType(_read_name, trace=trace_named)
"""Something that the site defines, by its name; the rest of it is set-up. A plain text is the name itself."""
_KEYED = FieldType(_read_key, trace=lambda value, path, place: trace_named(value, path, place, "key"))
ACCOUNT_TYPE = FieldType(
    _person,
    _account,
    trace_account,
    logged=lambda sides, context: _account_in(sides[0], context),
    sample="acme:person:1",
)


def _account_in(id_: Any, context: ReadContext) -> str | None:
    return str(Ref(context.desk, Kind.PERSON, str(id_))) if id_ else None


def _priority(value: Json, place: IssuePlace) -> Written:
    return place.chosen("priority", str(value), place.site.entry("priorities", str(value)))


def _level(value: Json, place: IssuePlace) -> Written:
    return place.chosen("security", str(value), place.site.security(place.project, str(value)))


def _fails_closed(writer: FieldWriter, row: FieldRow, name: Json) -> None:
    """Stop the plan: without its level the ticket would show itself to people who must not see it."""
    lane, project = writer.lane, writer.place.project["key"]
    lane.lost(row.neutral, "JSM-SECURITY", f"project {project} cannot set the security level {name!r}")
    lane.find(
        "JSM-SECURITY-MISSING",
        Severity.BLOCKER,
        row.neutral,
        f"the ticket would be visible without its security level {name!r}",
        "Put the field Security Level on the create screen and make the level, or change the mapping.",
    )


def _off_screen_day(writer: FieldWriter, row: FieldRow, value: Json) -> None:
    """Keep a due date that no screen takes: it is given back while the issue has none."""
    try:
        _day(value, None)
    except MisfitError as error:
        writer.beside(row.neutral, value, row.code, row.misfit.format(error=error))
        return
    writer.show(row.neutral, row.wire, value, None, row.exact)


def _read_components(value: Any, _: ReadContext) -> Any:
    found = [_read_name(item, _) for item in value] if isinstance(value, list) else []
    return [name for name in found if name] or None


def _components(value: Json, place: IssuePlace) -> Written:
    found: dict[str, str] = {}
    misfits: list[tuple[int, Json, MisfitError]] = []
    for index, name in enumerate(dict.fromkeys(cast("list[str]", value))):
        known = place.site.component(place.project, name)
        if known is None:
            misfits.append(
                (index, name, MisfitError(f"project {place.project['key']} has no component {name!r}"))
            )
        else:
            found.setdefault(known["name"], known["id"])
    return Written(
        [{"id": id_template(id_, slot="number")} for id_ in found.values()], [*found], misfits=misfits
    )


def _organization(value: Json, place: IssuePlace) -> Written:
    desk, ref = place.project.get("desk_id"), str(value)
    return Written(
        [From(on_desk(ref, desk), "on_desk", as_int=True) if desk else From(parse_ref(ref), as_int=True)],
        value,
    )


def _read_organization(value: Any, context: ReadContext) -> str | None:
    """One organization is a ticket's own; further ones that it is shared with are kept beside."""
    first = value[0] if isinstance(value, list) and value else None
    id_ = first.get("id") if isinstance(first, Mapping) else None
    return str(Ref(context.desk, Kind.ORGANIZATION, str(id_))) if id_ else None


def _trace_organization(value: Any, path: str, place: str) -> dict[str, str]:
    return (
        {f"{path}[0]": "=the organization's own record tells it", f"{path}[0].id": place}
        if isinstance(value, list)
        else {}
    )


def ids_in(value: Any) -> list[str]:
    """Return the numbers in a value of the history (`[10001, 10002]`)."""
    return _IDS.findall(str(value)) if value else []


def accounts_in(value: Any) -> list[str]:
    """Return the accounts in a value of the history (`[5b10a2, qm:1]`)."""
    return _ACCOUNTS.findall(str(value).strip("[]")) if value else []


def _logged_organization(sides: Any, context: ReadContext) -> Json:
    ids = ids_in(sides[0])
    return str(Ref(context.desk, Kind.ORGANIZATION, ids[0])) if ids else (str(sides[1]) if sides[1] else None)


def _read_accounts(value: Any, context: ReadContext) -> Any:
    rows = value if isinstance(value, list) else []
    ids = [row["accountId"] for row in rows if isinstance(row, Mapping) and row.get("accountId")]
    return [str(Ref(context.desk, Kind.PERSON, str(id_))) for id_ in ids] or None


def _accounts(value: Json, _: Any) -> Written:
    refs = cast("list[str]", value)
    return Written([{"accountId": From.of(ref)} for ref in refs], cast("Json", list(dict.fromkeys(refs))))


def _logged_accounts(sides: Any, context: ReadContext) -> Json:
    ids = accounts_in(sides[0])
    return [str(Ref(context.desk, Kind.PERSON, id_)) for id_ in ids] or (str(sides[1]) if sides[1] else None)


def _each(trace: Any) -> Any:
    def traced(value: Any, path: str, place: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for index, item in enumerate(value):
            found |= trace(item, f"{path}[{index}]", place)
        return found

    return traced


def _words(value: Any, _: ReadContext) -> Any:
    return [str(item) for item in value] if isinstance(value, list) and value else None


ISSUE = (
    FieldRow(
        "subject", "summary", FieldType(write=_line), default="(no subject)",
        exact="summary: one line of 255 characters; the whole in the property",
    ),
    FieldRow("requester", "reporter", ACCOUNT_TYPE, clears=False, unset="requester"),
    FieldRow("assignee", "assignee", ACCOUNT_TYPE, blank=True),
    FieldRow(
        "due", "duedate", FieldType(write=_day, logged=lambda sides, _: str(sides[0] or sides[1] or "")[:10] or None, sample="2021-04-05"),
        by="due date", exact="due date: a day; the time in the property", code="JSM-VALUE", misfit="the due date cannot hold the value: {error}", without=_off_screen_day,
    ),
    FieldRow(
        "organization", "organizations", by="organizations",
        type=FieldType(_read_organization, _organization, _trace_organization, logged=_logged_organization, sample="acme:organization:3"),
    ),
    FieldRow("ccs", "participants", FieldType(_read_accounts, _accounts, _each(trace_account), logged=_logged_accounts, sample=["acme:person:1"]), by="participants"),
    FieldRow(
        "priority", "priority", replace(_NAMED, write=_priority), clears=False, unset="priority", stands_in=lambda place: place.site.default_priority,
        code="JSM-NAME", remedy="Make it in Jira, or map it to another.",
    ),
    FieldRow("security", "security", replace(_NAMED, write=_level), without=_fails_closed),
    FieldRow(
        "components", "components", FieldType(_read_components, _components, _each(trace_named)), cleared=[],
        code="JSM-NAME", remedy="Make the component in the project.",
    ),
    FieldRow("tags", "labels", FieldType(_words, logged=lambda sides, _: [*str(sides[1]).split()] if sides[1] else None), to=None),
    FieldRow("type", "issuetype", _NAMED, to=None),
    FieldRow("project", "project", _KEYED, to=None),
    FieldRow("resolution", "resolution", _NAMED, to=None),
)  # fmt: skip
_OF_DESK = ("organizations", "participants")
"""Rows that are custom fields of the service desk: each site has them under ids of its own."""

_BESIDE = (
    FieldRow("creator", "creator", ACCOUNT_TYPE, to=None),
    FieldRow("body", "description", to=None),
    FieldRow("links", "issuelinks", to=None),
    FieldRow("attachments", "attachment", FieldType(logged=lambda sides, _: str(sides[1] or sides[0] or "") or None), to=None),
    FieldRow("number", "key", to=None),
)  # fmt: skip
"""What an issue's history names beside its fields. `logged` of a row takes both sides of a change: the id, the words."""


@lru_cache(maxsize=64)
def _rows(*ids: str | None) -> tuple[FieldRow, ...]:
    own = {wire: id_ or wire for wire, id_ in zip(_OF_DESK, ids, strict=True)}
    return tuple(replace(row, wire=own[row.wire]) if row.wire in own else row for row in ISSUE)


def rows_of(site: JiraCatalogIndex) -> tuple[FieldRow, ...]:
    """Return the rows with the ids of a site; one that the site has not keeps its word, which is on no screen."""
    return _rows(*map(site.special, _OF_DESK))


@lru_cache(maxsize=64)
def _logged(*ids: str | None) -> LoggedFields:
    return LoggedFields((*_rows(*ids), *_BESIDE))


def logged_of(site: JiraCatalogIndex) -> LoggedFields:
    """Return the same as an issue's history names it."""
    return _logged(*map(site.special, _OF_DESK))
