"""What a witness is told of a ticket in neutral files: the lines as they stand there."""

from collections.abc import Sequence
from typing import Any

from ticketferry.sdk.witness import Facts, Names, Who, Wire, WitnessFile, WitnessText, plain

__all__ = ["facts", "files", "texts", "who"]

_ASKED = (
    "subject", "stage", "status", "priority", "type", "form", "brand", "channel", "handled_by", "resolution", "project", "security",
)  # fmt: skip
"""What conditions can ask for and a ticket has one value of."""


def texts(wires: Sequence[Wire]) -> list[WitnessText]:
    """Return subject, description and comments in the order of time; a later line on a comment's privacy wins."""
    ticket = _root(wires)
    found: list[WitnessText] = []
    if ticket.get("subject"):
        found.append(WitnessText("subject", str(ticket["subject"]), public=True, kind="subject"))
    if _html(ticket):
        found.append(
            WitnessText("description", plain(_html(ticket)), public=ticket.get("public") is not False)
        )
    found.extend(
        WitnessText(
            f"comment {_id(body.get('ref'))}",
            _said(wires, body),
            _now(wires, body),
            author=_id(body.get("author")),
            at=str(body.get("created") or ""),
            system=body.get("kind") == "system",
            call=body.get("kind") == "voice",
        )
        for body in _parts(wires, "comment")
    )
    found.extend(
        WitnessText(f"work log {_id(body.get('ref'))}", plain(_html(body)), public=False, kind="beside")
        for body in _parts(wires, "worklog")
    )
    for body in _parts(wires, "side_conversation"):
        for index, message in enumerate(body.get("messages") or ()):
            place = f"side conversation {_id(body.get('ref'))}, {index}"
            found.append(WitnessText(place, plain(_html(message)), public=False, kind="beside", talk=True))
    return [said for said in found if said.text.strip()]


def files(wires: Sequence[Wire]) -> list[WitnessFile]:
    """Return the files, as visible as the comment that they hang on."""
    ticket = _root(wires)
    public = {str(body.get("ref")): _now(wires, body) for body in _parts(wires, "comment")}
    calls = {body.get("ref") for body in _parts(wires, "comment") if body.get("kind") == "voice"}
    times = {body.get("ref"): body.get("created") for body in _parts(wires, "comment")}
    found = []
    for body in _parts(wires, "attachment"):
        if body.get("state") in ("redacted", "malware", "missing"):
            continue
        shown = public.get(str(body.get("comment")), ticket.get("public") is not False)
        size = body.get("size")
        found.append(
            WitnessFile(
                _id(body.get("ref")),
                str(body.get("name") or ""),
                size if isinstance(size, int) else None,
                shown and body.get("public") is not False,
                str(body.get("url") or ""),
                str(body.get("sha256") or ""),
                at=str(body.get("created") or times.get(body.get("comment")) or ticket.get("created") or ""),
                picture=body.get("inline") is True,
                call=body.get("comment") in calls and body.get("inline") is not True,
            )
        )
    return found


def facts(wires: Sequence[Wire], names: Names) -> Facts:  # noqa: ARG001 -- fields of files stand under their keys
    """Return what people go by."""
    ticket = _root(wires)
    fields = ticket.get("fields")
    custom = {key: _values(value) for key, value in fields.items()} if isinstance(fields, dict) else {}
    shown = [str(ticket.get(key) or "") for key in ("number", "subject", "external_id", "origin")]
    shown += [str(tag) for tag in ticket.get("tags") or ()]
    shown += [value for values in custom.values() for value in values]
    requester = _id(ticket.get("requester"))
    return Facts(
        str(ticket.get("number") or _id(ticket.get("ref"))),
        Who(requester) if requester else None,
        str(ticket.get("created") or ""),
        str(ticket.get("solved") or ""),
        _id(ticket.get("submitter")),
        tuple(filter(None, shown)),
        {f"fields.{key}": values for key, values in custom.items() if values}
        | {"tags": tuple(map(str, ticket.get("tags") or ()))},
        asked={key: _values(ticket.get(key)) for key in _ASKED}
        | {"tags": tuple(map(str, ticket.get("tags") or ()))}
        | {
            f"fields.{key}": _flags(value)
            for key, value in (fields if isinstance(fields, dict) else {}).items()
        },
    )


def who(wires: Sequence[Wire]) -> Who:
    """Return a person by name, every address and the id in other systems."""
    person = _root(wires)
    emails = {str(person.get("email") or "")}
    for row in [*(person.get("identities") or ()), *_parts(wires, "identity")]:
        if isinstance(row, dict) and row.get("type") == "email":
            emails.add(str(row.get("value") or ""))
    external = frozenset({str(person.get("external_id") or "")} - {""})
    return Who(_id(person.get("ref")), str(person.get("name") or ""), frozenset(emails - {""}), external)


def _root(wires: Sequence[Wire]) -> dict[str, Any]:
    return next((wire.body for wire in wires if wire.root is None and isinstance(wire.body, dict)), {})


def _parts(wires: Sequence[Wire], kind: str) -> list[dict[str, Any]]:
    found = [wire.body for wire in wires if wire.ref.kind.value == kind and isinstance(wire.body, dict)]
    return sorted(found, key=lambda body: str(body.get("created") or body.get("time") or ""))


def _now(wires: Sequence[Wire], comment: dict[str, Any]) -> bool:
    """Tell whether customers read a comment after all later steps of the ticket's history: only where it is said so."""
    public = comment.get("public") is True
    for step in _parts(wires, "event"):
        if step.get("type") == "privacy" and step.get("comment") == comment.get("ref"):
            public = str(step.get("after")).lower() in ("true", "public", "1")
    return public


def _said(wires: Sequence[Wire], comment: dict[str, Any]) -> str:
    """Return what a comment says after redactions."""
    text = plain(_html(comment))
    for step in _parts(wires, "event"):
        if step.get("type") == "redacted" and step.get("comment") == comment.get("ref"):
            after, before = step.get("after"), step.get("before")
            if isinstance(after, dict):
                text = plain(str(after.get("html") or ""))
            elif isinstance(before, str) and before.strip():
                text = text.replace(before.strip(), " ")
    return text


def _html(record: Any) -> str:
    body = record.get("body") if isinstance(record, dict) else None
    return str(body.get("html") or "") if isinstance(body, dict) else ""


def _id(ref: Any) -> str:
    return str(ref or "").split(":", 2)[-1]


def _values(value: Any) -> tuple[str, ...]:
    if value is None or value == "" or isinstance(value, bool | dict):
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _flags(value: Any) -> tuple[str, ...]:
    return (str(value).lower(),) if isinstance(value, bool) else _values(value)
