"""How many requests a plan takes and how long: from its batches, the target's figures and measured latency, with the formula in words."""

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.writes import (
    count_expecting,
    expecting_by_batch,
    load_of_endpoints,
    longest_lane,
    roots_written,
)
from ticketferry.plan.pace_of_writes import WritePace, job_of
from ticketferry.plan.timetable import PLAYED, BatchCost, play
from ticketferry.plan.workforce import START, Workforce, workforce
from ticketferry.sdk.contract import Endpoint
from ticketferry.sdk.features import Limits

__all__ = ["ASSUMED_LATENCY", "ApplyEstimate", "Bottleneck", "estimate"]

_GUARDS_AGAIN = 300.0
"""Seconds after which an apply looks at the guards once more."""
_AROUND = 12
"""Requests of an apply that are neither the set-up's nor the guards' nor of a record: who answers, what is there twice, the last reading back."""
ASSUMED_LATENCY = 0.3
"""Seconds an answer is taken to need where none was measured."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One thing that could hold the apply back, and how long it alone would take."""

    name: str
    seconds: float
    words: str


@dataclass(frozen=True, slots=True)
class ApplyEstimate:
    """Requests and time of one apply. `seconds` is that of the slowest way, or of the batches in their order where that is longer; `held_by`
    names the slowest way.
    """

    operations: int
    writes: int
    """Requests that write: batches."""
    reads: int
    """Requests that read: expectations of updates, read-back of written roots, at least one question for each job."""
    checks: int
    read_backs: int
    polls: int
    latency: float
    measured: bool
    workers: int
    ways: tuple[Bottleneck, ...]
    seconds: float
    held_by: str
    words: str
    by_endpoint: Mapping[str, tuple[int, int]]
    """Endpoint -> (operations, requests)."""
    order: Bottleneck = Bottleneck("order of work", 0.0, "nothing is sent")
    """The batches played in their order, with what is read before, between and after: no limit of anybody, but the time that is left over."""
    how: str = ""
    """Where the latency comes from."""
    looks: int = 0
    """Requests that look for what was imported, and those that a write makes to prove itself."""
    import_files: int = 0
    import_tickets: int = 0
    import_seconds: float = 0.0
    """What a person gives to the vendor's importer, and how long that works; part of `seconds`."""

    @property
    def requests(self) -> int:
        """Return writes and reads together."""
        return self.writes + self.reads

    @property
    def hours(self) -> float:
        """Return the time in hours."""
        return self.seconds / 3600

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "operations": self.operations,
            "import": {
                "files": self.import_files,
                "tickets": self.import_tickets,
                "seconds": round(self.import_seconds, 1),
            },
            "requests": self.requests,
            "writes": self.writes,
            "reads": {
                "checks": self.checks,
                "read_backs": self.read_backs,
                "polls": self.polls,
                "looks": self.looks,
            },
            "latency": {"seconds": self.latency, "measured": self.measured, "how": self.how},
            "workers": self.workers,
            "seconds": round(self.seconds, 1),
            "hours": round(self.hours, 3),
            "held_by": self.held_by,
            "words": self.words,
            "order": {"seconds": round(self.order.seconds, 1), "words": self.order.words},
            "ways": [
                {"name": way.name, "seconds": round(way.seconds, 1), "words": way.words} for way in self.ways
            ],
            "endpoints": {
                name: {"operations": operations, "requests": requests}
                for name, (operations, requests) in self.by_endpoint.items()
            },
        }


