"""Watchers of an issue: each set and taken away by account id, last of all, since Jira refuses whoever may not see the issue."""

from collections.abc import Iterable
from typing import Any

from ticketferry.sdk import From, Lane, Record, Template

from .lane import issue_of

__all__ = ["list_watchers", "watchers_fate", "write_watchers"]


def list_watchers(desired: Record, rows: dict[str, list[Any]], expected: Record) -> None:
    """Note in the property of parts whom we make watchers: only those are read back, for Jira lets whoever comments watch too."""
    wanted = list(dict.fromkeys(desired.get("followers", [])))
    if wanted:
        rows["watchers"] = [From.of(ref) for ref in wanted]
        expected["followers"] = wanted


def watchers_fate(lane: Lane) -> None:
    """Say where followers go."""
    lane.carried("followers", by="watchers")


def write_watchers(desired: Record, lane: Lane, current: Iterable[str] = ()) -> None:
    """Compile who is to watch and does not, and who does and is not to [P addWatcher, removeWatcher]. `current`: who does."""
    watchers_fate(lane)
    wanted, there = list(dict.fromkeys(desired.get("followers", []))), list(current)
    for ref in wanted:
        if ref not in there:
            lane.add("issue.watch", f"{lane.root}/watch/{ref}", params=issue_of(lane), body=From.of(ref))
    for ref in there:
        if ref not in wanted:
            params: dict[str, Template] = {**issue_of(lane), "accountId": From.of(ref)}
            lane.add("issue.unwatch", f"{lane.root}/unwatch/{ref}", params=params)
