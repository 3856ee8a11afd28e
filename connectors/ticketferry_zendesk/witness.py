"""What a witness is told of a Zendesk ticket: read from audits and rows as they came, by shape, sharing nothing with the translation.

A message is any step of an audit that holds a text and says who may read it: types of comments come and go (`TpeVoiceComment`,
`FacebookComment`), their shape stays.
"""

from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

from ticketferry.sdk.witness import Facts, Names, Who, Wire, WitnessFile, WitnessLimits, WitnessText, plain

__all__ = ["LIMITS", "facts", "files", "texts", "who"]

LIMITS = WitnessLimits(earliest="1970-01-01T00:00:00Z")
"""[DOC ticket_import]"""


def texts(wires: Sequence[Wire]) -> list[WitnessText]:
    """Return subject, comments and chats in the order of time, each with the last word on who may read it."""
    found: list[WitnessText] = []
    ticket = _ticket(wires)
    subject = ticket.get("raw_subject") or ticket.get("subject")
    if subject:
        found.append(
            WitnessText("subject", str(subject), public=ticket.get("is_public") is not False, kind="subject")
        )
    for audit, event, public in _messages(wires):
        text = _text(event)
        data = event.get("data")
        if isinstance(data, dict) and event.get("transcription_visible") is not False:
            told = str(data.get("transcription_text") or "")
            if " ".join(told.split()) not in " ".join(text.split()):
                text = f"{text}\n{told}"
        if text.strip():
            author = event.get("author_id") or audit.get("author_id") or ""
            at = event.get("created_at") or audit.get("created_at") or ""
            found.append(
                WitnessText(
                    f"comment {event.get('id')}",
                    text,
                    public,
                    author=str(author),
                    at=str(at),
                    system=author == -1,
                    call=_is_call(event),
                )
            )
    found.extend(_chats(wires))
    found.extend(_logged(wires))
    if len(found) <= 1 and ticket.get("description") and not any(wire.root for wire in wires):
        found.append(
            WitnessText(
                "description", str(ticket["description"]), public=ticket.get("is_public") is not False
            )
        )
    return [*found, *_beside(wires)]


def files(wires: Sequence[Wire]) -> list[WitnessFile]:
    """Return the files of comments and chats, and the recordings of calls; redacted ones have no bytes any more."""
    gone = {
        str(event.get("attachment_id"))
        for _, event in _steps(wires)
        if "attachment_id" in event and "edact" in str(event.get("type"))
    }
    found: dict[str, WitnessFile] = {}
    spoken = {id(event): public for _, event, public in _messages(wires)}
    for audit, event in _steps(wires):
        public = spoken.get(id(event), False)
        at = str(event.get("created_at") or audit.get("created_at") or "")
        for row in event.get("attachments") or ():
            if (
                not isinstance(row, dict)
                or row.get("id") is None
                or row.get("deleted")
                or str(row["id"]) in gone
            ):
                continue
            size = row.get("size")
            name = str(row.get("file_name") or row.get("name") or "")
            held = WitnessFile(
                str(row["id"]),
                name,
                size if isinstance(size, int) else None,
                public,
                str(row.get("content_url") or ""),
                at=at,
                picture=row.get("inline") is True,
                malware=row.get("malware_scan_result") == "malware_found"
                and not row.get("malware_access_override"),
                call=_is_call(event) and row.get("inline") is not True,
            )
            found[held.id] = held
        data = event.get("data")
        if isinstance(data, dict) and data.get("recording_url"):
            id_ = f"recording-{event.get('id')}"
            name = f"call-{data.get('call_id') or id_}-recording"
            found[id_] = WitnessFile(id_, name, None, public, str(data["recording_url"]), at=at, call=True)
    for held in _files_beside(wires):
        found.setdefault(held.id, held)
    return list(found.values())


def _files_beside(wires: Sequence[Wire]) -> Iterator[WitnessFile]:
    """Yield the files of side conversations; of one without an address there are no bytes to be had."""
    for wire in wires:
        body: Any = wire.body
        if wire.ref.kind.value != "side_conversation" or not isinstance(body, dict):
            continue
        for event in body.get("events") or ():
            message = event.get("message") if isinstance(event, dict) else None
            for row in (message.get("attachments") or ()) if isinstance(message, dict) else ():
                if isinstance(row, dict) and row.get("id") is not None and row.get("content_url"):
                    size = row.get("size")
                    yield WitnessFile(
                        str(row["id"]),
                        str(row.get("file_name") or row.get("name") or ""),
                        size if isinstance(size, int) else None,
                        public=False,
                        url=str(row["content_url"]),
                        at=str(event.get("created_at") or ""),
                        picture=row.get("inline") is True,
                    )


