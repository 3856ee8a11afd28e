"""One ticket in both desks, by its verbatim records: texts, files, requester, times, number, and values that should be gone."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ticketferry.sdk.witness import Facts, Who, WitnessText
from ticketferry.witness.compared_files import compare_files, off_portal
from ticketferry.witness.dropped import found_again, not_looked_for
from ticketferry.witness.people import SourcePeople, same_person
from ticketferry.witness.quoted import compare_left
from ticketferry.witness.redacted import as_redacted, still_there
from ticketferry.witness.rules import Dropped, ExplainingRules
from ticketferry.witness.seen import Bytes, Difference, Seen
from ticketferry.witness.texts import FoundPassage, TextFault, shortened
from ticketferry.witness.words import missing_words, run_in, words

__all__ = ["among_agents", "compare", "unless_dropped"]


def among_agents(before: Seen, after: Seen, rules: ExplainingRules) -> Seen:
    """Return a ticket of which customers saw nothing as they see it now: not, where an account asks in place of the requester."""
    asks = after.facts.requester
    if (
        asks is None
        or asks.id not in rules.asks_for_others
        or any(passage.public for passage in before.texts)
    ):
        return after
    texts = [passage._replace(public=False, doubtful=True) for passage in after.texts]
    files = [held._replace(public=False, doubtful=True) for held in after.files]
    return Seen(texts, files, after.facts, after.wires)


def compare(
    before: Seen,
    after: Seen,
    rules: ExplainingRules,
    people: SourcePeople,
    accounts: Mapping[str, Who],
    *,
    before_bytes: Bytes,
    after_bytes: Bytes | None,
    elsewhere: Callable[[str], bool] = lambda _: False,
    unjudged: Counter[str] | None = None,
) -> list[Difference]:
    """Return every difference of a ticket. `accounts`: accounts of the target by id, where its tickets name them by id only.

    `after_bytes` None: files are compared by name and size. `elsewhere`: whether any ticket of the source holds bytes of a checksum.
    `unjudged` counts by name what was neither found right nor wrong: no rule explains it, and nobody looked.
    """
    counts = Counter[str]() if unjudged is None else unjudged
    dropped = rules.of(before.facts)
    counts.update(not_looked_for(before.facts, dropped))
    whole = before
    cleaned = as_redacted(before.texts, before.files, before.facts, rules, counts)
    texts = [
        one._replace(kind="message") if one.talk and rules.talks_written and one.text.strip() else one
        for one in cleaned.texts
    ]
    before = replace(before, texts=texts, files=cleaned.files)
    return [
        *(
            Difference("dropped", rule, message)
            for rule, message in still_there(cleaned, after.texts, after.wires)
        ),
        *_texts(before, after, rules, dropped, people, accounts, counts),
        *_subject(before, after, rules, dropped, counts),
        *compare_files(before, after, rules, before_bytes, after_bytes, elsewhere, counts),
        *_requester(before.facts, after.facts, rules, people, accounts, counts),
        *_times(before.facts, after, rules, dropped, counts),
        *_number(before.facts, after.facts),
        *(
            Difference("dropped", key, message)
            for key, message in found_again(
                whole.facts,
                list(whole.texts),
                list(whole.wires),
                after.facts,
                list(after.wires),
                dropped,
            )
        ),
    ]


def _texts(
    before: Seen,
    after: Seen,
    rules: ExplainingRules,
    dropped: Dropped,
    people: SourcePeople,
    accounts: Mapping[str, Who],
    unjudged: Counter[str],
) -> Iterator[Difference]:
    allowed = {word for passage in before.texts for word in words(_name(passage.author, people))}
    allowed |= rules.words | set(words(f"{before.facts.number} {after.facts.number}"))
    pairs: list[FoundPassage] = []
    made_by = after.facts.made_by
    for fault, left_by in compare_left(before.texts, after.texts, allowed, pairs, made_by, rules):
        passage = fault.passage
        shown = shortened(unless_dropped(fault.words, before, dropped))
        if fault.kind == "leaked":
            yield Difference(
                "leak", passage.place, f"internal words stand in public, in {fault.where}: {shown}"
            )
        elif fault.kind == "hidden":
            rule = "comments.public" if rules.public_internal else ""
            if not rule and fault.where in ("description", "summary") and off_portal(after.facts, rules):
                rule = "route"
            yield Difference(
                "text", passage.place, f"was public and is internal now, in {fault.where}: {shown}", rule
            )
        elif fault.kind == "twice":
            yield Difference("twice", passage.place, f"it stands once more, in {fault.where}: {shown}")
        else:
            yield Difference("text", passage.place, _lost(fault, shown), left_by or _lost_by(passage, rules))
    for pair in pairs:
        if pair.passage.doubtful or pair.at.doubtful:
            unjudged["who reads a text: its ticket is among agents, or the desk does not tell"] += 1
        yield from _author(pair, rules, people, accounts, unjudged)


def _author(
    pair: FoundPassage,
    rules: ExplainingRules,
    people: SourcePeople,
    accounts: Mapping[str, Who],
    unjudged: Counter[str],
) -> Iterator[Difference]:
    """Hold who is shown as a message's author against who wrote it; a line beside it that names the true one is as good."""
    if not pair.passage.author or pair.passage.system:
        return
    wrote = people.get(Who(pair.passage.author))
    if not wrote.name:
        unjudged["who wrote a message: the old desk does not name its author"] += 1
        return
    shown = accounts.get(pair.at.author, Who(pair.at.author)) if pair.at.author else Who("")
    if pair.at.author and not (shown.name or shown.emails):
        unjudged["who is shown as a message's author: the new desk tells no more than an id"] += 1
        return
    verdict = same_person(
        wrote, shown, chosen=rules.chosen, placeholders=rules.stands_in(shown), rewritten=rules.rewritten
    )
    if verdict.result != "wrong" or run_in(pair.beside, words(wrote.name)):
        return
    yield Difference(
        "author",
        pair.passage.place,
        f"{wrote.name} wrote it, {pair.at.place} shows it as words of {shown.name or 'nobody'}",
        rules.unnamed,
    )


