"""What a witness is told of a conversation or ticket: its parts as they came, sharing nothing with the translation."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import ticketferry.sdk.witness as sdk
from ticketferry.sdk.witness import Facts, Who, Wire, WitnessFile, WitnessText, inner, plain, rows_at

__all__ = ["facts", "files", "texts", "who"]

_STANDS = (".intercomcdn.com", ".intercom-attachments-1.com", ".intercom-attachments.com", "127.0.0.1", ".invalid")  # fmt: skip
"""Where the product keeps images, and where a stand-in of it is, served or in a rehearsal."""
_SOLVED = re.compile(r'"solved":"([0-9:TZ.+-]+)"')
"""The note that a migration leaves tells when a ticket was solved: no other place of a conversation can."""
_TITLE, _DESCRIPTION = "_default_title_", "_default_description_"


class _Part(NamedTuple):
    """The first message, a part, or the description of a ticket. `unclear`: no document says who reads a teammate's words in such a part."""

    id: str
    row: dict[str, Any]
    public: bool
    unclear: bool = False


def texts(wires: Sequence[Wire]) -> list[WitnessText]:
    """Return the title, the first message or the description, and every part with words."""
    case = sdk.root_of(wires)
    found = [WitnessText("subject", _title(case), case.get("is_shared") is not False, kind="subject")]
    for id_, row, public, unclear in _parts(case):
        author = str(inner(row, "author").get("id") or "")
        at = row.get("created_at") or case.get("created_at")
        text = plain(str(row.get("body") or ""))
        found.append(WitnessText(f"part {id_}", text, public, "message", author, sdk.unix_time(at), unclear))
    return [said for said in found if said.text.strip()]


def files(wires: Sequence[Wire]) -> list[WitnessFile]:
    """Return the files of messages, the images in them, and the files of a ticket's attributes."""
    found = list[WitnessFile]()
    for id_, row, public, unclear in _parts(sdk.root_of(wires)):
        for index, held in enumerate(rows_at(row, "attachments")):
            size, url = held.get("filesize") or None, str(held.get("url") or "")
            name = str(held.get("name") or f"file-{index + 1}")
            found.append(WitnessFile(f"{id_}-{index}", name, size, public, url, doubtful=unclear))
        shown = [urlsplit(image) for image in sdk.images(str(row.get("body") or ""))]
        for index, at in enumerate(image for image in shown if (image.hostname or "").endswith(_STANDS)):
            name = unquote(at.path.rsplit("/", 1)[-1])
            found.append(
                WitnessFile(f"{id_}-image{index}", name, None, public, at.geturl(), doubtful=unclear)
            )
    return found


def facts(wires: Sequence[Wire], names: sdk.Names) -> Facts:  # noqa: ARG001 -- attributes stand under their names
    """Return what people go by."""
    case, title = sdk.root_of(wires), _title(sdk.root_of(wires)).strip()
    ticket, state = case.get("type") == "ticket", str(case.get("state") or "")
    custom = inner(case, "ticket_attributes" if ticket else "custom_attributes").items()
    fields = {
        f"fields.{key}": sdk.values_of(value) for key, value in custom if key not in (_TITLE, _DESCRIPTION)
    }
    tags = tuple(str(row.get("name")) for row in rows_at(case, "tags", "tags") if row.get("name"))
    asks = next((str(row.get("id")) for row in rows_at(case, "contacts", "contacts")), "")
    label = inner(case, "ticket_state").get("internal_label")
    asked = {
        "type": case.get("category") if ticket else "conversation",
        "priority": case.get("priority"),
        "status": label if ticket else state.capitalize(),
        "form": inner(case, "ticket_type").get("name"),
        "subject": title,
    }
    ours = [part.row for part in _parts(case) if "ticketferry: moved from" in str(part.row.get("body"))][-1:]
    beside = [when for row in ours for when in _SOLVED.findall(plain(str(row["body"])))]
    closed = inner(case, "statistics").get("last_close_at") if state == "closed" else None
    return Facts(
        f"#{case.get('ticket_id')}" if ticket else str(case.get("id") or ""),
        Who(asks) if asks else None,
        sdk.unix_time(case.get("created_at")),
        sdk.unix_time(closed),
        "".join(str(inner(row, "author").get("id") or "") for row in ours),
        (title, *tags, *beside, *(text for told in fields.values() for text in told)),
        {key: told for key, told in fields.items() if told} | {"tags": tags},
        {"tags": tags} | {key: sdk.values_of(value) for key, value in asked.items()} | fields,
    )


def who(wires: Sequence[Wire]) -> Who:
    """Return a contact, a teammate, or an author whom only messages name."""
    body = inner(sdk.root_of(wires), "author") or sdk.root_of(wires)
    told = [str(body.get(key) or "") for key in ("id", "name", "email", "external_id")]
    return Who(told[0], told[1], frozenset(filter(None, told[2:3])), frozenset(filter(None, told[3:])))


def _title(case: Mapping[str, Any]) -> str:
    told = inner(case, "ticket_attributes").get(_TITLE) or case.get("title")
    title = str(told or inner(case, "source").get("subject") or "")
    return plain(title) if "</" in title else title


def _parts(case: Mapping[str, Any]) -> Iterator[_Part]:
    shared, letter = case.get("is_shared") is not False, ""
    if case.get("type") == "ticket":
        letter, attributes = "t", inner(case, "ticket_attributes")
        told = {"body": attributes.get(_DESCRIPTION), "created_at": case.get("created_at")}
        yield _Part(f"t{case.get('id')}", told, shared)
        for place, value in enumerate(attributes.values()):
            rows = [row for row in (value if isinstance(value, list) else [value]) if inner(row).get("url")]
            yield _Part(f"t{case.get('id')}-attribute{place}", {"attachments": rows}, shared)
    if source := inner(case, "source"):
        yield _Part(f"{case.get('id')}-source", source, public=True)
    for name in ("conversation_parts", "ticket_parts"):
        for row in rows_at(case, name, name):
            kind, speaker = row.get("part_type"), inner(row, "author").get("type")
            said = speaker in ("user", "lead", "contact") or kind in ("comment", "quick_reply")
            unclear = shared and not said and kind not in ("note", "note_and_reopen")
            yield _Part(f"{letter}{row.get('id')}", row, shared and said, unclear)
