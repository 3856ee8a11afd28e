"""Work logs of a ticket: Jira keeps whole minutes, at least one; the exact seconds stand in the property of parts."""

from collections import Counter
from collections.abc import Container
from typing import Any

from ticketferry.sdk import From, Lane, Record, Template, parse_ref, slim
from ticketferry.sdk.messages import html_record, tree_of

from . import marks
from .body import draft
from .lane import QUIET, issue_of
from .wire import jira_time

__all__ = ["write_worklogs"]

_APART = frozenset({"ref", "ticket", "native", "origin", "body"})


def write_worklogs(
    desired: Record, lane: Lane, rows: dict[str, list[Any]], expected: Record, new: Container[str] | None
) -> None:
    """Compile the work logs; `new`: those that are to be written, None: all. `rows` takes what the property must say of each."""
    logs = desired.get("worklogs", [])
    if not logs:
        return
    lane.kept("worklogs[]", by=f"property {marks.PARTS}")
    lane.carried("worklogs[].started", "worklogs[].seconds", "worklogs[].body", by="work log")
    told: list[Any] = []
    equal: Counter[tuple[str, int]] = Counter()
    for log in logs:
        ref = parse_ref(log["ref"])
        seconds = max(60, int(log["seconds"]) // 60 * 60)
        if seconds != log["seconds"]:
            lane.transformed(
                f"worklogs[{ref.id}].seconds",
                "work logs are kept in minutes; the seconds in the property",
            )
        part = draft(tree_of(log.get("body")), frozenset(), tickets_known=False)
        record = slim({key: value for key, value in log.items() if key not in _APART})
        told.append({"id": From(ref), "ref": log["ref"], "written": seconds, "record": record})
        back = html_record(part.tree)
        expected.setdefault("worklogs", []).append(slim({"ref": log["ref"], "body": back, **record}))
        nth = equal[log["started"], seconds]
        equal[log["started"], seconds] += 1
        if new is not None and log["ref"] not in new:
            continue
        body: dict[str, Template] = {"timeSpentSeconds": seconds, "started": jira_time(log["started"])}
        if back is not None:
            body["comment"] = part.document
        params: dict[str, Template] = {
            **issue_of(lane),
            **QUIET,
            "adjustEstimate": "leave",
            "nth": str(nth),
        }
        lane.add("worklog.add", f"{ref}/create", params=params, body=body, subject=ref)
    rows["worklogs"] = told
