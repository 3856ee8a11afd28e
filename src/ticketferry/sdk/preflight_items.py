"""Items of a preflight as every target makes them: a result in a word, what no API shows, and rules of which the firings are predicted."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from ticketferry.schema.counting import counted
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem, PreflightResult

__all__ = ["Firings", "Unseen", "failed", "person", "predicted", "proved", "unknown", "unseen"]


class _Making(Protocol):
    def __call__(
        self, code: str, evidence: str, remedy: str = "", page: str = "", rows: Iterable[str] = (),
        figures: Mapping[str, int] | None = None,
    ) -> PreflightItem: ...  # fmt: skip


def _making(result: PreflightResult) -> _Making:
    def make(
        code: str, evidence: str, remedy: str = "", page: str = "", rows: Iterable[str] = (),
        figures: Mapping[str, int] | None = None,
    ) -> PreflightItem:  # fmt: skip
        """Make an item of one result."""
        return PreflightItem(code, result, evidence, remedy, page, tuple(rows), figures or {})

    return make


proved = _making(PreflightResult.PROVED)
"""Make an item of this result; so do the three others."""
failed = _making(PreflightResult.FAILED)
unknown = _making(PreflightResult.UNKNOWN)
person = _making(PreflightResult.PERSON)


class Unseen(NamedTuple):
    """Something that no API shows. `endpoints`: the writes that it is about; `told`: what may become of them, with `{}` for how many of
    the plan there are; `quiet`: what is said of a plan that has none of them.
    """

    endpoints: Collection[str]
    told: str
    remedy: str
    page: str = ""
    quiet: str = "the plan has no write that it could react to"


def unseen(
    table: Mapping[str, Unseen], planned: PlannedWrites | None, unplanned: str = ""
) -> Iterator[PreflightItem]:
    """Yield what a person looks at, of a plan that has such writes, or of none (`unplanned`: the writes in words). `table`: code -> what."""
    for code, what in table.items():
        count = sum(planned.endpoints.get(name, 0) for name in what.endpoints) if planned is not None else 0
        about = unplanned if planned is None else f"at most {counted(count, 'write')} of the plan"
        if planned is not None and not count:
            yield proved(code, what.quiet, figures={"at most": 0})
        else:
            yield person(code, what.told.format(about), what.remedy, what.page, figures={"at most": count})


class Firings(NamedTuple):
    """How often a rule would fire on a plan: `least` for sure, `most` where what cannot be told goes its way. `why`: what cannot be told;
    `does`: what the rule does then.
    """

    name: str
    least: int
    most: int
    why: str = ""
    does: str = ""

    def __str__(self) -> str:
        """Say it as a line of evidence."""
        does = f"; {self.does}" if self.does else ""
        if self.least == self.most:
            return f"{self.name}: {self.least:,} times{does}"
        begin, why = f"{self.least:,} to" if self.least else "at most", f" ({self.why})" if self.why else ""
        return f"{self.name}: {begin} {self.most:,} times{why}{does}"


def predicted(
    code: str, rules: Sequence[Firings], figures: Mapping[str, int], told: str, remedy: str, page: str, *,
    noun: str = "firings", beside: Collection[str] = (),
) -> PreflightItem:  # fmt: skip
    """Return the item of rules whose firings are predicted: proved where none fires, failed where one may.

    `told`: of which rules, on what; `figures`: what is counted besides; `beside`: lines on what nobody documents.
    """
    acting = [rule for rule in rules if rule.most]
    sure, most = sum(rule.least for rule in rules), sum(rule.most for rule in rules)
    counts = {**figures, "firings": sure, "firings at most": most}
    counts |= {f"firings of {rule.name}": rule.least for rule in acting}
    words = f"{sure:,} {noun} {told}" if sure == most else f"{sure:,} to {most:,} {noun} {told}"
    make = failed if most else proved
    return make(code, words, remedy if most else "", page, (*map(str, acting), *beside), counts)