def facts(wires: Sequence[Wire], names: Names) -> Facts:
    """Return what people go by. The requester is named by id only: the account's list tells who that is."""
    ticket = _ticket(wires)
    metrics = ticket.get("metric_set")
    solved = metrics.get("solved_at") if isinstance(metrics, dict) else None
    custom = {
        str(row.get("id")): _values(row.get("value"))
        for row in ticket.get("custom_fields") or ()
        if isinstance(row, dict)
    }
    requester = ticket.get("requester_id")
    number = str(ticket.get("nice_id") or ticket.get("id") or "")
    shown = [str(ticket.get(key) or "") for key in ("subject", "external_id")]
    shown += [str(tag) for tag in ticket.get("tags") or ()]
    shown += [value for values in custom.values() for value in values]
    return Facts(
        number,
        Who(str(requester)) if requester else None,
        str(ticket.get("created_at") or ""),
        str(solved or ""),
        str(ticket.get("submitter_id") or ""),
        tuple(filter(None, shown)),
        {f"fields.{names[id_]}": values for id_, values in custom.items() if id_ in names and values}
        | {"tags": tuple(map(str, ticket.get("tags") or ()))}
        | _system(wires),
        asked=dict(_asked(ticket, names)),
    )


def _asked(ticket: dict[str, Any], names: Names) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what conditions can ask for, where one value of the ticket tells it."""
    yield "tags", tuple(map(str, ticket.get("tags") or ()))
    for key in ("type", "priority"):
        yield key, _values(ticket.get(key))
    subject = ticket.get("raw_subject") or ticket.get("subject")
    yield "subject", (str(subject),) if subject else ()
    custom = names.get(f"status {ticket.get('custom_status_id')}", "")
    if not custom.startswith("custom:"):
        yield "status", _values(ticket.get("status"))
    elif ticket.get("status") != "closed":
        yield "status", (custom,)
    for key, id_ in (("form", ticket.get("ticket_form_id")), ("brand", ticket.get("brand_id"))):
        if f"{key} {id_}" in names:
            yield key, (names[f"{key} {id_}"],)
    for row in ticket.get("custom_fields") or ():
        if isinstance(row, dict) and str(row.get("id")) in names:
            value = row.get("value")
            told = (str(value).lower(),) if isinstance(value, bool) else _values(value)
            yield f"fields.{names[str(row['id'])]}", told


def _system(wires: Sequence[Wire]) -> dict[str, tuple[str, ...]]:
    """Return what Zendesk noted of the machines and places that people wrote from."""
    found: dict[str, dict[str, None]] = {}
    for audit, _ in _steps(wires):
        metadata = audit.get("metadata")
        system = metadata.get("system") if isinstance(metadata, dict) else None
        for key, value in system.items() if isinstance(system, dict) else ():
            if isinstance(value, str) and value:
                found.setdefault(f"metadata.system.{key}", {})[value] = None
    return {key: tuple(values) for key, values in found.items()}


def who(wires: Sequence[Wire]) -> Who:
    """Return a user by name, every address of theirs, and the id in other systems."""
    user: dict[str, Any] = next(
        (wire.body for wire in wires if wire.root is None and isinstance(wire.body, dict)), {}
    )
    emails = {str(user.get("email") or "")}
    for row in user.get("identities") or ():
        if isinstance(row, dict) and row.get("type") == "email":
            emails.add(str(row.get("value") or ""))
    external = {str(user.get("external_id") or "")}
    return Who(
        str(user.get("id") or ""),
        str(user.get("name") or ""),
        frozenset(emails - {""}),
        frozenset(external - {""}),
    )


def _ticket(wires: Sequence[Wire]) -> dict[str, Any]:
    return next((wire.body for wire in wires if wire.root is None and isinstance(wire.body, dict)), {})


def _steps(wires: Sequence[Wire]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield every step with its audit, oldest first; both shapes in which audits come."""
    audits = [wire.body for wire in wires if wire.ref.kind.value == "event" and isinstance(wire.body, dict)]
    for audit in sorted(
        audits, key=lambda body: (str(body.get("created_at") or ""), str(body.get("id") or ""))
    ):
        for key in ("events", "child_events"):
            for event in audit.get(key) or ():  # type: ignore[union-attr]
                if isinstance(event, dict):
                    yield audit, event


