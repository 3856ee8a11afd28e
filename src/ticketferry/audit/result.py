"""What auditors found in a sample, and what that says of all tickets."""

from collections.abc import Mapping
from dataclasses import dataclass

from ticketferry.audit.bound import most_defective

__all__ = ["AuditResult", "AuditSample"]


@dataclass(frozen=True, slots=True)
class AuditSample:
    """A sample as it was drawn. `tickets`: root -> why it is in it, in order; `random`: so many of them were drawn at random."""

    plan: str
    digest: str
    seed: str
    population: int
    random: int
    confidence: float
    tickets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditResult:
    """A sample as it was judged. `defects`: ticket -> what is wrong; `open`: tickets of the sample that nobody looked at."""

    plan: str
    digest: str
    seed: str
    by: str
    at: str
    population: int
    random: int
    looked_at: int
    random_looked_at: int
    random_defects: int
    confidence: float
    defects: Mapping[str, str]
    open: int

    @property
    def bound(self) -> int:
        """Return the most defective tickets that the plan may hold, at the sample's confidence.

        Only tickets drawn at random speak of all. One of them that nobody looked at counts as a defect: who may leave out what is hard
        to judge decides the result. At least as many as were found.
        """
        unseen = self.random - self.random_looked_at
        at_worst = most_defective(self.population, self.random, self.random_defects + unseen, self.confidence)
        return max(at_worst, len(self.defects))
