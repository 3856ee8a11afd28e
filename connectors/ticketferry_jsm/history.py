"""Entries of an issue's history as neutral events, their values in the terms in which the ticket itself holds them."""

from collections.abc import Callable, Mapping
from typing import Any

from ticketferry.sdk import FieldDef, Json, Kind, Record, Ref, Translated, Wire, derived
from ticketferry.sdk.codec import ReadContext

from .issue_rows import accounts_in, ids_in, logged_of
from .site_index import JiraCatalogIndex
from .tracing import ACCOUNT
from .wire import neutral_time, number, person_id

__all__ = ["translate_history"]

_OLD: Mapping[str, str] = {
    "Link": "issuelinks",
    "Attachment": "attachment",
    "Component": "components",
    "Key": "key",
    "Security": "security",
    "Project": "project",
}
"""`field` of a change -> `fieldId`, for entries that have none: they are older than the id, or stand for no field."""
_CUSTOM = "customfield_"
_WORKLOGS = frozenset({"WorklogId", "WorklogTimeSpent", "timespent", "timeestimate", "timeoriginalestimate"})


def translate_history(wire: Wire, body: Mapping[str, Any], site: JiraCatalogIndex) -> Translated:
    """Translate one entry: each of its changes is an event of its own, numbered below the entry's id.

    The bulk list writes the time as a number, the list of one issue as text [P]: both are read.
    """
    id_ = str(body["id"])
    base: Record = {
        "ticket": str(wire.root) if wire.root else None,
        "time": neutral_time(body.get("created")),
    }
    author = body.get("author")
    trace: dict[str, str] = {}
    records: list[Record] = []
    for index, item in enumerate(body.get("items") or []):
        head = f"event[{id_}-{index}]"
        record: Record = {"ref": str(Ref(site.desk, Kind.EVENT, f"{id_}-{index}")), **base}
        if isinstance(author, Mapping) and (actor := person_id(author)):
            record["actor"] = _person(site, actor)
            if author.get("accountType") == "app":
                record["rule"] = str(author.get("displayName") or "app")
                trace["author.displayName"] = f"{head}.rule"
            trace |= {"author": ACCOUNT, "author.accountId": f"{head}.actor"}
        _change(site, record, item, f"items[{index}]", head, trace)
        records.append({key: value for key, value in record.items() if value not in (None, "", [])})
        trace["created"] = f"{head}.time"
    if not records:
        ref = str(Ref(site.desk, Kind.EVENT, f"{id_}-0"))
        records.append({**base, "ref": ref, "type": "changed"})
        trace["created"] = f"event[{id_}-0].time"
    trace["id"] = "=the entry's own id"
    return Translated(tuple(records), trace)


def _change(
    site: JiraCatalogIndex, record: Record, item: Mapping[str, Any], at: str, head: str, trace: dict[str, str]
) -> None:
    field_id = str(item.get("fieldId") or _OLD.get(str(item.get("field")), ""))
    known = site.field_by_id(field_id) if field_id else None
    if known is None and not field_id and item.get("fieldtype") == "custom":
        known = site.field(str(item.get("field", "")))
    name, read = _reader(site, field_id, known, str(item.get("field", "")))
    record["type"] = "logged" if str(item.get("field")) in _WORKLOGS else "changed"
    record["field"] = name
    for side, text, key in (("from", "fromString", "before"), ("to", "toString", "after")):
        value = read(item.get(side), item.get(text))
        if value in (None, "", []):
            continue
        record[key] = value
        # Id and words name the same thing: one of them is carried.
        used, beside = (text, side) if value == read(None, item.get(text)) else (side, text)
        trace |= {
            f"{at}.{used}": f"{head}.{key}",
            derived(f"{at}.{used}"): "the value as the ticket holds it",
        }
        trace[f"{at}.{beside}"] = "=names the same value as what stands beside it"
        trace[f"{at}.tmp{side.capitalize()}AccountId"] = "=the account's id once more"
    trace |= {f"{at}.field": f"{head}.field", derived(f"{at}.field"): "the neutral name of a field"}
    trace[f"{at}.fieldtype"] = "=it is a field of the product or of the site"
    if known is not None or not field_id.startswith(_CUSTOM):
        trace[f"{at}.fieldId"] = "=the field by its name"


_Read = Callable[[Any, Any], Json]


def _reader(site: JiraCatalogIndex, field_id: str, known: FieldDef | None, title: str) -> tuple[str, _Read]:
    """Return the neutral name of a changed field, and how its two forms (id, words) are read."""
    if field_id and field_id == site.special("request_type"):
        return "form", _form(site)
    row = logged_of(site).row(field_id) if field_id else None
    if row is not None:
        logged, context = row.type.logged, ReadContext(site.desk)
        return row.neutral, _words if logged is None else lambda *sides: logged(sides, context)
    if known is not None:
        return f"fields.{known['key']}", _custom(site, known)
    if field_id.startswith(_CUSTOM) and title:
        return f"fields.{title}", _words  # it was deleted: only the history still knows its name
    return field_id or title, _words


def _words(id_: Any, text: Any) -> Json:
    told: Json = text if text not in (None, "") else id_
    return told


def _split(_: Any, text: Any) -> Json:
    return [*str(text).split()] if text else None


def _person(site: JiraCatalogIndex, account: str) -> str:
    return str(Ref(site.desk, Kind.PERSON, account))


def _form(site: JiraCatalogIndex) -> _Read:
    def form(id_: Any, text: Any) -> Json:
        """The request type stands there by its key (`sup/emailed-request`) or its name, or by its id."""
        for row in site.catalog.get("forms", []):
            if str(id_ or text) == row["id"] or str(text) == row["id"]:
                return row["name"]
        return str(text or id_) if text or id_ else None

    return form


def _custom(site: JiraCatalogIndex, known: FieldDef) -> _Read:
    """Read a custom field's change by the field's type; words where ids say nothing."""
    options = {str(item.get("id")): item["value"] for item in known.get("options", [])}

    def words(_: Any, text: Any) -> Json:
        return str(text) if text not in (None, "") else None

    def several(id_: Any, text: Any) -> Json:
        ids = ids_in(id_)
        if ids and all(one in options for one in ids):
            return [options[one] for one in ids]
        return words(id_, text)

    def decimal(_: Any, text: Any) -> Json:
        try:
            return number(float(text)) if text not in (None, "") else None
        except ValueError:
            return str(text)

    def time(id_: Any, text: Any) -> Json:
        return neutral_time(id_) or neutral_time(text) or words(id_, text)

    def person(id_: Any, text: Any) -> Json:
        return _person(site, str(id_)) if id_ else words(id_, text)

    def people(id_: Any, text: Any) -> Json:
        ids = accounts_in(id_)
        return [_person(site, account) for account in ids] or words(id_, text)

    def day(id_: Any, text: Any) -> Json:
        return str(id_ or text)[:10] if id_ or text else None

    readers: Mapping[str, _Read] = {
        "decimal": decimal,
        "date": day,
        "datetime": time,
        "multiselect": several,
        "cascading": several,
        "labels": _split,
        "user": person,
        "users": people,
    }
    return readers.get(known["type"], words)
