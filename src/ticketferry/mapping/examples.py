"""The mapping's own tests, run: a ticket made of what is given, mapped, and held against what is expected. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, get_args

from ticketferry.mapping.conditions import parse_time, text_of
from ticketferry.mapping.model import Expect, Given
from ticketferry.mapping.near import near
from ticketferry.mapping.result import Mapped, fate_of
from ticketferry.mapping.value_tables import PATH, steps_of
from ticketferry.schema.body_subset import write_html
from ticketferry.schema.body_text import from_text
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import Stage
from ticketferry.schema.records import Record
from ticketferry.schema.tickets import HandledBy
from ticketferry.sdk.contract import Disposition, Outcome
from ticketferry.sdk.trace import join_path

__all__ = ["ABSENT", "ExampleDifference", "GivenError", "differences", "record_of"]

ABSENT = "absent"
_OUTCOMES = {Outcome.CREATE: "moved", Outcome.SKIP: "left_behind", Outcome.REJECT: "rejected"}
_PLAIN = (
    "number", "subject", "status", "stage", "priority", "type", "form", "brand", "channel", "handled_by", "external_id", "resolution",
    "project", "security",
)  # fmt: skip
_WORDS = {"stage": tuple(stage.value for stage in Stage), "handled_by": get_args(HandledBy)}
"""Whose values are the same words whatever the source is, in small letters."""
_REFS = {"group": "group", "organization": "organization", "requester": "person", "assignee": "person"}
_TIMES = ("created", "updated", "solved", "due")
_TARGET = {"issue_type": "type", "request_type": "form"}
_NUMBERS = frozenset({"integer", "decimal"})
_LISTS = frozenset({"multiselect", "labels"})


class GivenError(ValueError):
    """What is given does not exist in the source. `path`: where it stands below the test."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


class ExampleDifference(NamedTuple):
    """One value that is not as expected. `by`: the rule that made it what it is."""

    what: str
    expected: str
    found: str
    by: str


Resolve = Callable[[str, str], str | None]
"""(kind, name) -> ref of a group, organization or person of the source; None where nobody has that name."""


def record_of(
    given: Given, desk: str, catalog: Catalog, base: Record | None, resolve: Resolve, now: Any
) -> Record:
    """Make the ticket that is given. `base`: the one to begin with. Raises GivenError for a name that the source does not have."""
    record: Record = dict(base) if base is not None else {"ref": f"{desk}:ticket:mapping-test"}
    for key, words in _WORDS.items():
        name = getattr(given, key)
        if name not in (None, ABSENT, *words):
            like = near(name, words)
            hint = f"did you mean `{like}`?" if like else f"it is one of {', '.join(words)}"
            raise GivenError((key,), f"there is no {key} `{name}`: {hint}")
    for key in _PLAIN:
        _put(record, key, getattr(given, key))
    if given.custom_status is not None:
        _put_status(
            record, catalog, given, "custom_status", (f"custom:{given.custom_status}", given.custom_status)
        )
    elif given.status not in (None, ABSENT):
        _put_status(record, catalog, given, "status", (str(given.status), f"custom:{given.status}"))
    if given.priority not in (None, ABSENT):
        _known(str(given.priority), catalog.get("priorities", ()), "priority", ("priority",))
    for key, kind in _REFS.items():
        name = getattr(given, key)
        if name is not None:
            _put(record, key, ABSENT if name == ABSENT else _ref(resolve, kind, name, (key,)))
    for key in _TIMES:
        _put_time(record, key, getattr(given, key), now)
    for key in ("tags", "components"):
        if getattr(given, key) is not None:
            record[key] = list(getattr(given, key))
    if given.fields:
        types = {
            row["key"]: row["type"]
            for row in catalog.get("fields", ())
            if row.get("of", "ticket") == "ticket"
        }
        fields = dict(record.get("fields") or {})
        for key, value in given.fields.items():
            if key not in types:
                like = near(key, types)
                raise GivenError(
                    ("fields", key),
                    f"the source has no field `{key}`" + (f": did you mean `{like}`?" if like else ""),
                )
            if value == ABSENT:
                fields.pop(key, None)
            else:
                fields[key] = _typed(value, types[key], key)
        record["fields"] = fields
    if given.body == ABSENT:
        record.pop("body", None)
    elif given.body is not None:
        record["body"] = {"html": write_html(from_text(given.body))}
    if given.comments is not None:
        record["comments"] = [
            _comment(record, desk, number, item.text, item.author, resolve, public=item.public)
            for number, item in enumerate(given.comments, 1)
        ]
    return record