def _lost(fault: TextFault, shown: str) -> str:
    kind = "public" if fault.passage.public else "internal"
    if fault.where:
        return f"the {kind} message lacks words in {fault.where}: {shown}"
    return f"the {kind} message is in no {kind} place: {shown}"


def _lost_by(passage: WitnessText, rules: ExplainingRules) -> str:
    if passage.call and rules.calls == "drop":
        return "comments.voice"
    return "comments.system" if passage.system and rules.system_dropped else ""


def unless_dropped(tokens: Sequence[str], before: Seen, dropped: Dropped) -> list[str]:
    """Mask words of values that the mapping drops, or may drop: a report must not tell them either."""
    gone = {
        word
        for key, values in before.facts.named.items()
        if key in dropped or key in dropped.unsure
        for value in values
        for word in words(value)
    }
    return ["…" if word in gone else word for word in tokens]


def _name(author: str, people: SourcePeople) -> str:
    return people.get(Who(author)).name if author else ""


def _subject(
    before: Seen, after: Seen, rules: ExplainingRules, dropped: Dropped, unjudged: Counter[str]
) -> Iterator[Difference]:
    if "subject" in dropped.unsure:
        unjudged["the subject: a rule drops it under a condition that is not judged"] += 1
        return
    wanted = " ".join(passage.text for passage in before.texts if passage.kind == "subject")
    shown_words = [
        word for passage in after.texts if passage.kind == "subject" for word in words(passage.text)
    ]
    missing = missing_words(words(wanted), shown_words)
    if missing:
        by_rule = rules.subject is not None and not missing_words(words(rules.subject(wanted)), shown_words)
        message = f"the subject lacks: {shortened(unless_dropped(missing, before, dropped))}"
        by_limit = not by_rule and not missing_words(
            words(_fitting(wanted, rules.limits.subject)), shown_words
        )
        rule = "fields.drop" if "subject" in dropped else "text.subject" if by_rule else ""
        rule = rule or (f"a subject there has at most {rules.limits.subject} characters" if by_limit else "")
        yield Difference("subject", "subject", message, rule)


def _fitting(subject: str, longest: int) -> str:
    """Return the whole words of a subject that a desk with such a limit can show; the cut may go through the last one."""
    line = " ".join(subject.split())
    units = line.encode("utf-16-le", "surrogatepass")
    if not longest or len(units) <= 2 * longest:
        return line
    cut = units[: 2 * (longest - 1)].decode("utf-16-le", "ignore")
    return cut.rpartition(" ")[0]


def _requester(
    source: Facts,
    target: Facts,
    rules: ExplainingRules,
    people: SourcePeople,
    accounts: Mapping[str, Who],
    unjudged: Counter[str],
) -> Iterator[Difference]:
    if source.requester is None:
        return
    wanted = people.get(source.requester)
    if target.requester is None:
        yield Difference("requester", "requester", f"nobody stands for {wanted.name or wanted.id}")
        return
    account = accounts.get(target.requester.id, target.requester)
    verdict = same_person(
        wanted, account, chosen=rules.chosen, placeholders=rules.stands_in(account), rewritten=rules.rewritten
    )
    if verdict.result == "explained":
        yield Difference(
            "requester", "requester", f"{account.name or account.id} stands for {wanted.name}", verdict.how
        )
    elif rule := rules.asks_for_others.get(account.id, ""):
        message = f"{account.name or account.id} asks for {wanted.name or wanted.id}"
        yield Difference("requester", "requester", message, rule)
    elif verdict.result == "unproved":
        unjudged["who asked: the old desk tells neither name nor address"] += 1
    elif verdict.result == "wrong":
        nobody = not wanted.emails and account.id == target.made_by
        yield Difference(
            "requester",
            "requester",
            f"{account.name or account.id} is not {wanted.name or wanted.id}",
            rules.no_address if nobody else "",
        )


def _times(
    source: Facts, after: Seen, rules: ExplainingRules, dropped: Dropped, unjudged: Counter[str]
) -> Iterator[Difference]:
    shown = {_second(value) for value in (after.facts.created, after.facts.solved, *after.facts.shown)}
    for what, value, held in (
        ("created", source.created, rules.created),
        ("solved", source.solved, rules.solved),
    ):
        wanted = _second(value)
        if wanted is None:
            continue
        if not held or what in dropped.unsure:
            unjudged[f"when it was {what}: no place of the new desk holds that"] += 1
        elif wanted not in shown:
            rule = "fields.drop" if what in dropped else ""
            least = _second(rules.limits.earliest)
            if not rule and least is not None and wanted < least and least in shown:
                rule = f"no time before {rules.limits.earliest[:10]} can stand there"
            yield Difference(what, what, f"the time {value} is not on the ticket", rule)


def _second(value: str) -> int | None:
    if len(value) < 16 or value[4:5] != "-":
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _number(source: Facts, target: Facts) -> Iterator[Difference]:
    number = words(source.number)
    if number and not any(run_in(words(value), number) for value in target.shown):
        yield Difference(
            "number",
            "number",
            f"nobody finds {source.number}: no field, tag or label of the new ticket has it",
        )
