"""Key figures of many tickets: histories of eight moments into figures by both clocks and their tables, and the memory that takes.

python benchmarks/kpi.py --tickets 1000000
"""

import argparse
import random
import resource
import time
from collections.abc import Iterator

import _figures

from ticketferry.kpi.compute import compute
from ticketferry.kpi.figures import BREAKDOWNS
from ticketferry.kpi.histories import History, Labels, Moment, Step
from ticketferry.kpi.hours import DAYS, BusinessHours
from ticketferry.kpi.measures import DEFINITIONS

STEPS = (
    (Step.GROUP, "g"),
    (Step.ASSIGNEE, "a"),
    (Step.STAGE, "in_progress"),
    (Step.MESSAGE, "human"),
    (Step.STAGE, "pending_customer"),
    (Step.MESSAGE, "customer"),
    (Step.STAGE, "resolved"),
)


def histories(tickets: int) -> Iterator[History]:
    """Make histories one by one: eight moments each, over five years, in 40 groups."""
    chance = random.Random(1)
    for number in range(tickets):
        at = created = 1_600_000_000 + chance.randrange(150_000_000)
        moments = [Moment(at, Step.STAGE, "new")]
        for step, value in STEPS:
            at += chance.randrange(40_000)
            moments.append(Moment(at, step, value))
        labels = Labels(f"Group {number % 40}", "normal", "email", "human", "Acme")
        yield History(f"acme:ticket:{number}", created, tuple(moments), "resolved", "customer", labels)


def main() -> None:
    """Run once and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=100_000)
    _figures.add_options(parser)
    options = parser.parse_args()
    tickets = options.tickets
    started = time.process_time()
    for _ in histories(tickets):
        pass
    made = time.process_time() - started
    hours = BusinessHours("Europe/Berlin", {day: [(540, 1020)] for day in DAYS[:5]})
    started = time.process_time()
    figures = compute(histories(tickets), DEFINITIONS["stage"], 1_900_000_000, hours)
    counted = time.process_time() - started - made
    started = time.process_time()
    rows = sum(len(list(figures.rows(by))) for by in (None, *BREAKDOWNS))
    tabled = time.process_time() - started
    figures_told = {
        "tickets": tickets,
        "moments": tickets * (len(STEPS) + 1),
        "making the histories, not counted, s": round(made, 1),
        "figures, s": round(counted, 1),
        f"{rows} rows of all tables, s": round(tabled, 1),
        "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    text = ["| | |", "|---|---|", *(f"| {name} | {figure:,} |" for name, figure in figures_told.items())]
    _figures.tell("kpi", "\n".join(text), figures_told, options)


if __name__ == "__main__":
    main()