def _put(record: Record, key: str, value: str | None) -> None:
    if value == ABSENT:
        record.pop(key, None)
    elif value is not None:
        record[key] = value


def _known(name: str, rows: Iterable[Any], what: str, path: tuple[str | int, ...]) -> None:
    """Refuse a name that none of the rows bears, where there are any."""
    names = [str(row["name"]) for row in rows]
    if names and name.casefold() not in {each.casefold() for each in names}:
        like = near(name, names)
        raise GivenError(
            path, f"the source has no {what} `{name}`" + (f": did you mean `{like}`?" if like else "")
        )


def _put_time(record: Record, key: str, value: str | None, now: Any) -> None:
    if value in (None, ABSENT):
        _put(record, key, value)
        return
    moment = parse_time(str(value), now)
    if moment is None:
        raise GivenError((key,), f"`{value}` is no time: 2026-11-30, 2026-11-30T09:00:00Z, -2y")
    record[key] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _put_status(record: Record, catalog: Catalog, given: Given, key: str, names: tuple[str, ...]) -> None:
    """Give the record a status as records of the source hold it, with its stage."""
    rows = {str(row["name"]).casefold(): row for row in catalog.get("statuses", ())}
    row = next((rows[name.casefold()] for name in names if name.casefold() in rows), None)
    if row is None:
        like = near(
            str(getattr(given, key)), [str(known["name"]).removeprefix("custom:") for known in rows.values()]
        )
        hint = f": did you mean `{like}`?" if like else ""
        raise GivenError((key,), f"the source has no status `{getattr(given, key)}`{hint}")
    record["status"], record["stage"] = row["name"], given.stage or row["stage"]


def _ref(resolve: Resolve, kind: str, name: str, path: tuple[str | int, ...]) -> str:
    ref = resolve(kind, name)
    if ref is None:
        raise GivenError(path, f"the source has no {kind} `{name}`")
    return ref


def _typed(value: Any, kind: str, key: str) -> Any:
    if kind == "checkbox":
        if str(value).casefold() not in ("true", "false"):
            raise GivenError(("fields", key), f"`{value}` is neither `true` nor `false`")
        return str(value).casefold() == "true"
    if kind in _LISTS:
        return list(value) if isinstance(value, list) else [str(value)]
    if kind == "cascading":
        return list(value) if isinstance(value, list) else steps_of(str(value))
    if kind in _NUMBERS:
        try:
            number = float(str(value))
        except ValueError:
            raise GivenError(("fields", key), f"`{value}` is no number") from None
        return int(number) if kind == "integer" and number.is_integer() else number
    return value


def _comment(
    record: Record, desk: str, number: int, text: str, author: str | None, resolve: Resolve, *, public: bool
) -> Record:
    comment: Record = {
        "ref": f"{desk}:comment:mapping-test-{number}", "ticket": record["ref"], "public": public,
        "body": {"html": write_html(from_text(text))},
    }  # fmt: skip
    who = (
        record.get("requester")
        if author is None
        else _ref(resolve, "person", author, ("comments", number - 1, "author"))
    )
    if who:
        comment["author"] = who
    if record.get("created"):
        comment["created"] = record["created"]
    return comment


