"""What is taken out of one record, neutral and verbatim, when somebody is forgotten: mentions everywhere, and, where it is wanted, their texts."""

import html
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ticketferry.schema.forgotten import MARK, Forgotten, words_of
from ticketferry.schema.records import Record

__all__ = ["authored", "names_of", "people_in", "without_sentences", "without_texts", "without_them"]

_PERSON = re.compile(r'"([^":\s]+:person:[^"]+)"')
_WRITER = {
    "ticket": ("requester", "submitter"),
    "comment": ("author",),
    "worklog": ("author",),
    "attachment": ("author",),
}
_TAGS = re.compile(r"<[^<>]*>")
FEW = 3
"""A status or a group may have so many words: within a ticket so few are its author's only where they are the whole text."""


def people_in(neutral: bytes) -> set[str]:
    """Return the references of people in the neutral records of a row, as they are stored."""
    return {
        match.decode("utf-8", "surrogateescape") for match in re.findall(_PERSON.pattern.encode(), neutral)
    }


def authored(record: Record, forgotten: Forgotten, comments: Collection[str] = ()) -> bool:
    """Tell whether a record was written by somebody on the list. `comments`: references of messages of theirs, whose files are theirs."""
    keys = _WRITER.get(str(record.get("ref", "::")).split(":", 2)[1], ())
    return record.get("comment") in comments or any(
        forgotten.person(record[key]) for key in keys if isinstance(record.get(key), str)
    )


def _plain(text: str) -> str:
    return " ".join(words_of(html.unescape(_TAGS.sub(" ", text))))


def without_texts(body: Any, records: Sequence[Record], written: Collection[str]) -> tuple[Any, list[Record]]:
    """Return a verbatim record and its neutral ones without the texts of those whose references are in `written`."""
    texts: list[str] = []
    left: list[Record] = []
    alone = True
    for record in records:
        if record["ref"] not in written:
            left.append(record)
            continue
        alone = alone and ":ticket:" not in record["ref"]
        held = {**record}
        for key in ("subject", "name", "description"):
            if isinstance(record.get(key), str):
                texts.append(_plain(record[key]))
                held[key] = MARK
        for form in (record.get("body") or {}).values():
            texts += [_plain(text) for text in _strings(form)]
        if record.get("body"):
            held["body"] = {"html": f"<p>{MARK}</p>"}
        for key in ("fields", "native", "provenance"):
            if record.get(key):
                texts += [_plain(text) for text in _strings(record[key]) if " " in text]
                held[key] = without_sentences(record[key])
        left.append(held)
    if not texts:
        return body, list(records)
    return _cleared(body, [text for text in texts if text], alone=alone), left


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def without_sentences(value: Any) -> Any:
    """Return a JSON value in which every text of several words is gone."""
    if isinstance(value, str):
        return MARK if " " in value.strip() else value
    if isinstance(value, dict):
        return {key: without_sentences(item) for key, item in value.items()}
    return [without_sentences(item) for item in value] if isinstance(value, list) else value


def _cleared(value: Any, texts: Sequence[str], *, alone: bool, key: str = "") -> Any:
    if isinstance(value, str):
        said = _plain(value)
        whole = said in texts
        few = len(said.split()) <= FEW and not alone and key != "text"
        return (
            MARK
            if said and (whole or (not few and any(said in text or text in said for text in texts)))
            else value
        )
    if isinstance(value, dict):
        return {name: _cleared(item, texts, alone=alone, key=name) for name, item in value.items()}
    return (
        [_cleared(item, texts, alone=alone, key=key) for item in value] if isinstance(value, list) else value
    )


def without_them(
    forgotten: Forgotten, body: Any, records: Sequence[Record], *, own: bool, written: Collection[str] = ()
) -> tuple[Any, list[Record]] | None:
    """Return a verbatim record and its neutral ones without the words on the list, None where none is in them.

    `own`: of a ticket that names them; `written`: references of records whose texts go.
    """
    here = {record["ref"] for record in records} & set(written)
    left_body, left = without_texts(body, records, here) if here else (body, list(records))
    made_body = forgotten.value(left_body, own=own)
    made = [forgotten.value(record, own=own) for record in left]
    if made_body is body and all(new is old for new, old in zip(made, records, strict=True)):
        return None
    return made_body, made


def names_of(record: Record) -> tuple[set[str], set[str], set[str], set[str]]:
    """Return the addresses, names, phone numbers and single words by which a person is known."""
    addresses, names, phones, parts = set[str](), set[str](), set[str](), set[str]()
    values = [("email", record.get("email")), ("name", record.get("name")), ("name", record.get("alias"))]
    values += [(str(item.get("type", "")), item.get("value")) for item in record.get("identities") or ()]
    values.append(("id", record.get("external_id")))
    for kind, value in values:
        if not isinstance(value, str) or not value.strip():
            continue
        if "@" in value:
            addresses.add(value)
            local = value.partition("@")[0]
            if len(words_of(local)) > 1 and len(local) >= 6:
                names.add(local)
        elif kind in ("phone", "phone_number") or (
            kind != "name" and re.fullmatch(r"[+(\d][\d\s()/.-]{6,}", value)
        ):
            phones.add("".join(sign for sign in value if sign.isdigit()))
        else:
            _named(value, kind, names, parts)
    return addresses, names, phones, parts


def _named(value: str, kind: str, names: set[str], parts: set[str]) -> None:
    found = words_of(value)
    if len(found) > 1:
        names.add(value)
        if len(found) <= FEW:
            names.add(" ".join(reversed(found)))
        if kind == "name":
            parts.update(word for word in found if len(word) >= 3)
            joined = "".join(found)
            if len(joined) >= 6:
                names.add(joined)
    elif found:
        sure = len(found[0]) >= 6 and any(sign.isdigit() for sign in found[0])
        (names if sure else parts).add(value)
