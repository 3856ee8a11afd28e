"""What a mapping loses or changes the meaning of, in tickets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.loader_checks import choices_of
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.wording.chapters import Chapter, WordTable, line_told, tickets_told
from ticketferry.mapping.wording.tables import Taken, line_at, status_counts, table_counts
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["losses"]

_REJECTED = frozenset({"S202", "F109", "A013"})
"""Codes of tickets that the mapping rejects while all others go."""
_Row = tuple[int | None, str, str, str]
"""Tickets (None: nobody counted), what, why, line."""


def losses(setup: Setup, use: UseCounts | None, taken: Taken, findings: Iterable[Finding]) -> Chapter:
    """Return the chapter that stands first: what falls together, is left out or stays behind, the most tickets first."""
    rows = [*_together(setup, use), *_fields(setup, use), *_left(setup, taken)]
    rows += [*_contents(setup), *_told(setup, findings)]
    rows.sort(key=lambda row: (-(row[0] or 0), row[1]))
    told = [(what, tickets_told(count), why, where) for count, what, why, where in rows]
    lead = "Everything that the new desk says otherwise, or not at all. What is kept beside a ticket can be read there and not be searched for."
    if not told:
        return Chapter("losses", "What is lost or changes its meaning", lead, lines=("Nothing.",))
    table = WordTable(
        ("What", "Tickets", "Why", "Line"), told, "Losses and changes of meaning", frozenset({1})
    )
    return Chapter("losses", "What is lost or changes its meaning", lead, (table,))


def _together(setup: Setup, use: UseCounts | None) -> Iterator[_Row]:
    """Yield the values of the old desk that cannot be told apart in the new one."""
    for section in ("status", "priority", "type", "form"):
        table = getattr(setup.rules, section)
        counts = status_counts(setup, use) if section == "status" else table_counts(setup, section, use)
        falls: dict[str, list[str]] = defaultdict(list)
        for key, rule in table.items():
            if rule.plain not in (None, UNDECIDED) and key != "none":
                falls[str(rule.plain)].append(key)
        for name, keys in falls.items():
            if len(keys) > 1:
                tickets = None if use is None else sum(counts[key] for key in keys)
                shown = ", ".join("all others" if key == "*" else key.removeprefix("custom:") for key in keys)
                yield (
                    tickets,
                    f"{section}: {shown}",
                    f"fall together in {name}",
                    line_at(setup, section, keys[-1]),
                )
    for index, rule in enumerate(setup.rules.fields):
        falls = defaultdict(list)
        for value, choice in rule.values.items():
            if choice not in (*REFUSING, UNDECIDED) and value != "*":
                falls[choice].append(value)
        key = rule.source[0].removeprefix("fields.") if rule.source else ""
        options = use.options.get(key) if use is not None else None
        for name, values in falls.items():
            if len(values) > 1:
                tickets = None if use is None or options is None else use.chosen(key, values)
                yield (
                    tickets,
                    f"{' and '.join(rule.source)}: {', '.join(values)}",
                    f"fall together in {name}",
                    line_at(setup, "fields", index),
                )


def _fields(setup: Setup, use: UseCounts | None) -> Iterator[_Row]:
    named: set[str] = set()
    rest = next((index for index, rule in enumerate(setup.rules.fields) if rule.rest is not None), None)
    for index, rule in enumerate(setup.rules.fields):
        named.update(rule.source)
        if rule.drop:
            for name in rule.source:
                tickets = (
                    None
                    if use is None or not name.startswith("fields.")
                    else use.fields[name.removeprefix("fields.")]
                )
                yield tickets, name, f"left out: {rule.because}", line_at(setup, "fields", index)
    what = setup.rules.fields[rest].rest if rest is not None else "keep_in_provenance"
    if what == "same_name":
        return
    words = {"drop": "left out", **dict.fromkeys(REFUSING, "its tickets are rejected")}.get(
        str(what), "no rule: kept beside"
    )
    deciding = {choice.by: path for path, choice in choices_of(setup.rules) if choice.by is not None}
    where = line_at(setup, "fields", rest) if rest is not None else line_at(setup, "fields")
    for row in setup.source.get("fields", ()):
        name = f"fields.{row['key']}"
        if row.get("of", "ticket") == "ticket" and name not in named:
            tickets = None if use is None else use.fields[row["key"]]
            shown = f"{name} ({row['name']})"
            if tickets != 0 and name in deciding:
                place = deciding[name]
                yield (
                    None,
                    shown,
                    f"decides the {place[-1]}; {words} where it decides nothing",
                    line_at(setup, *place),
                )
            elif tickets != 0:
                yield tickets, shown, words, where


def _left(setup: Setup, taken: Taken) -> Iterator[_Row]:
    for index, rule in enumerate(setup.rules.clean):
        if rule.do in ("skip", "archive") or rule.redact is not None:
            words = "words are taken out" if rule.redact is not None else "tickets stay behind"
            yield (
                taken.get(("clean", index, "when")),
                f"rule {rule.id}",
                f"{words}: {rule.because}",
                line_at(setup, "clean", index),
            )


_CONTENTS = {
    ("text", "quoted_replies"): "quoted mails that stand in another message of the ticket",
    ("text", "signatures"): "signatures",
    ("text", "tracking_pixels"): "pictures that only tell a sender who reads",
    ("comments", "system"): "messages of the system",
    ("comments", "voice"): "phone calls",
    ("comments", "side_conversations"): "side conversations",
    ("attachments", "over"): "files that are too large",
    ("attachments", "older_than"): "files that are too old",
    ("attachments", "malware"): "files with malware",
    ("attachments", "inline"): "pictures within texts",
    ("links", "remote"): "links to other places",
    ("links", "unmigrated"): "links to tickets that are not moved",
    ("history", "changes"): "the history of fields",
}
_STAYS = {
    ("comments", "voice", "text"): "recordings of phone calls",
    ("attachments", "older_than", "link"): "files that are too old",
    ("attachments", "inline", "keep_link"): "pictures within texts",
}
"""Words that leave a file in the old desk, with name and address beside the ticket."""


def _contents(setup: Setup) -> Iterator[_Row]:
    """Yield what is left out of texts and of what hangs on tickets."""
    for (section, key), what in _CONTENTS.items():
        part = getattr(setup.rules, section)
        value = getattr(part, key)
        said = getattr(value, "as_", None) or getattr(value, "do", None) or value
        if said == "drop":
            yield None, what, f"left out: {part.because}", line_at(setup, section, key)
        elif (section, key, said) in _STAYS:
            shown = _STAYS[section, key, said]
            yield None, shown, "stay in the old desk: name and address are kept", line_at(setup, section, key)


def _told(setup: Setup, findings: Iterable[Finding]) -> Iterator[_Row]:
    for finding in findings:
        lost = finding.severity in (Severity.BLOCKER, Severity.LOSS) or finding.code in _REJECTED
        if lost and finding.code != "S204":
            yield (
                None,
                finding.message,
                f"{finding.severity.value} {finding.code}",
                line_told(finding.where, setup.mapping.document.name),
            )
