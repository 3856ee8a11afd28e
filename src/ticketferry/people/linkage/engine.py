"""People of a desk into pairs of three bands: automatic, to be reviewed, separate (which no pair is kept of)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import log2
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from splink import DuckDBAPI, Linker

from ticketferry.people.keys import id_order
from ticketferry.people.linkage.groups import grouped
from ticketferry.people.linkage.settings import AUTOMATIC, BLOCK, COMPARISONS, NEVER, REVIEW, TIES
from ticketferry.people.linkage.traits import Traits, traits_of
from ticketferry.schema.records import Record
from ticketferry.store.linkage_tables import LinkageTables

__all__ = ["Band", "Linkage", "LinkedPair", "ScoreStep", "link", "rare_enough", "splink_settings"]

Band: TypeAlias = Literal["automatic", "review"]
_LISTS = frozenset({"mails", "shared_mails", "phones", "organizations"})
_NAMES = tuple(comparison.name for comparison in COMPARISONS)
_MOST = 12
"""People whom the tool joins into one at the most; more share something that no one person has."""


class ScoreStep(NamedTuple):
    """One step of a score: the trait, what was found, and the weight that it adds (in bits: one more is twice as likely)."""

    trait: str
    said: str
    weight: float


class LinkedPair(NamedTuple):
    """Two people who may be one, the older record first. `score`: bits for one person over two; `tie`: what is one person's alone;
    `never`: why the tool does not join them; `prior`: what the score begins with, before the `reasons`.
    """

    one: str
    other: str
    band: Band
    score: float
    tie: str
    never: str
    prior: float
    reasons: tuple[ScoreStep, ...]


@dataclass(frozen=True, slots=True)
class Linkage:
    """What was found. `pairs` can be read until `tables` are closed; `clusters`: who is one, the oldest first, by automatic pairs and given ones."""

    tables: LinkageTables
    people: int
    compared: int
    counts: Counter[str]
    clusters: tuple[tuple[str, ...], ...]
    prior: float

    def pairs(self) -> Iterator[LinkedPair]:
        """Yield the pairs, automatic ones first, then by score."""
        for one, made, other, other_made, band, score, tie, never, *steps in self.tables.pairs(_NAMES):
            if _age(other, other_made) < _age(one, made):
                one, other = other, one  # noqa: PLW2901
            yield LinkedPair(
                one, other, band, round(score, 2), tie, never, round(self.prior, 2), _reasons(steps)
            )


def _age(ref: str, created: str) -> tuple[str, str]:
    return created or "~", id_order(ref)


def _reasons(steps: list[Any]) -> tuple[ScoreStep, ...]:
    reasons = []
    for comparison, level, weight in zip(COMPARISONS, steps[::2], steps[1::2], strict=True):
        if level >= 0:
            said = comparison.levels[len(comparison.levels) - 1 - level].said
            reasons.append(ScoreStep(comparison.name, said, round(weight, 2)))
    return tuple(reasons)


def link(
    people: Iterable[Record],
    folder: Path,
    *,
    region: str | None = None,
    joined: Iterable[tuple[str, str]] = (),
) -> Linkage:
    """Compare people with each other; close `tables` of the result afterwards.

    `folder`: for working files, which are the caller's to delete. `region`: country of phone numbers without a prefix. `joined`: pairs of
    refs that are one already. Neither the order of the people nor of the pairs changes anything.
    """
    tables = LinkageTables(folder, {name: name in _LISTS for name in Traits._fields})
    count = tables.add(traits_of(people, region))
    common = {
        level.common: level.u for comparison in COMPARISONS for level in comparison.levels if level.common
    }
    prior = 1 / max(count, 2)
    compared = tables.prepare(BLOCK, common, rare_enough(prior))
    tables.judge(_scored(tables, prior), _NAMES, NEVER, TIES, AUTOMATIC)
    clusters = _clusters(tables, joined)
    return Linkage(tables, count, compared, Counter(tables.counts()), clusters, log2(prior / (1 - prior)))


def _scored(tables: LinkageTables, prior: float) -> str:
    """Let splink score the candidates; returns the name of the table with those from `REVIEW` on."""
    api = DuckDBAPI(tables.connection)
    linker = Linker(api.register("traits"), splink_settings(prior), log_level=None)
    linker.table_management.register_blocked_pairs_for_predict(api.register("candidates"))
    return str(linker.inference.predict(threshold_match_weight=REVIEW, warning_mode="never").physical_name)


def rare_enough(prior: float) -> str:
    """Return the condition under which one name in common suffices to be shown to a person, nothing else being known or agreeing."""
    shares = {comparison.name: comparison.levels[0].m for comparison in COMPARISONS}
    names = " + ".join(f"log2({shares[name]} / tf_{name})" for name in ("given", "family"))
    return f"{log2(prior / (1 - prior))} + {names} >= {REVIEW}"


def splink_settings(prior: float) -> dict[str, Any]:
    """Return the model in splink's words. `prior`: how likely two people of the desk, drawn at random, are one."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "probability_two_random_records_match": prior,
        "blocking_rules_to_generate_predictions": ["l.id = r.id"],
        "comparisons": [
            {
                "output_column_name": comparison.name,
                "comparison_levels": [
                    {
                        "sql_condition": f"NOT ({comparison.known})",
                        "label_for_charts": "not known",
                        "is_null_level": True,
                    },
                    *(
                        {
                            "sql_condition": level.when,
                            "label_for_charts": level.said,
                            "m_probability": level.m,
                            "u_probability": level.u,
                            **({"tf_adjustment_column": level.common} if level.common else {}),
                        }
                        for level in comparison.levels
                    ),
                ],
            }
            for comparison in COMPARISONS
        ],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }


def _clusters(tables: LinkageTables, joined: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return who is one by automatic pairs; a group with two in it who cannot be one is left to a person whole."""
    edges = tables.automatic()
    groups = grouped([*edges, *tables.numbers(joined)])
    where = {id_: number for number, group in enumerate(groups) for id_ in group}
    wanted = {where[one] for one, _ in edges}
    doubts: dict[int, str] = {
        number: f"{len(groups[number])} people would become one"
        for number in wanted
        if len(groups[number]) > _MOST
    }
    checked = [
        pair
        for number in sorted(wanted - doubts.keys())
        if len(groups[number]) > 2
        for pair in combinations(groups[number], 2)
    ]
    for one, other, never in tables.forbidden(checked):
        doubts.setdefault(where[one], f"of those who would come together are two ({one}, {other}): {never}")
    known = tables.ages(id_ for number in wanted for id_ in groups[number])
    tables.demote((one, other, doubts[where[one]]) for one, other in edges if where[one] in doubts)
    clusters = []
    for number in sorted(wanted - doubts.keys()):
        members = sorted((known[id_] for id_ in groups[number]), key=lambda who: _age(*who))
        clusters.append(tuple(ref for ref, _ in members))
    return tuple(clusters)
