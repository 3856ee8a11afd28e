"""A ticket as somebody reads it, before and after: facts line by line, messages beside each other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ticketferry.plan.show_record import LeafView, steps_of
from ticketferry.schema.body_text import to_text
from ticketferry.schema.records import Record
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Disposition
from ticketferry.sdk.messages import tree_of

__all__ = ["FactLine", "MessagePair", "ReadableMessage", "ReadableTicket", "ends_of", "readable"]

_PEOPLE = ("requester", "submitter", "assignee", "group", "organization")
_LISTS = ("followers", "ccs")
_FACTS = (
    "subject", "project", "form", "type", "status", "resolution", "priority", "security", "components", "channel", "brand", *_PEOPLE, *_LISTS,
    "tags", "due", "created", "updated", "solved", "satisfaction", "external_id", "handled_by",
)  # fmt: skip
_MOST = 20_000
"""Characters of a message that are shown; what is cut is told."""
Named = Callable[[str], str]
"""Ref of a person, organization or group -> as a reader knows them."""


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact. Empty: it is not there on that side."""

    name: str
    before: str
    after: str
    end: str = ""
    """What becomes of the old value, and by which rule, where the new one is another."""


@dataclass(frozen=True, slots=True)
class ReadableMessage:
    """One message: the line over it (who, when, for whom), its text, and its files by name and size."""

    line: str
    text: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessagePair:
    """A message in the old desk and in the new one; None where one of them has it not."""

    before: ReadableMessage | None
    after: ReadableMessage | None

    @property
    def differs(self) -> bool:
        """Tell whether text or files of the two are not the same; the lines over them always differ."""
        one, other = self.before, self.after
        return one is None or other is None or (one.text, one.files) != (other.text, other.files)


@dataclass(frozen=True, slots=True)
class ReadableTicket:
    """A ticket before and after. `beside`: what the new desk keeps out of sight, by its place in the old one."""

    facts: tuple[FactLine, ...]
    messages: tuple[MessagePair, ...]
    beside: tuple[str, ...]


def readable(
    before: Record, after: Mapping[str, Any], named: Named, accounts: Named, ends: Mapping[str, str]
) -> ReadableTicket:
    """Lay a ticket of the source beside what is planned for it.

    `named` and `accounts`: who a ref is in the old desk, and in the new one; `ends`: fact -> what becomes of the old value (`ends_of`).
    """
    old = _facts(before, named) | dict(_fields(before))
    new = _facts(after, accounts) | dict(_fields(after))
    names = [*(name for name in _FACTS if name in old or name in new)]
    names += sorted((old.keys() | new.keys()) - set(names))
    return ReadableTicket(
        tuple(_fact(name, old.get(name, ""), new.get(name, ""), ends) for name in names),
        tuple(_pairs(_messages(before, named), _messages(after, accounts))),
        tuple(sorted(after.get("provenance", {}))),
    )


def _fact(name: str, before: str, after: str, ends: Mapping[str, str]) -> FactLine:
    return FactLine(name, before, after, ends.get(name, "") if before and before != after else "")


def ends_of(leaves: Iterable[LeafView], root: str) -> dict[str, str]:
    """Return what becomes of a ticket's facts: where each goes, whether it is kept beside or lost, and the rule that says so."""
    told: dict[str, str] = {}
    for leaf in leaves:
        name = _fact_name(leaf.neutral, root)
        if name and name not in told:
            told[name] = f"{_END.get(leaf.disposition) or _place(leaf.target)} ({leaf.rule})"
    return told


_END = {
    Disposition.KEPT.value: "kept beside",
    Disposition.DROPPED.value: "dropped",
    Disposition.UNSUPPORTED.value: "impossible there",
}


def _fact_name(neutral: str, root: str) -> str:
    head = f"ticket[{parse_ref(root).id}]."
    if not neutral.startswith(head):
        return ""
    steps = steps_of(neutral.removeprefix(head))
    return f"field {steps[1]}" if steps[0] == "fields" and len(steps) > 1 else steps[0]


def _place(target: str) -> str:
    steps = steps_of(target)
    return f"field {steps[1]}" if steps[:1] == ["fields"] and len(steps) > 1 else target


def _facts(record: Mapping[str, Any], named: Named) -> dict[str, str]:
    shown = {name: _shown(record[name]) for name in _FACTS if record.get(name) not in (None, "", [], {})}
    shown |= {name: named(record[name]) for name in _PEOPLE if record.get(name)}
    return shown | {name: ", ".join(map(named, record[name])) for name in _LISTS if record.get(name)}


def _fields(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in record.get("fields", {}).items():
        if value not in (None, "", []):
            yield f"field {name}", _shown(value)
    links = [
        f"{link.get('type', '')} {link.get('to') or link.get('url', '')}" for link in record.get("links", ())
    ]
    if links:
        yield "links", ", ".join(links)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_shown(item)}" for key, item in value.items() if item not in (None, ""))
    return "" if value is None else str(value)


def _messages(record: Mapping[str, Any], named: Named) -> dict[str, ReadableMessage]:
    """Return messages by ref, the opening one under an empty name: one side keeps it as a text of the ticket, the other as a comment."""
    files: dict[str, list[str]] = {}
    for item in record.get("attachments", ()):
        files.setdefault(item.get("comment", ""), []).append(_file(item))
    shown = {}
    if record.get("body"):
        who = named(record["requester"]) if record.get("requester") else ""
        shown[""] = ReadableMessage(who, _text(record["body"]), tuple(files.get("", ())))
    for comment in record.get("comments", ()):
        opening = comment.get("opening") and "" not in shown
        hanging = [*files.get(comment["ref"], ()), *(files.get("", ()) if opening else ())]
        shown["" if opening else comment["ref"]] = ReadableMessage(
            _line(comment, named), _text(comment.get("body")), tuple(hanging)
        )
    return shown


def _line(comment: Mapping[str, Any], named: Named) -> str:
    said = [
        named(comment["author"]) if comment.get("author") else "",
        str(comment.get("created", "")),
        "public" if comment.get("public") else "internal",
        comment.get("kind", ""),
        f"[{comment['header']}]" if comment.get("header") else "",
    ]
    return " · ".join(part for part in said if part)


def _text(body: Mapping[str, Any] | None) -> str:
    text = to_text(tree_of(body))
    if len(text) <= _MOST:
        return text
    return f"{text[:_MOST]}\n… {len(text) - _MOST:,} characters more"


def _file(item: Mapping[str, Any]) -> str:
    size = f" ({item['size']:,} bytes)" if "size" in item else ""
    return f"{item.get('name', '')}{size}"


def _pairs(
    before: Mapping[str, ReadableMessage], after: Mapping[str, ReadableMessage]
) -> Iterable[MessagePair]:
    for ref, message in before.items():
        yield MessagePair(message, after.get(ref))
    for ref, message in after.items():
        if ref not in before:
            yield MessagePair(None, message)