def differences(
    expect: Expect, record: Record, mapped: Mapped, names: Callable[[str], Iterable[str]]
) -> Iterator[ExampleDifference]:
    """Yield what is not as expected. `names`: ref of a person, group or organization -> how people may call them."""
    asked = expect.model_fields_set
    made = mapped.record or {}
    outcome = _OUTCOMES.get(mapped.outcome, mapped.outcome.value)
    if "outcome" in asked or (
        outcome != "moved" and asked & {*_TARGET, *_SHOWN, "fields", "components", "tags"}
    ):
        wanted = expect.outcome or "moved"
        if outcome != wanted:
            yield ExampleDifference("outcome", wanted, outcome, mapped.because)
            return
    for key in ("phase", "way"):
        if key in asked:
            yield from _one(key, getattr(expect, key), getattr(mapped, key), "")
    for key in _SHOWN:
        if key in asked:
            target = _TARGET.get(key, key)
            yield from _one(
                key,
                getattr(expect, key),
                made.get(target),
                _by(record, mapped, target),
                names if target in _REFS else None,
            )
    for name, value in expect.fields.items():
        known = {field.casefold(): held for field, held in (made.get("fields") or {}).items()}
        yield from _one(f"fields.{name}", value, known.get(name.casefold()), _rule_of_field(mapped, name))
    tags = {str(tag) for tag in made.get("tags") or ()}
    for key in ("components", "tags"):
        held = {str(name) for name in made.get(key) or ()}
        for name in getattr(expect, key) or ():
            if name not in held:
                yield ExampleDifference(key, name, ", ".join(sorted(held)) or ABSENT, "")
    for tag in expect.no_tags or ():
        if tag in tags:
            yield ExampleDifference("tags", f"no {tag}", ", ".join(sorted(tags)), "")
    if expect.newly_visible is not None and expect.newly_visible != len(mapped.newly_visible):
        yield ExampleDifference(
            "newly_visible",
            str(expect.newly_visible),
            str(len(mapped.newly_visible)),
            "; ".join(mapped.newly_visible),
        )
    codes = sorted({finding.code for finding in mapped.findings})
    for code in expect.findings or ():
        if code not in codes:
            yield ExampleDifference("findings", code, ", ".join(codes) or "none", "")
    for code in expect.no_findings or ():
        if code in codes:
            messages = "; ".join(finding.message for finding in mapped.findings if finding.code == code)
            yield ExampleDifference("findings", f"no {code}", code, messages)
    for path, disposition in expect.dispositions.items():
        fate = fate_of(mapped.fates, f"{_head(record)}.{path}")
        found = _disposition(fate.action, transformed=fate.transformed) if fate is not None else "nothing"
        if found != disposition:
            yield ExampleDifference(
                f"dispositions.{path}", disposition, found, fate.by if fate is not None else ""
            )


_SHOWN = (
    "project", "issue_type", "request_type", "security", "status", "resolution", "priority", "subject", "due", "group", "brand",
    "organization", "requester", "assignee",
)  # fmt: skip


def _one(
    what: str, wanted: Any, found: Any, by: str, names: Callable[[str], Iterable[str]] | None = None
) -> Iterator[ExampleDifference]:
    shown = _text(found)
    if names is not None and found:
        known = [str(found), *names(str(found))]
        if any(str(wanted).casefold() == name.casefold() for name in known):
            return
        shown = known[-1]
    paths = [PATH.join(map(text_of, found))] if isinstance(found, list) else []
    if _text(wanted) not in (shown, *paths):
        yield ExampleDifference(what, _text(wanted), shown, by)


def _text(value: Any) -> str:
    if value in (None, "", [], {}):
        return ABSENT
    if isinstance(value, list):
        return ", ".join(text_of(item) for item in value)
    return text_of(value)


def _head(record: Record) -> str:
    return f"ticket[{record['ref'].split(':', 2)[2]}]"


def _by(record: Record, mapped: Mapped, key: str) -> str:
    if made := mapped.made.get(key):
        return made
    fate = fate_of(mapped.fates, f"{_head(record)}.{key}")
    return fate.by if fate is not None else ""


def _rule_of_field(mapped: Mapped, name: str) -> str:
    place = join_path("fields", name)
    by = next((fate.by for fate in mapped.fates.values() if fate.action == "to" and fate.to == place), "")
    return by or mapped.made.get(place, "")


def _disposition(action: str, *, transformed: bool) -> str:
    if action == "drop":
        return Disposition.DROPPED.value
    if action == "keep":
        return Disposition.KEPT.value
    if action == "lost":
        return Disposition.UNSUPPORTED.value
    return Disposition.TRANSFORMED.value if transformed else Disposition.CARRIED.value
