"""One ticket in both desks, by its verbatim records: texts, files, requester, times, number, and values that should be gone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ticketferry.sdk.witness import Facts, Held, Names, Said, Who, Wire, Witness
from ticketferry.witness.people import People, same_person
from ticketferry.witness.texts import Found, TextFault, compare_texts, shortened
from ticketferry.witness.words import words

__all__ = ["Bytes", "Difference", "Rules", "Seen", "compare", "look"]

Bytes = Callable[[Held], str | None]
"""SHA-256 of a file's bytes; None where they cannot be had."""
LEAST = 4
"""Shorter values stand in other texts by chance."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What of the mapping explains a difference, as it stands in the file; nothing else does."""

    public_internal: bool = False
    off_portal: frozenset[tuple[str, str]] = frozenset()
    """Where a rule (`route`) sends tickets that no customer sees as a whole: container and sort, folded; "" for whatever sort."""
    system_dropped: bool = False
    largest_file: int = 0
    blocked: tuple[str, ...] = ()
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
    dropped: tuple[str, ...] = ()
    """Fields that are dropped, as `fields.card_number`."""
    private: tuple[str, ...] = ()
    """Patterns of names of what the old desk noted about people, which is dropped (`metadata.system.*`)."""
    named: frozenset[str] | None = None
    """Fields that rules name, where all others are dropped."""
    dropped_tags: tuple[str, ...] = ()
    created: bool = False
    """Whether the way into the target, or a field of the mapping, holds the time of creation."""
    solved: bool = False
    words: frozenset[str] = frozenset()
    """Words that stand in the mapping file: it may write them anywhere."""

    def stands_in(self, account: Who) -> str:
        """Return the rule by which an account may be a placeholder; "" where none makes accounts of such addresses."""
        fits = all(fnmatchcase(email.lower(), self.stand_ins) for email in account.emails)
        return self.placeholders if fits else ""

    def drops(self, key: str) -> bool:
        """Tell whether the mapping drops a field whatever the ticket."""
        rest = self.named is not None and key.startswith("fields.") and key not in self.named
        return key in self.dropped or rest or any(fnmatchcase(key, pattern) for pattern in self.private)


class Difference(NamedTuple):
    """What the witness saw. `what`: `leak`, `text`, `author`, `file`, `requester`, `created`, `solved`, `number`, `dropped`, `subject`.

    `rule`: the rule of the mapping that explains it; "" makes it an error.
    """

    what: str
    where: str
    message: str
    rule: str = ""


@dataclass(slots=True)
class Seen:
    """One side of a ticket as its connector's witness told it."""

    texts: Sequence[Said]
    files: Sequence[Held]
    facts: Facts
    wires: Sequence[Wire] = field(repr=False)


def look(witness: Witness, wires: Sequence[Wire], names: Names) -> Seen:
    """Let a connector's witness read a ticket."""
    return Seen(witness.texts(wires), witness.files(wires), witness.facts(wires, names), wires)


def compare(
    before: Seen,
    after: Seen,
    rules: Rules,
    people: People,
    accounts: Mapping[str, Who],
    *,
    before_bytes: Bytes,
    after_bytes: Bytes | None,
    elsewhere: Callable[[str], bool] = lambda _: False,
) -> list[Difference]:
    """Return every difference of a ticket. `accounts`: accounts of the target by id, where its tickets name them by id only.

    `after_bytes` None: files are compared by name and size. `elsewhere`: whether any ticket of the source holds bytes of a checksum.
    """
    return [
        *_texts(before, after, rules, people, accounts),
        *_subject(before, after, rules),
        *_files(before, after, rules, before_bytes, after_bytes, elsewhere),
        *_requester(before.facts, after.facts, rules, people, accounts),
        *_times(before.facts, after, rules),
        *_number(before.facts, after.facts),
        *_dropped(before, after, rules),
    ]


def _texts(
    before: Seen, after: Seen, rules: Rules, people: People, accounts: Mapping[str, Who]
) -> Iterator[Difference]:
    allowed = {word for said in before.texts for word in words(_name(said.author, people))}
    allowed |= rules.words | set(words(f"{before.facts.number} {after.facts.number}"))
    pairs: list[Found] = []
    for fault in compare_texts(before.texts, after.texts, allowed, pairs):
        said = fault.said
        told = shortened(_unless_dropped(fault.words, before, rules))
        if fault.kind == "leaked":
            yield Difference("leak", said.place, f"internal words stand in public, in {fault.where}: {told}")
        elif fault.kind == "hidden":
            rule = "comments.public" if rules.public_internal else ""
            if not rule and fault.where in ("description", "summary") and _off_portal(after.facts, rules):
                rule = "route"
            yield Difference(
                "text", said.place, f"was public and is internal now, in {fault.where}: {told}", rule
            )
        else:
            yield Difference("text", said.place, _lost(fault, told), _lost_by(said, rules))
    for found in pairs:
        yield from _author(found, rules, people, accounts)


