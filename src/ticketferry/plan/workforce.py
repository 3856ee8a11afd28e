"""How many batches are sent at once: as many as said, or as many as the desk's pace has room for, found out while they are sent."""

from ticketferry.sdk.features import Limits

__all__ = ["MOST_WORKERS", "START", "Workforce", "first_size", "workforce"]

MOST_WORKERS = 200
"""Batches that are ever under way at once."""
START = 8
"""Workers to begin with where nothing tells better, and all that a desk gets that names no limit: nothing would say when it is enough."""
_ROUND = 2
"""Batches that each worker ends before it is asked whether more of them would help."""
_BETTER = 1.1
"""Growth by a half that brings less than this brings nothing: the desk answers no faster."""
_PATIENCE = 4
"""Rounds after which growth that brought nothing is tried once more; then twice as many, and so on."""


def first_size(limits: Limits, latency: float) -> int:
    """Return the workers that keep a desk busy: requests that it takes a second, times the seconds of an answer (Little's law).

    It is a beginning: what else a batch asks, and what waits for its pace, is seen while it goes.
    """
    rate = max([limits.write_rate, *limits.group_rates.values()])
    return max(START, min(MOST_WORKERS, -int(-rate * latency // 1)))


class Workforce:
    """The workers of one run, so many or (`workers` 0) a number that grows. Whoever sends batches tells of each that ends; not thread-safe.

    It grows by a half while batches are left that could be sent, fewer than half of the workers wait for the desk's pace, and the last
    growth made more batches end in a second. Where it did not, it is tried again after ever more rounds. Never beyond `most`.
    """

    def __init__(self, workers: int = 0, *, first: int = START, most: int = MOST_WORKERS) -> None:
        self.size = workers or min(first, most)
        self._most = workers or most
        self._count = 0
        self._since: float | None = None
        self._before = 0.0
        self._patience = _PATIENCE
        self._rounds = 0

    @property
    def grows(self) -> bool:
        """Tell whether there may be more workers later on."""
        return self.size < self._most

    def ended(self, now: float, *, left: bool, paced: int) -> None:
        """Note that a batch ended at `now`, unix seconds. `left`: others could be sent at once; `paced`: workers that wait for the pace."""
        if not self.grows:
            return
        if not left or 2 * paced >= self.size or self._since is None:
            # What does not fill the workers says nothing of the desk.
            self._count, self._since = 0, now
            return
        self._count += 1
        if self._count < _ROUND * self.size:
            return
        rate = self._count / max(now - self._since, 1e-9)
        self._count, self._since = 0, now
        self._rounds += 1
        if rate > self._before * _BETTER:
            self._patience, self._rounds, self._before = _PATIENCE, 0, rate
        elif self._rounds < self._patience:
            return
        else:
            self._patience, self._rounds = 2 * self._patience, 0
        self.size = min(self._most, -(-3 * self.size // 2))


def workforce(workers: int, limits: Limits, latency: float) -> Workforce:
    """Return the workers of a run: so many, or for 0 as many as turn out to help; a desk that tells no pace gets no more than at the start."""
    paced = (
        limits.write_rate > 0 or bool(limits.group_rates) or any(item.dealt_out for item in limits.budgets)
    )
    return Workforce(workers, first=first_size(limits, latency), most=MOST_WORKERS if paced else START)
