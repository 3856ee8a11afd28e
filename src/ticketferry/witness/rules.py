"""What of a mapping explains a difference to the witness, as it stands in the file; nothing else does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ticketferry.sdk.witness import Facts, Who, WitnessFile, WitnessLimits

__all__ = [
    "Drop",
    "Dropped",
    "ExplainingRules",
    "TakenOut",
    "holds",
]

_NO_LIMITS = WitnessLimits()


class Drop(NamedTuple):
    """A rule of the mapping that drops fields; `when` is its condition as written, None where it has none."""

    names: tuple[str, ...]
    when: Any = None


class TakenOut(NamedTuple):
    """A rule of the mapping that takes something out of texts. `places`: where, none for everywhere; `lifted`: conditions, as written,
    under which it does not hold.
    """

    id: str
    when: Any
    places: tuple[str, ...]
    patterns: tuple[str, ...]
    instead: str
    lifted: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """What the rules drop of one ticket. `unsure`: names that a rule drops under a condition that the witness cannot judge."""

    rules: "ExplainingRules"
    names: frozenset[str]
    unsure: Mapping[str, str]
    """Name -> the condition's words."""

    def __contains__(self, key: object) -> bool:
        """Tell whether a field is dropped for certain."""
        if not isinstance(key, str) or key in self.unsure:
            return False
        rules = self.rules
        rest = rules.named is not None and key.startswith("fields.") and key not in rules.named
        return key in self.names or rest or any(fnmatchcase(key, pattern) for pattern in rules.private)


@dataclass(frozen=True, slots=True)
class ExplainingRules:
    """What of the mapping explains a difference, as it stands in the file; nothing else does."""

    public_internal: bool = False
    off_portal: frozenset[tuple[str, str]] = frozenset()
    """Where a rule (`route`) sends tickets that no customer sees as a whole: container and sort, folded; "" for whatever sort."""
    system_dropped: bool = False
    quotes_dropped: bool = False
    """Whether words that another message has are left out of a message (`text.quoted_replies`)."""
    signatures_dropped: bool = False
    """Whether signatures are left out (`text.signatures`)."""
    calls: str = "keep"
    """What becomes of phone calls (`comments.voice`): `text` without the recording, `drop` altogether."""
    talks_written: bool = False
    """Whether messages to third parties become internal comments (`comments.side_conversations`)."""
    largest_file: int = 0
    blocked: tuple[str, ...] = ()
    oldest_file: datetime | None = None
    """Files from before stay behind (`attachments.older_than`)."""
    pictures_left: bool = False
    """Whether pictures within texts stay behind (`attachments.inline`)."""
    subject: Callable[[str], str] | None = None
    """What the rule (`text.subject`) leaves of a subject at the least; None where none takes anything off."""
    placeholders: str = ""
    unnamed: str = ""
    """The rule by which no line over a message says who wrote it, where the target cannot show it."""
    stand_ins: str = "*"
    """Pattern of the addresses that `placeholders` gives, in lower case."""
    no_address: str = ""
    """The rule by which somebody without an address gets no account, so that the account that made the ticket asks for them."""
    chosen: frozenset[tuple[str, str]] = frozenset()
    rewritten: Mapping[str, str] = field(default_factory=dict)
    """Addresses, or `@domain`, of agents in the old desk -> in the new one (`people.rewrite_email`), in lower case."""
    dropped: tuple[Drop, ...] = ()
    """Rules that drop fields, as `fields.card_number`, in the order of the file."""
    private: tuple[str, ...] = ()
    """Patterns of names of what the old desk noted about people, which is dropped (`metadata.system.*`)."""
    named: frozenset[str] | None = None
    """Fields that rules name, where all others are dropped."""
    dropped_tags: tuple[str, ...] = ()
    taken_out: tuple[TakenOut, ...] = ()
    """Rules (`clean`) that redact, in the order of the file."""
    repaired: bool = False
    """Whether texts read with the wrong character set are mended (`text.repair`)."""
    created: bool = False
    """Whether the way into the target, or a field of the mapping, holds the time of creation."""
    solved: bool = False
    limits: WitnessLimits = _NO_LIMITS
    """What the new desk takes at the most, by the vendor's word."""
    asks_for_others: Mapping[str, str] = field(default_factory=dict)
    """Accounts of the new desk that ask where the requester cannot -> the option that names them."""
    words: frozenset[str] = frozenset()
    """Words that stand in the mapping file: it may write them anywhere."""

    def stands_in(self, account: Who) -> str:
        """Return the rule by which an account may be a placeholder; "" where none makes accounts of such addresses."""
        fits = all(fnmatchcase(email.lower(), self.stand_ins) for email in account.emails)
        return self.placeholders if fits else ""

    def of_file(self, held: WitnessFile) -> str:
        """Return the rule by which a file stays behind; "" where none leaves it there."""
        ending = held.name.lower().rpartition(".")[2]
        left = (
            ("attachments.max", bool(self.largest_file) and (held.size or 0) > self.largest_file),
            ("attachments.block", ending in self.blocked),
            ("attachments.malware", held.malware),
            ("comments.voice", held.call and self.calls != "keep"),
            ("attachments.inline", held.picture and self.pictures_left),
            ("attachments.older_than", self.oldest_file is not None and _before(held.at, self.oldest_file)),
        )
        return next((rule for rule, leaves in left if leaves), "")

    def of(self, ticket: Facts) -> Dropped:
        """Return what is dropped of a ticket of the source: a rule with a condition drops where that holds, and only there."""
        names: set[str] = set()
        unsure: dict[str, str] = {}
        for rule in self.dropped:
            verdict = holds(rule.when, ticket.asked)
            if verdict:
                names.update(rule.names)
            elif verdict is None:
                unsure.update(dict.fromkeys(rule.names, _shown(rule.when)))
        return Dropped(
            self, frozenset(names), {name: when for name, when in unsure.items() if name not in names}
        )


