"""What a condition, or `by`, can ask a record for: its own values, how many parts it has, and those whom it names."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from ticketferry.mapping.near import near
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.body_subset import parse
from ticketferry.schema.body_text import to_text
from ticketferry.schema.records import Record

__all__ = [
    "ASKED",
    "TIMES",
    "Accessor",
    "BareTicket",
    "Complain",
    "NameSource",
    "Subject",
    "SubjectKind",
    "accessor",
]


class NameSource(Protocol):
    """What a condition asks of the snapshot: the record behind a ref."""

    def record(self, ref: str) -> Record | None:
        """Return the source record, None where there is none."""
        ...

    def holds_until(self, moment: datetime) -> None:
        """Take note that a comparison with the snapshot's time may come out otherwise once that is `moment` or later."""
        ...


class Subject(NamedTuple):
    """What a condition is asked of; `extra` holds figures that the record itself does not (tickets of a person)."""

    record: Record
    lookups: NameSource
    extra: Mapping[str, int] = {}


class BareTicket(dict[str, Any]):
    """A ticket's own record without its parts. `whole`: the ticket with them, of which conditions on parts are asked."""

    whole: Record


def _parts(record: Record) -> Record:
    return getattr(record, "whole", record)


Complain: TypeAlias = Callable[[Path, str], None]
Accessor: TypeAlias = Callable[[Subject], Any]
SubjectKind: TypeAlias = Literal["ticket", "person", "organization"]


def _plain(key: str) -> Accessor:
    return lambda subject: subject.record.get(key)


def _count(key: str) -> Accessor:
    return lambda subject: len(_parts(subject.record).get(key) or ())


def _extra(key: str) -> Accessor:
    return lambda subject: subject.extra.get(key, 0)


def _named(key: str) -> Accessor:
    def value(subject: Subject) -> Any:
        ref = subject.record.get(key)
        if not ref:
            return None
        record = subject.lookups.record(ref)
        if record is None:
            return [ref]
        return [known for name in ("name", "email", "external_id") if (known := record.get(name))] or [ref]

    return value


def _of(key: str, of: str) -> Accessor:
    """Read a value of somebody whom the ticket names."""

    def value(subject: Subject) -> Any:
        ref = subject.record.get(key)
        record = subject.lookups.record(ref) if ref else None
        return None if record is None else record.get(of)

    return value


def _body(subject: Subject) -> str | None:
    """The words of the description, else of the message that opened the ticket."""
    record = _parts(subject.record)
    body = record.get("body") or next(
        (comment.get("body") for comment in record.get("comments") or () if comment.get("opening")),
        None,
    )
    html = body.get("html") if isinstance(body, dict) else None
    return to_text(parse(html)) if html else None


def _closed(subject: Subject) -> str | None:
    """When a ticket that is closed was closed: the last step to that status, else when it was solved, else when it last changed."""
    record = _parts(subject.record)
    if record.get("stage") != "closed":
        return None
    steps = [
        str(event["time"])
        for event in record.get("events") or ()
        if event.get("field") in ("status", "stage") and event.get("after") == "closed" and event.get("time")
    ]
    return max(steps) if steps else record.get("solved") or record.get("updated")


def _rating(key: str) -> Accessor:
    return lambda subject: (subject.record.get("satisfaction") or {}).get(key)


def _field(key: str) -> Accessor:
    return lambda subject: (subject.record.get("fields") or {}).get(key)


TIMES = frozenset({"created", "updated", "solved", "due", "closed"})
_PLAIN = ("subject", "stage", "status", "priority", "type", "form", "brand", "channel", "handled_by", "number", "external_id",
          "resolution", "project", "security", "public")  # fmt: skip
_OF_PERSON = {
    **{key: key for key in ("name", "email", "role", "state", "external_id", "locale")}, "tag": "tags", "tags": "tags",
}  # fmt: skip
_OF_ORGANIZATION = {
    "name": "name", "external_id": "external_id", "tag": "tags", "tags": "tags", "domain": "domains", "shared": "shared_tickets",
}  # fmt: skip
ASKED: dict[SubjectKind, dict[str, Accessor]] = {
    "ticket": {
        **{key: _plain(key) for key in (*_PLAIN, *sorted(TIMES))},
        "closed": _closed,
        **{key: _named(key) for key in ("group", "organization", "requester", "assignee", "submitter")},
        **{
            key: _count(key)
            for key in ("comments", "attachments", "events", "followers", "ccs", "links", "worklogs")
        },
        "tag": _plain("tags"),
        "tags": _plain("tags"),
        "components": _plain("components"),
        "body": _body,
        **{f"satisfaction.{key}": _rating(key) for key in ("score", "comment", "reason")},
        **{
            f"{who}.{written}": _of(who, key)
            for who in ("requester", "assignee", "submitter")
            for written, key in _OF_PERSON.items()
        },
        **{f"organization.{written}": _of("organization", key) for written, key in _OF_ORGANIZATION.items()},
    },
    "person": {
        **{
            key: _plain(key)
            for key in ("name", "email", "role", "state", "external_id", "locale", "created", "updated")
        },
        "tag": _plain("tags"),
        "tags": _plain("tags"),
        "tickets": _extra("tickets"),
    },
    "organization": {
        **{key: _plain(key) for key in ("name", "external_id", "created", "updated")},
        "domain": _plain("domains"),
        "shared": _plain("shared_tickets"),
        "tag": _plain("tags"),
        "tags": _plain("tags"),
        "tickets": _extra("tickets"),
        "users": _extra("users"),
    },
}


def accessor(key: str, complain: Complain, path: Path, kind: SubjectKind = "ticket") -> Accessor | None:
    """Return the reader of a field that conditions and `by` can name; an unknown one is complained of and gives None."""
    if key.startswith("fields.") and len(key) > len("fields."):
        return _field(key.removeprefix("fields."))
    reader = ASKED[kind].get(key)
    if reader is None:
        head, _, rest = key.partition(".")
        like = f"fields.{rest}" if rest and near(head, ["fields"]) else near(key, ASKED[kind])
        hint = (
            f"did you mean `{like}`?"
            if like
            else f"a {kind} has " + ", ".join(sorted(ASKED[kind])) + ", fields.KEY"
        )
        complain(path, f"`{key}` is nothing that a condition can ask for: {hint}")
    return reader
