"""What an independent witness is told of a record: texts with who may read them, files, and the few facts that people go by.

A connector that can be judged names a module (`Connector.witness`) with the four functions of :class:`Witness`. They read the
vendor's wire records as they came and share no code with the connector's translation and compilation: the module imports this one
and the standard library, nothing else. Be simple there: who judges must not make the mistakes of whom it judges.

The same functions serve both sides: a target is read for the witness as a source is, as its own people see it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from ticketferry.schema.refs import Ref
from ticketferry.sdk.contract import Wire

__all__ = [
    "Facts",
    "Names",
    "Shows",
    "Who",
    "Wire",
    "Witness",
    "WitnessFile",
    "WitnessLimits",
    "WitnessText",
    "images",
    "inner",
    "plain",
    "root_of",
    "rows_at",
    "unix_time",
    "values_of",
]

Names = Mapping[str, str]
"""Id of a custom field of tickets -> its key in mappings (`card_number`); and `form ID`, `brand ID`, `status ID` -> the name there."""


class WitnessText(NamedTuple):
    """A text of a ticket. `place` names it to a person (`comment 30001`)."""

    place: str
    text: str
    public: bool
    """Whether customers can read it."""
    kind: Literal["message", "subject", "beside"] = "message"
    """`beside`: words that need no place of their own in the target, but must not become public (side conversations)."""
    author: str = ""
    at: str = ""
    doubtful: bool = False
    """Nobody can tell who reads it: the ticket is among agents as a whole, so that no customer is concerned, or the vendor does not say."""
    system: bool = False
    """Written by the product itself, not by a person."""
    within: str = ""
    """What it is a part of, where several messages may come to stand in one text of another desk: a chat."""
    call: bool = False
    """It stands for a phone call."""
    talk: bool = False
    """A message to third parties beside the ticket (`beside`)."""


class WitnessFile(NamedTuple):
    """A file of a ticket. `id` is the vendor's, `url` its address where the vendor gives one; `size` in bytes."""

    id: str
    name: str
    size: int | None
    public: bool
    url: str = ""
    sha256: str = ""
    """Where the wire itself tells it."""
    doubtful: bool = False
    """As of a text: nobody can tell who would see the file."""
    at: str = ""
    """When it was attached, as the vendor writes it."""
    picture: bool = False
    """The vendor says that it stands within a text."""
    malware: bool = False
    """The vendor found malware in it, and nobody let it pass."""
    call: bool = False
    """The recording of a phone call."""


class Who(NamedTuple):
    """A person by what both desks may know of them. `external`: ids in other systems."""

    id: str
    name: str = ""
    emails: frozenset[str] = frozenset()
    external: frozenset[str] = frozenset()


class Facts(NamedTuple):
    """What people go by. Times are as the vendor writes them. `requester`: None where the ticket has none."""

    number: str
    requester: Who | None = None
    created: str = ""
    solved: str = ""
    made_by: str = ""
    """Id of the account that made the ticket in this desk."""
    shown: tuple[str, ...] = ()
    """Values that people see on the ticket and can search: fields, tags, subject, external id."""
    named: Mapping[str, tuple[str, ...]] = {}
    """Key of a field in mappings (`fields.card_number`) -> its values as text."""
    asked: Mapping[str, tuple[str, ...]] = {}
    """What conditions of a mapping can ask for (`status`, `tags`, `fields.card_number`) -> its values as text, () where it is empty.
    What the wire does not tell plainly is left out: conditions that ask for it are then not judged."""
    container: str = ""
    """Where the ticket is, where that says who sees it: the key of its project."""
    sort: str = ""
    """What it is there: the name of its issue type."""


class WitnessLimits(NamedTuple):
    """What a desk takes at the most, by the vendor's word: what goes beyond explains a difference. A witness module may name its `LIMITS`."""

    subject: int = 0
    """Signs of a subject, as UTF-16 counts them; 0 for no limit."""
    earliest: str = ""
    """The time that stands for any earlier one, as the vendor writes it; "" where all times are taken."""


class Witness(Protocol):
    """The module that a connector names. `wires`: a root with all its parts, as `Source.fetch` gave them."""

    def texts(self, wires: Sequence[Wire]) -> Sequence[WitnessText]:
        """Return every text of a ticket in order, and whether customers read it."""
        ...

    def files(self, wires: Sequence[Wire]) -> Sequence[WitnessFile]:
        """Return every file of a ticket that still has bytes."""
        ...

    def facts(self, wires: Sequence[Wire], names: Names) -> Facts:
        """Return what people go by."""
        ...

    def who(self, wires: Sequence[Wire]) -> Who:
        """Return who an account is."""
        ...


@runtime_checkable
class Shows(Protocol):
    """A source whose product also tells what customers see, apart from what agents read: asked for by the witness alone."""

    def shown(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read the customers' own view of tickets, verbatim: further parts (`Wire.root`) beside those that `fetch` gives."""
        ...


_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
})  # fmt: skip
_SILENT = frozenset({"script", "style", "head", "title", "template"})


class _Words(HTMLParser):
    """Collects the text of tag soup; what starts a line of its own ends a word."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _SILENT:
            self._silent += 1
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain(html: str) -> str:
    """Return the words of an HTML text as a reader sees them, blocks on lines of their own."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


class _Images(HTMLParser):
    """Collects the addresses of images."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        url = dict(attrs).get("src") if tag == "img" else None
        if url:
            self.found[url] = None


def images(html: str) -> list[str]:
    """Return the addresses of the images of an HTML text, in order, each once."""
    parser = _Images()
    parser.feed(html)
    parser.close()
    return list(parser.found)


def root_of(wires: Sequence[Wire]) -> dict[str, Any]:
    """Return the body of the record that the others are parts of; an empty one where none is there."""
    return next((wire.body for wire in wires if wire.root is None and isinstance(wire.body, dict)), {})


def inner(value: Any, *keys: str) -> dict[str, Any]:
    """Return the object that stands under keys, one in the other; an empty one for anything else."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def rows_at(value: Any, *keys: str) -> list[dict[str, Any]]:
    """Return the objects of the list that stands under keys, one in the other; none for anything else."""
    rows = inner(value, *keys[:-1]).get(keys[-1])
    return [inner(row) for row in rows] if isinstance(rows, list) else []


def unix_time(value: Any) -> str:
    """Return unix seconds as facts hold a time; "" for anything else."""
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 35
    return datetime.fromtimestamp(value, UTC).isoformat() if whole else ""


def values_of(value: Any) -> tuple[str, ...]:
    """Return a value, or each of a list, as text; nothing for flags and objects."""
    rows = value if isinstance(value, list) else [value]
    return tuple(
        str(one) for one in rows if one not in (None, "") and not isinstance(one, bool | dict | list)
    )