def _before(written: str, bound: datetime) -> bool:
    """Tell whether a time is before another; one that cannot be read is not."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < bound


def _shown(condition: Any) -> str:
    """Return the words that a condition asks for, without the values: those may be what is dropped."""
    if isinstance(condition, Mapping):
        parts: Sequence[Any] = [
            _shown(item) if key in ("all", "any", "not") else key for key, item in condition.items()
        ]
    elif isinstance(condition, list | tuple):
        parts = [_shown(item) for item in condition]
    else:
        return str(condition)
    return ", ".join(dict.fromkeys(map(str, parts)))


Asked = Mapping[str, Sequence[str]]
"""Word of a condition -> the values on the wire; a word that is missing cannot be judged."""


def holds(condition: Any, facts: Asked) -> bool | None:
    """Return whether a condition as written holds for a ticket; None where this reading cannot tell."""
    if condition in (None, "always"):
        return True
    if not isinstance(condition, Mapping) or not condition:
        return None
    return _all([_entry(str(key), item, facts) for key, item in condition.items()])


def _entry(key: str, item: Any, facts: Asked) -> bool | None:
    if key in ("all", "any"):
        if not isinstance(item, list | tuple) or not item:
            return None
        parts = [holds(part, facts) for part in item]
        return _all(parts) if key == "all" else _not(_all([_not(part) for part in parts]))
    if key == "not":
        return _not(holds(item, facts))
    values = facts.get("tags" if key == "tag" else key)
    return None if values is None else _test(values, item)


def _test(values: Sequence[str], item: Any) -> bool | None:
    if isinstance(item, Mapping):
        if set(item) != {"not"}:
            return None
        return _not(_test(values, item["not"]))
    if isinstance(item, list | tuple):
        return _not(_all([_not(_equal(values, part)) for part in item])) if item else None
    if item == "present":
        return bool(values)
    if item == "absent":
        return not values
    return _equal(values, item)


def _equal(values: Sequence[str], item: Any) -> bool | None:
    if not isinstance(item, str) or not item.strip() or item.strip()[0] in "<>=!":
        return None
    if any(value.casefold() == item.casefold() for value in values):
        return True
    # A number or a day can be written in more than one way.
    return None if item.strip()[0] in "+-.0123456789" else False


def _all(parts: Sequence[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value
