"""People who may be one although no key says so: the bands, and the waterfall of reasons of the first pairs of each."""

from itertools import accumulate

from ticketferry.report.blocks import Block, FactList, Grid, Section
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten

__all__ = ["near_people"]

_COMMAND = "ticketferry people"
_HEADS = (
    Column("Step"), Column("What was found"), Column("bits", "num"), Column("score so far", "num"),
)  # fmt: skip


def near_people(data: ReportData, budget: RowBudget) -> Section | None:
    """Show why pairs of people were joined by the tool, or are left to a person."""
    near = data.near
    if near is None or not near.pairs:
        return None
    counts = [
        ("Pairs joined by the tool", f"{near.counts.get('automatic', 0):,}"),
        ("Pairs that a person decides about, separate until then", f"{near.counts.get('review', 0):,}"),
    ]
    blocks: list[Block] = [FactList(counts, _COMMAND)]
    share = budget.part(0.05)
    for number, (older, younger, pair) in enumerate(near.pairs):
        so_far = accumulate((weight for _, _, weight in pair.steps), initial=pair.prior)
        steps = [("to begin with", "two people of this desk, drawn by chance", pair.prior), *pair.steps]
        rows = [
            (trait.replace("_", " "), said, f"{weight:+.1f}", f"{total:.1f}")
            for (trait, said, weight), total in zip(steps, so_far, strict=True)
        ]
        rows.append(
            (
                "end",
                shorten(pair.tie if pair.band == "automatic" else pair.never or "nothing ties them"),
                "",
                f"{pair.score:.1f}",
            )
        )
        taken, left = fill(rows, share, len(rows), len(rows))
        caption = f"{pair.band}: {shorten(older)} = {shorten(younger)}"
        blocks.append(
            Grid(
                Table(
                    f"near-{number}", caption, _HEADS, taken, _COMMAND, left, folded=pair.band == "automatic"
                )
            )
        )
    return Section(
        "near-people",
        "Who may be one",
        "Near matches as they were compared last, the nearest of each band. One bit more makes it twice as likely that two records are one"
        " person; from 0 on a person is asked, and the tool joins by itself only where something ties the two that is one person's alone and"
        " nothing forbids it (docs/mapping.md).",
        blocks,
    )
