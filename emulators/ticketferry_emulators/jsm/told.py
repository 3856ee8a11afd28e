"""A stand-in of a site that somebody has read: `rebuilt`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ticketferry_emulators.jsm.app import JsmEmulator
from ticketferry_emulators.jsm.models.records import JiraComment
from ticketferry_emulators.jsm.seed.told_issues import add_issues
from ticketferry_emulators.jsm.seed.told_site import TOKEN, site_of
from ticketferry_emulators.kit.clock import EmulatorClock
from ticketferry_emulators.kit.told import Assumed, ToldDesk

__all__ = ["rebuilt", "work_on"]


def rebuilt(told: ToldDesk, clock: EmulatorClock, assumed: Assumed) -> tuple[JsmEmulator, dict[str, Any]]:
    """Return the stand-in, not served yet, and the connector's options that reach it, but for its address.

    Facts: `quiet` as in `site_of`; `cost_units`, the units an hour that API tokens may spend, where the site counts cost.
    """
    site = site_of(told, assumed)
    site.clock = clock
    add_issues(site, told, assumed)
    stand_in = JsmEmulator(clock=clock, site=site, cloud_id="rehearsal")
    units = int(told.facts.get("cost_units") or 0)
    if units:
        stand_in.cost(units)
    email = next(iter(stand_in.state.tokens))
    return stand_in, {"email": email, "token": TOKEN}


def work_on(stand_in: JsmEmulator, tickets: Iterable[str], most: int) -> int:
    """Let an agent answer in the first `most` issues, by their ids; return in how many."""
    state = stand_in.state
    agent = next(account.id for account in state.accounts.values() if account.agent)
    count = 0
    with state.lock:
        for id_ in tickets:
            issue = state.issues.get(id_)
            if count == most:
                break
            if issue is None:
                continue
            words = {"type": "text", "text": "We have news for you."}
            body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [words]}]}
            comment = JiraComment(state.next_id("comment"), agent, agent, body, state.now(), state.now())
            issue.comments.append(comment)
            state.comment_issue[comment.id] = issue.id
            state.touch(issue)
            count += 1
    return count