def _messages(wires: Sequence[Wire]) -> Iterator[tuple[dict[str, Any], dict[str, Any], bool]]:
    steps = list(_steps(wires))
    hidden: dict[str, bool] = {}
    for _, event in steps:
        if event.get("comment_id") is not None and isinstance(event.get("public"), bool):
            hidden[str(event["comment_id"])] = event["public"] is True
    for audit, event in steps:
        if event.get("comment_id") is not None or "recipients" in event:
            continue  # told about a comment, or a mail that a rule sent
        says_who = any(key in event for key in ("public", "html_body", "author_id"))
        says_who = says_who or str(_type(event)).endswith("Comment") or bool(_inner(event))
        if not says_who or (
            not _inner(event) and not ("body" in event or "html_body" in event or "data" in event)
        ):
            continue
        public = hidden.get(str(event.get("id")), event.get("public") is True)
        yield audit, event, public and event.get("public_now") is not False


def _is_call(event: dict[str, Any]) -> bool:
    return "Voice" in str(_type(event))


def _type(event: dict[str, Any]) -> Any:
    return event.get("event_type") or event.get("type")


def _text(event: dict[str, Any]) -> str:
    html = event.get("html_body")
    shown = plain(html) if isinstance(html, str) else ""
    if shown.strip():
        return shown
    texts = (value for key in ("plain_body", "body") if isinstance(value := event.get(key), str) and value)
    text = next(texts, "")
    inner = "\n".join([text, *_inner(event)]).strip()
    return unescape(inner) if html else inner


def _inner(event: dict[str, Any]) -> list[str]:
    """Return the words that an event holds in objects or lists; one with a value of its own tells of a change or of a chat."""
    if not {"value", "previous_value", "recipients"}.isdisjoint(event):
        return []
    return [
        text
        for key in ("html_body", "plain_body", "body", "message", "messages", "history", "content")
        if isinstance(event.get(key), dict | list)
        for text in _words_below(event[key], key)
    ]


def _words_below(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip() and key in ("html_body", "plain_body", "body", "message", "content", "text"):
            yield plain(value) if key == "html_body" else value
    elif isinstance(value, list):
        for item in value:
            yield from _words_below(item, key)
    elif isinstance(value, dict):
        rich = isinstance(value.get("html_body"), str) and value["html_body"].strip()
        for name, item in value.items():
            if not (rich and name in ("plain_body", "body", "text")):
                yield from _words_below(item, name)


def _chats(wires: Sequence[Wire]) -> Iterator[WitnessText]:
    """Messages of a transcript; customers heard all but what nobody of theirs, no agent and no bot of the business said."""
    for audit, event in _steps(wires):
        value = event.get("value")
        history = value.get("history") if isinstance(value, dict) else None
        for index, item in enumerate(history if isinstance(history, list) else ()):
            text = item.get("message") if isinstance(item, dict) else None
            if isinstance(text, str) and text.strip():
                public = item.get("actor_type") in ("end-user", "agent", "bot", "business")
                yield WitnessText(
                    f"chat {event.get('id')}-{index}",
                    text,
                    public,
                    at=str(audit.get("created_at") or ""),
                    within=f"chat {event.get('id')}",
                )


def _logged(wires: Sequence[Wire]) -> Iterator[WitnessText]:
    """Entries of a conversation log that no audit has: public where the log says so, or where somebody spoke in a messenger."""
    for wire in wires:
        body = wire.body
        if wire.ref.kind.value != "comment" or not isinstance(body, dict):
            continue
        content, author = body.get("content"), body.get("author")
        content = content if isinstance(content, dict) else {}
        author = author if isinstance(author, dict) else {}
        text = plain(str(content.get("body") or content.get("htmlText") or "")) or str(
            content.get("text") or content.get("textFallback") or ""
        )
        metadata = body.get("metadata")
        told = metadata.get("public") if isinstance(metadata, dict) else None
        spoken = str(body.get("type") or "").startswith("Messaging::") and author.get("type") in (
            "user",
            "agent",
            "bot",
        )
        if text.strip():
            yield WitnessText(
                f"log entry {body.get('id')}",
                text,
                told if isinstance(told, bool) else spoken,
                author=str(author.get("zen:support:user_id") or ""),
                at=str(body.get("received_at") or body.get("created_at") or ""),
            )


def _beside(wires: Sequence[Wire]) -> Iterator[WitnessText]:
    """What was said to third parties: customers never read it."""
    for wire in wires:
        body = wire.body
        if wire.ref.kind.value != "side_conversation" or not isinstance(body, dict):
            continue
        for index, event in enumerate(body.get("events") or ()):  # type: ignore[arg-type]
            message = event.get("message") if isinstance(event, dict) else None
            if isinstance(message, dict):
                yield WitnessText(
                    f"side conversation {body.get('id')}, {index}",
                    _text(message),
                    public=False,
                    kind="beside",
                    talk=True,
                )


def _values(value: Any) -> tuple[str, ...]:
    if value is None or value == "" or isinstance(value, bool):
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)
