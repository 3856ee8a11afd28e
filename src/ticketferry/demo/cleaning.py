"""The second screen of the demo: who is one with whom and why, what is wrong in the old desk and what mends it, whether the figures survive."""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ticketferry.kpi.parity import Parity
from ticketferry.project import Project
from ticketferry.project.kpi import compare_figures
from ticketferry.project.people import review_people
from ticketferry.quality.profile import profile
from ticketferry.schema.refs import parse_ref
from ticketferry.store.near_pairs import KeptPair
from ticketferry.store.snapshots import Snapshots

__all__ = ["cleaning_screen", "look_at_cleaning"]

FINDINGS = 10
CLUSTERS = 3
_WIDTH = 80
_INDENT = 10


def look_at_cleaning(
    project: Project, progress: Callable[[str, int, int | None], None] = lambda *_: None
) -> dict[str, Any]:
    """Return what the second screen tells, after an apply and before it is taken back. Talks to no desk."""
    people = review_people(project)
    snapshots = project.snapshots("source")
    info = snapshots.latest()
    findings = profile(snapshots, info.number, progress).quality if info is not None else []
    compared = compare_figures(project, progress=progress)
    near = people.near
    return {
        "people": {
            "people": people.people,
            "merged": people.merged,
            "clusters": [asdict(cluster) for cluster in people.listed[:CLUSTERS]],
            "near": None if near is None else near.review,
            "pairs": [] if near is None else [_pair(snapshots, pair) for pair in near.samples if pair.band == "review"][:CLUSTERS],
        },
        "findings": [
            {
                "code": item.code, "title": item.title, "count": item.count, "share": item.share,
                "remedy": item.remedy.words, "section": item.remedy.section, "lines": list(item.remedy.lines),
            }
            for item in findings
        ],
        "figures": {
            "mapped": _parity(compared.mapped),
            "read": _parity(compared.read) if compared.read is not None else None,
        },
    }  # fmt: skip


def _pair(snapshots: Snapshots, pair: KeptPair) -> dict[str, Any]:
    """Return two people who are alike, and why: what was found the same, and what keeps the tool from joining them."""
    latest = snapshots.latest()
    records = []
    for text in (pair.one, pair.other):
        ref = parse_ref(text)
        row = snapshots.row(ref.kind, ref.id, latest.number) if latest is not None else None
        records.append(row.records[0] if row is not None and row.records else {})
    return {
        "people": [f"{record.get('name', '')} <{record.get('email', '')}>" for record in records],
        "why": [f"{trait.replace('_', ' ')} {said}" for trait, said, weight in pair.steps if weight > 0],
        "against": pair.never,
    }


def _parity(side: Parity) -> dict[str, Any]:
    return {
        "tickets": side.tickets,
        "equal": side.equal,
        "figures": side.figures,
        "causes": {cause: lost.tickets for cause, lost in side.causes.items()},
    }


def cleaning_screen(result: Mapping[str, Any]) -> str:
    """Return the second screen, 80 columns wide."""
    told = result["cleaning"]
    return "\n".join(
        [*_people(told["people"]), "", *_findings(told["findings"]), "", *_figures(told["figures"])]
    )


def _people(people: Mapping[str, Any]) -> list[str]:
    merged, near = people["merged"], people["near"]
    one = f"{merged} of {people['people']} are" if merged else f"nobody of {people['people']} is"
    lines = _wrapped("people    ", f"{one} one with somebody else by a key of their own")
    for cluster in people["clusters"]:
        names = " = ".join(_short(person) for person in (cluster["survivor"], *cluster["others"]))
        lines += _wrapped("", f"{names}: {cluster['why']}", 12)
    if near:
        lines += _wrapped("", f"{near} pairs are alike, and stay apart until a person decides:")
    for pair in people["pairs"]:
        against = f"; but {pair['against']}" if pair["against"] else ""
        lines += _wrapped("", f"{' ? '.join(pair['people'])}: {', '.join(pair['why'])}{against}", 12)
    return lines


def _short(person: str) -> str:
    """Leave out the ref behind a name and address."""
    return person.rsplit(" ", 1)[0]


def _findings(findings: list[Mapping[str, Any]]) -> list[str]:
    first = sorted(findings, key=lambda item: not item["lines"])[:FINDINGS]
    lines = [f"old desk  {len(findings)} kinds of faults; {len(first)} of them, and what mends each"]
    for item in first:
        lines += _wrapped("", f"{item['count']:>5,}  {item['title']}", 17)
        mends = f"{item['section']}: {item['lines'][0].strip()}" if item["lines"] else item["remedy"]
        lines.append(_cut(f"{'':17}{mends}"))
    return lines


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 2].rstrip()} …"


def _figures(figures: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for side, words in (("mapped", "by the mapping's statuses"), ("read", "by what the new desk holds")):
        found = figures[side]
        if found is None:
            continue
        head = "figures   " if not lines else ""
        if found["equal"] == found["tickets"]:
            lines += _wrapped(
                head, f"all {found['figures']:,} key figures of {found['tickets']:,} tickets survive {words}"
            )
        else:
            causes = "; ".join(f"{count:,}: {cause}" for cause, count in found["causes"].items())
            lines += _wrapped(
                head,
                f"{found['equal']:,} of {found['tickets']:,} tickets keep all key figures {words}; {causes}",
            )
    return lines


def _wrapped(head: str, text: str, indent: int = _INDENT) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=head or " " * _INDENT,
        subsequent_indent=" " * indent,
        drop_whitespace=True,
    )