def _author(found: Found, rules: Rules, people: People, accounts: Mapping[str, Who]) -> Iterator[Difference]:
    """Hold who is shown as a message's author against who wrote it; a line beside it that names the true one is as good."""
    if not found.said.author or found.said.system:
        return
    wrote = people.get(Who(found.said.author))
    if not wrote.name:
        return
    shown = accounts.get(found.at.author, Who(found.at.author)) if found.at.author else Who("")
    if found.at.author and not (shown.name or shown.emails):
        return  # the desk does not tell who that is
    verdict = same_person(wrote, shown, chosen=rules.chosen, placeholders=rules.stands_in(shown))
    if verdict.result != "wrong" or _run_in(found.beside, words(wrote.name)):
        return
    yield Difference(
        "author",
        found.said.place,
        f"{wrote.name} wrote it, {found.at.place} shows it as words of {shown.name or 'nobody'}",
        rules.unnamed,
    )


def _off_portal(there: Facts, rules: Rules) -> bool:
    """Tell whether the mapping itself sends tickets to where this one is so that no customer sees them."""
    container, sort = there.container.casefold(), there.sort.casefold()
    return bool(container) and not rules.off_portal.isdisjoint({(container, sort), (container, "")})


def _lost(fault: TextFault, told: str) -> str:
    kind = "public" if fault.said.public else "internal"
    if fault.where:
        return f"the {kind} message lacks words in {fault.where}: {told}"
    return f"the {kind} message is in no {kind} place: {told}"


def _lost_by(said: Said, rules: Rules) -> str:
    return "comments.system" if said.system and rules.system_dropped else ""


def _unless_dropped(told: Sequence[str], before: Seen, rules: Rules) -> list[str]:
    """Mask words of values that the mapping drops: a report must not tell them either."""
    gone = {
        word
        for key, values in before.facts.named.items()
        if rules.drops(key)
        for value in values
        for word in words(value)
    }
    return ["…" if word in gone else word for word in told]


def _name(author: str, people: People) -> str:
    return people.get(Who(author)).name if author else ""


def _subject(before: Seen, after: Seen, rules: Rules) -> Iterator[Difference]:
    here = " ".join(said.text for said in before.texts if said.kind == "subject")
    there = [word for said in after.texts if said.kind == "subject" for word in words(said.text)]
    missing = _missing(words(here), there)
    if missing:
        by_rule = rules.subject is not None and not _missing(words(rules.subject(here)), there)
        message = f"the subject lacks: {shortened(missing)}"
        yield Difference("subject", "subject", message, "text.subject" if by_rule else "")


def _missing(here: Sequence[str], there: Sequence[str]) -> list[str]:
    left, missing = list(there), []
    for word in here:
        if word in left:
            left.remove(word)
        else:
            missing.append(word)
    return missing


def _files(
    before: Seen,
    after: Seen,
    rules: Rules,
    before_bytes: Bytes,
    after_bytes: Bytes | None,
    elsewhere: Callable[[str], bool],
) -> Iterator[Difference]:
    there = list(after.files)
    sums: dict[str, str | None] = {}
    own: set[str] = set()

    def checksum(held: Held) -> str | None:
        if held.id not in sums:
            sums[held.id] = held.sha256 or (after_bytes(held) if after_bytes else None)
        return sums[held.id]

    # What has a file of the same name first: most files need one look then.
    for held in before.files:
        wanted = held.sha256 or before_bytes(held)
        own.add(wanted or "")
        near = sorted(
            there,
            key=lambda other: (
                other.name != held.name,
                other.public is not held.public,
                other.size != held.size,
            ),
        )
        if wanted and after_bytes:
            found = next((other for other in near if checksum(other) == wanted), None)
        else:
            found = next(
                (other for other in near if other.name == held.name and held.size in (None, other.size)), None
            )
        if found is None:
            yield _no_file(held, near, rules)
            continue
        there.remove(found)
        if found.public and not held.public:
            yield Difference(
                "leak", f"file {held.id}", f"the internal file {held.name} can be seen by customers"
            )
        elif held.public and not found.public:
            rule = "comments.public" if rules.public_internal else ""
            if not rule and _off_portal(after.facts, rules):
                rule = "route"
            yield Difference(
                "file",
                f"file {held.id}",
                f"customers saw {held.name} and see it no longer: no text that they read shows it",
                rule,
            )
    # What agents attached since is theirs; bytes that the old desk held in another ticket are not this one's.
    for held in there:
        total = checksum(held) if held.public else None
        if total and total not in own and elsewhere(total):
            yield Difference(
                "leak", f"file {held.id}", f"the file {held.name} of another ticket can be seen by customers"
            )


