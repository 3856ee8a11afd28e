"""Types of values that most products have; a connector makes its own of two functions where none of these is right.

What they ask of a connector's index of its catalog: `number(ref)` (a record of the source as requests name it), `id_of(table, name)` and
`spelt(table, name)` (an entry of a table by its name: its id, None where there is none, and its name as the catalog has it).
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any, cast

from ticketferry.schema.refs import Json
from ticketferry.sdk.codec.reading import ref_text
from ticketferry.sdk.codec.rows import FieldType, ReadContext, Reason, Written
from ticketferry.sdk.codec.wire_shapes import ID
from ticketferry.sdk.contract import Template
from ticketferry.sdk.values import MisfitError, moment_of

__all__ = ["FLAG", "SAME", "TIME", "WORDS", "YES", "link", "links", "named", "one_of", "text"]

SAME = FieldType()
"""A text, read and written as it is."""

YES = FieldType(shape=(bool,), sample=True)
"""Yes or no, read and written as it is."""

WORDS = FieldType(read=lambda value, _: str(value))
"""A text, whatever the product's answer makes of it."""

_LOGGED_FLAGS = {"1": True, "true": True, "0": False, "false": False}

FLAG = FieldType(
    read=lambda value, _: value if isinstance(value, bool) else None,
    logged=lambda value, _: _LOGGED_FLAGS.get(str(value).lower()),
    differs_in_log=True,
    shape=(bool,),
    sample=True,
)
"""Yes or no; change logs write it as a number or in words."""


def _utc(value: Any, _: ReadContext) -> str | None:
    try:
        return moment_of(value).astimezone(UTC).isoformat().replace("+00:00", "Z")
    except MisfitError:
        return None


def _to_the_second(value: Json, _: Any) -> Written:
    written = moment_of(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Written(written, written)


TIME = FieldType(read=_utc, write=_to_the_second, sample="2021-02-03T04:05:06Z")
"""A moment, written in whole seconds of UTC."""


def text(most: int) -> FieldType:
    """A text of one line and at most `most` characters; a longer one is cut, with `…` at its end."""

    def write(value: Json, _: Any) -> Written:
        line = " ".join(str(value).split())
        if not line:
            raise MisfitError("it is blank")
        line = line if len(line) <= most else line[: most - 1].rstrip() + "…"
        return Written(line, line)

    return FieldType(write=write)


def one_of(allowed: Collection[str]) -> FieldType:
    """One of a few words that the product has built in, in small letters."""

    def write(value: Json, _: Any) -> Written:
        word = str(value).lower()
        if word not in allowed:
            raise MisfitError(f"it is none of {', '.join(sorted(allowed))}")
        return Written(word, word)

    return FieldType(write=write, sample=min(allowed))


def named(table: str, derivation: str) -> FieldType:
    """An entry of the catalog: requests hold its id, records its name. `derivation` as traces have it: `the brand's name`."""

    def read(value: Any, context: ReadContext) -> str | None:
        return context.tables.get(table, {}).get(str(value))

    def write(value: Json, site: Any) -> Written:
        id_ = site.id_of(table, str(value))
        if id_ is None:
            raise MisfitError("there is none of that name")
        return Written(id_, site.spelt(table, str(value)))

    return FieldType(read, write, derivation=derivation, shape=ID)


def link(kind: str, nobody: Mapping[Any, str] = MappingProxyType({})) -> FieldType:
    """One record. `nobody`: ids that stand for none, with what they say (`-1`: done by the desk itself)."""

    def read(value: Any, context: ReadContext) -> Any:
        reason = nobody.get(value) if isinstance(value, int | float | str) else None
        return Reason(reason) if reason is not None else ref_text(context.desk, kind, value)

    def logged(value: Any, context: ReadContext) -> str | None:
        return ref_text(context.desk, kind, value) if str(value).isdigit() else None

    def write(value: Json, site: Any) -> Written:
        return Written(site.number(str(value)), value)

    return FieldType(read, write, logged=logged, shape=ID, sample=f"acme:{kind}:1")


def links(kind: str, most: int = 0, row_of: Callable[[Template], Template] = lambda id_: id_) -> FieldType:
    """Several records of a kind, each once; `most`: so many take a place, 0: all; `row_of`: how a request holds each."""

    def read(value: Any, context: ReadContext) -> list[str] | None:
        return (
            [ref_text(context.desk, kind, id_) for id_ in value]
            if isinstance(value, list) and value
            else None
        )

    def write(value: Json, site: Any) -> Written:
        refs = list(dict.fromkeys(cast("list[str]", value)))
        written = refs[:most] if most else refs
        return Written(
            [row_of(site.number(ref)) for ref in written],
            cast("Json", written),
            cast("Json", refs[len(written) :]),
        )

    return FieldType(read, write, shape=[ID], sample=[f"acme:{kind}:1"])