def estimate(
    plan: PlanFile,
    limits: Limits,
    *,
    latency: float | None = None,
    latency_words: str = "",
    workers: int = START,
    share: float = 1.0,
    endpoints: Sequence[Endpoint] = (),
    imports_per_hour: int = 0,
    told: Mapping[str, float] | None = None,
    set_up_reads: int = 0,
    guard_reads: int = 0,
    sighted: Collection[str] = (),
    played: bool = False,
) -> ApplyEstimate:
    """Estimate an apply of the whole plan. `latency`: measured seconds of one answer, `latency_words`: when and how; `workers`: 0 for as many as turn out to help; `share`: part of the limits that may be used;
    `endpoints`: the target's, of which those that answer with a job are asked for at least once; `imports_per_hour`: tickets that the
    vendor's importer takes; `told`: units of budgets by name, as the desk told them when it was read.

    `set_up_reads`: requests that reading the target's definitions took last, `guard_reads`: those that a look at its guards takes, `sighted`: endpoints before whose writes the target looks. `played`: go through the plan's
    rows too, and play the batches in their order; else the bounds alone are told, from what the plan keeps.

    Repetitions, pauses that the desk asks for and files' transfer times are not in it: it is the least that it takes.
    """
    by_endpoint = load_of_endpoints(plan)
    operations = sum(pair[0] for pair in by_endpoint.values())
    files = {endpoint.name for endpoint in endpoints if endpoint.file}
    filed = [by_endpoint[name] for name in sorted(files & by_endpoint.keys())]
    tickets = sum(pair[0] for pair in filed)
    importing = tickets * 3600 / imports_per_hour if imports_per_hour else 0.0
    writes = sum(pair[1] for name, pair in by_endpoint.items() if name not in files)
    checks = count_expecting(plan)
    size = max(1, limits.fetch_batch)
    read_backs = sum(
        -(-count // size) + count * limits.read_back.get(kind, 0)
        for kind, count in roots_written(plan).items()
    )
    answer = latency if latency is not None else ASSUMED_LATENCY
    polls = sum(
        requests * job_of(limits, answer, operations / requests)[0]
        for operations, requests in (
            by_endpoint[item.name] for item in endpoints if item.job and item.name in by_endpoint
        )
    )
    # What was imported is looked for by number, a batch at a time, and some writes read for themselves.
    looks = -(-tickets // size) + sum(
        by_endpoint.get(endpoint.name, (0, 0))[0] * endpoint.reads for endpoint in endpoints
    )
    reads = checks + read_backs + polls + looks
    measured = latency is not None
    origin = (latency_words or "measured") if measured else "assumed, nothing was measured yet"
    longest = longest_lane(plan)
    crew = workforce(workers, limits, answer)
    order = (
        _played(plan, limits, share, answer, crew, endpoints, set_up_reads, guard_reads, told or {}, sighted)
        if played
        else Bottleneck("order of work", 0.0, "not played")
    )
    ways = (
        *_ways(limits, share, writes, reads, answer, origin, crew.size, longest),
        *_one_by_one(plan, {item.name for item in endpoints if item.job}, answer, origin),
        *_slow(limits, share, by_endpoint, endpoints),
        *_budgets(limits, share, by_endpoint, files, reads, told or {}),
    )
    slowest = max(ways, key=lambda way: way.seconds)
    # What is played meets an account's windows as they come: a plan that fits into one is not held back by it.
    windows = {f"budget {budget.name}" for budget in limits.budgets if budget.dealt_out and played}
    bound = max((way.seconds for way in ways if way.name not in windows), default=0.0)
    return ApplyEstimate(
        operations=operations,
        writes=writes,
        reads=reads,
        checks=checks,
        read_backs=read_backs,
        polls=polls,
        latency=answer,
        measured=measured,
        how=origin,
        workers=crew.size,
        ways=ways,
        seconds=max(bound, order.seconds) + importing,
        order=order,
        held_by=slowest.name if slowest.seconds else "nothing",
        words=slowest.words if slowest.seconds else "nothing is sent",
        by_endpoint=by_endpoint,
        looks=looks,
        import_files=sum(pair[1] for pair in filed),
        import_tickets=tickets,
        import_seconds=importing,
    )


def _ways(
    limits: Limits,
    share: float,
    writes: int,
    reads: int,
    answer: float,
    origin: str,
    workers: int,
    longest: int,
) -> tuple[Bottleneck, ...]:
    requests = writes + reads
    ways = [
        Bottleneck(
            "answers x workers",
            requests * answer / workers,
            f"{requests:,} requests x {answer * 1000:,.0f} ms ({origin}) / {workers} workers"
            f" = {workers / answer:,.1f} requests a second at most"
            if answer
            else f"{requests:,} requests, answered at once",
        )
    ]
    told_otherwise = any(budget.dealt_out for budget in limits.budgets)
    write_rate = 0.0 if limits.group_rates or told_otherwise else limits.write_rate
    read_rate = 0.0 if told_otherwise else limits.read_rate
    for name, count, rate in (("writes", writes, write_rate), ("reads", reads, read_rate)):
        if rate > 0:
            allowed = rate * share
            part = f" x share {share:g}" if share != 1.0 else ""
            ways.append(
                Bottleneck(
                    f"rate of {name}",
                    count / allowed,
                    f"{count:,} {name} / {rate:,.4g} a second allowed{part}",
                )
            )
    if longest:
        ways.append(
            Bottleneck(
                "longest lane",
                longest * answer,
                f"the record with the most writes has {longest:,}, one after another x {answer * 1000:,.0f} ms ({origin})",
            )
        )
    return tuple(ways)


def _one_by_one(plan: PlanFile, jobs: Collection[str], answer: float, origin: str) -> Iterator[Bottleneck]:
    """Yield what `order: {serial_keys: true}` costs: a job is answered, and asked for at least once."""
    alone: Mapping[str, int] = plan.header.get("one_by_one", {})
    count = sum(alone.values())
    answers = sum(made * (2 if name in jobs else 1) for name, made in alone.items())
    if count:
        yield Bottleneck(
            "creations one by one",
            answers * answer,
            f"order.serial_keys: {count:,} tickets are created one after another, {answers:,} answers x {answer * 1000:,.0f} ms ({origin})",
        )


def _played(
    plan: PlanFile,
    limits: Limits,
    share: float,
    answer: float,
    crew: Workforce,
    endpoints: Sequence[Endpoint],
    set_up_reads: int,
    guard_reads: int,
    told: Mapping[str, float],
    sighted: Collection[str],
) -> Bottleneck:
    """Play the batches in their order: lanes, batches that wait for others, and what is read one after another around them."""
    known = {endpoint.name: endpoint for endpoint in endpoints}
    used = load_of_endpoints(plan)
    expecting = expecting_by_batch(plan)

    def cost(number: int, name: str, size: int) -> BatchCost:
        endpoint = known.get(name)
        requests = 1 + expecting.get(number, 0) + (name in sighted)
        if endpoint is None:
            return BatchCost(requests, answer)
        if endpoint.file:
            return BatchCost(0, 0.0)
        requests += endpoint.reads * size
        if not endpoint.job:
            return BatchCost(requests, answer)
        polls, waits = job_of(limits, answer, size)
        return BatchCost(requests + polls, answer, waits)

    late = {name for name, endpoint in known.items() if endpoint.last}
    count = sum(requests for _, requests in used.values())
    pace = WritePace(limits, share, endpoints, told)
    found = play(
        plan.batches(),
        plan.needs,
        cost,
        workforce=crew,
        gates=pace.gates,
        everywhere=pace.everywhere,
        late=late,
        looks={name: guard_reads * answer for name, endpoint in known.items() if endpoint.guards},
        count=count,
    )
    looks = guard_reads * (1 + int(found.seconds / _GUARDS_AGAIN))
    around = (set_up_reads + looks + _AROUND) * answer if count else 0.0
    around += _read_back(plan, limits, answer, pace, found.seconds) if count else 0.0
    return Bottleneck(
        "order of work",
        found.seconds + around,
        f"{count:,} batches in their order, each after what it needs: {found.at_work:,.1f} of {found.workers} workers have something to send on"
        f" average; {around:,.0f} s more for {set_up_reads + looks + _AROUND:,} requests before, between and after",
    )


def _read_back(plan: PlanFile, limits: Limits, answer: float, pace: WritePace, since: float) -> float:
    """Return the seconds from `since` on in which what was written is read back, where that takes requests of its own for each record: so many
    records at once as the target reads, at its pace.
    """
    now = since
    for kind, count in roots_written(plan).items():
        each = limits.read_back.get(kind, 0)
        if not each:
            continue
        begun, played = now + -(-count // max(1, limits.fetch_batch)) * answer, min(count, PLAYED)
        lanes = [begun] * limits.side_by_side
        for _ in range(played):
            at = heapq.heappop(lanes)
            for _ in range(each):
                at = max((gate.enter(at) for gate in pace.everywhere), default=at) + answer
            heapq.heappush(lanes, at)
        now = begun + (max(lanes) - begun) * count / max(1, played)
    return now - since


def _slow(
    limits: Limits, share: float, by_endpoint: Mapping[str, tuple[int, int]], endpoints: Sequence[Endpoint]
) -> Iterator[Bottleneck]:
    part = f" x share {share:g}" if share != 1.0 else ""
    rates = {name: (rate, name) for name, rate in limits.endpoint_rates.items()}
    for group, rate in limits.group_rates.items():
        names = [item.name for item in endpoints if item.group == group and item.name in by_endpoint]
        rates |= {" + ".join(names): (rate, group)} if names else {}
    for name, (rate, _) in sorted(rates.items()):
        requests = sum(by_endpoint.get(one, (0, 0))[1] for one in name.split(" + "))
        if requests and rate > 0:
            words = f"{requests:,} requests of {name} / {rate:,.4g} a second allowed{part}"
            yield Bottleneck(f"rate of {name}", requests / (rate * share), words)


def _budgets(
    limits: Limits,
    share: float,
    by_endpoint: Mapping[str, tuple[int, int]],
    files: Collection[str],
    reads: int,
    units_used: Mapping[str, float],
) -> Iterator[Bottleneck]:
    """Yield what each budget of units allows: what costs much by the operation, everything else by the request."""
    for budget in limits.budgets:
        units = budget.units or units_used.get(budget.name, 0.0) or budget.assumed
        if not units:
            continue
        dear = [
            (name, operations, budget.per_operation[name])
            for name, (operations, _) in by_endpoint.items()
            if name in budget.per_operation
        ]
        others = reads + sum(
            requests
            for name, (_, requests) in by_endpoint.items()
            if name not in budget.per_operation and name not in files
        )
        spent = sum(count * cost for _, count, cost in dear) + others * budget.per_request
        if not spent:
            continue
        hourly = units * share * 3600 / budget.seconds
        part = f" x share {share:g}" if share != 1.0 else ""
        terms = [f"{count:,} {name} x {cost:g} units" for name, count, cost in dear if count]
        terms.append(f"{others:,} other requests x {budget.per_request:g}")
        words = f"({' + '.join(terms)}) / {units * 3600 / budget.seconds:,.0f} units an hour{part}"
        if dear and dear[0][1]:
            words += f": about {hourly * dear[0][1] / spent:,.0f} {dear[0][0]} an hour"
        yield Bottleneck(f"budget {budget.name}", spent / hourly * 3600, words)