def _no_file(held: Held, near: Sequence[Held], rules: Rules) -> Difference:
    rule = ""
    if rules.largest_file and (held.size or 0) > rules.largest_file:
        rule = "attachments.max"
    elif held.name.lower().rpartition(".")[2] in rules.blocked:
        rule = "attachments.block"
    if near and near[0].name == held.name:
        return Difference("file", f"file {held.id}", f"{held.name} is there with other bytes", rule)
    return Difference("file", f"file {held.id}", f"{held.name} is not there", rule)


def _requester(
    here: Facts, there: Facts, rules: Rules, people: People, accounts: Mapping[str, Who]
) -> Iterator[Difference]:
    if here.requester is None:
        return
    wanted = people.get(here.requester)
    if there.requester is None:
        yield Difference("requester", "requester", f"nobody stands for {wanted.name or wanted.id}")
        return
    account = accounts.get(there.requester.id, there.requester)
    verdict = same_person(wanted, account, chosen=rules.chosen, placeholders=rules.stands_in(account))
    if verdict.result == "explained":
        yield Difference(
            "requester", "requester", f"{account.name or account.id} stands for {wanted.name}", verdict.how
        )
    elif verdict.result == "wrong":
        nobody = not wanted.emails and account.id == there.made_by
        yield Difference(
            "requester",
            "requester",
            f"{account.name or account.id} is not {wanted.name or wanted.id}",
            rules.no_address if nobody else "",
        )


def _times(here: Facts, after: Seen, rules: Rules) -> Iterator[Difference]:
    shown = {_second(value) for value in (after.facts.created, after.facts.solved, *after.facts.shown)}
    for what, value, held in (
        ("created", here.created, rules.created),
        ("solved", here.solved, rules.solved),
    ):
        wanted = _second(value)
        if held and wanted is not None and wanted not in shown:
            yield Difference(what, what, f"the time {value} is not on the ticket")


def _second(value: str) -> int | None:
    if len(value) < 16 or value[4:5] != "-":
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _number(here: Facts, there: Facts) -> Iterator[Difference]:
    number = words(here.number)
    if number and not any(_run_in(words(value), number) for value in there.shown):
        yield Difference(
            "number", "number", f"nobody finds {here.number}: no field, tag or label of the new ticket has it"
        )


def _run_in(told: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(list(told[at : at + len(wanted)]) == list(wanted) for at in range(len(told) - len(wanted) + 1))


def _dropped(before: Seen, after: Seen, rules: Rules) -> Iterator[Difference]:
    """Look for values that the mapping drops, in every text of the target's records: shown, hidden and ours."""
    gone = {
        value: key
        for key, values in before.facts.named.items()
        if rules.drops(key)
        for value in values
        if len(value) >= LEAST and not any(value in said.text for said in before.texts)
    }
    kept = {value for key, values in before.facts.named.items() if not rules.drops(key) for value in values}
    gone = {value: key for value, key in gone.items() if value not in kept}
    for value in [value for value, key in gone.items() if not key.startswith("fields.")]:
        # What the old desk noted may stand elsewhere in its own right: the place of a call.
        if any(
            value in text and gone[value] not in path
            for wire in before.wires
            for path, text in _strings(wire.body)
        ):
            del gone[value]
    if gone:
        for wire in after.wires:
            for path, text in _strings(wire.body):
                for value, key in list(gone.items()):
                    if value in text:
                        del gone[value]
                        yield Difference(
                            "dropped",
                            key,
                            f"the mapping drops it, and it stands in {wire.ref.kind.value} {wire.ref.id}: {path}",
                        )
    there = {tag.casefold() for tag in after.facts.named.get("tags", ())}
    for tag in before.facts.named.get("tags", ()):
        if tag.casefold() in there and any(
            fnmatchcase(tag.casefold(), pattern.casefold()) for pattern in rules.dropped_tags
        ):
            yield Difference("dropped", "tags", f"the mapping drops the tag {tag}, and it is there")


def _strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    stack: list[tuple[str, Any]] = [(path, value)]
    while stack:
        at, item = stack.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                stack.append((f"{at}.{key}" if at else str(key), inner))
        elif isinstance(item, list):
            for number, inner in enumerate(item):
                stack.append((f"{at}[{number}]", inner))
        elif isinstance(item, str):
            yield at, item
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield at, str(item)
