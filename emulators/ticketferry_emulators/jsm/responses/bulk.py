"""Deleting many issues as a task that takes its time."""

from __future__ import annotations

from ticketferry_emulators.jsm.exceptions import bulk_refused
from ticketferry_emulators.jsm.models import mail
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_MOST = 1000
_SECONDS_AN_ISSUE = 0.05


def submit(state: SiteState, call: Call) -> Answer:
    """POST /bulk/issues/delete: at most 1000; mails unless sendBulkNotification is false; works on as a task."""
    body = call.json if isinstance(call.json, dict) else {}
    wanted = body.get("selectedIssueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted:
        raise bulk_refused(400, "selectedIssueIdsOrKeys must not be empty")
    if len(wanted) > _MOST:
        raise bulk_refused(400, f"The number of issues exceeds the limit of {_MOST}")
    if not state.accounts[call.account or ""].admin:
        raise bulk_refused(403, "User does not have the global bulk change permission")
    issues = [
        issue for issue in (state.issue(str(item)) for item in dict.fromkeys(wanted)) if issue is not None
    ]
    if not issues:
        raise bulk_refused(400, "Some of the issues in the issueIdsOrKeys are not valid")
    now = state.now()
    task_id = state.next_id("task")
    state.tasks[task_id] = {
        "created": now,
        "done": now + _SECONDS_AN_ISSUE * len(issues),
        "ids": [issue.id for issue in issues],
        "missing": len(wanted) - len(issues),
        "by": call.account,
        "finished": False,
        "failed": {},
        "notify": body.get("sendBulkNotification", True) is not False,
    }
    return Answer(201, {"taskId": task_id})


def progress(state: SiteState, call: Call) -> Answer:
    """GET /bulk/queue/{task}: the issues are deleted when its time has come."""
    task = state.tasks.get(call.params["task"])
    if task is None:
        raise bulk_refused(400, "The task associated with this taskId is not a bulk operation task")
    now = state.now()
    if now >= task["done"] and not task["finished"]:
        task["finished"] = True
        for issue_id in task["ids"]:
            issue = state.issues.get(issue_id)
            if issue is None:
                continue
            if issue.id in state.undeletable:
                task["failed"][issue.id] = [state.undeletable[issue.id]]
                continue
            if task["notify"]:
                mail.tell(state, issue, mail.DELETED, task["by"])
            state.delete_issue(issue)
    finished = task["finished"]
    return Answer(
        200,
        {
            "taskId": call.params["task"],
            "status": "COMPLETE" if finished else "RUNNING",
            "progressPercent": 100 if finished else 0,
            "totalIssueCount": len(task["ids"]) + task["missing"],
            "processedAccessibleIssues": [
                int(number) for number in task["ids"] if number not in task["failed"]
            ]
            if finished
            else [],
            "failedAccessibleIssues": task["failed"],
            "invalidOrInaccessibleIssueCount": task["missing"],
            "submittedBy": {"accountId": task["by"]},
            "created": round(task["created"] * 1000),
            "started": round(task["created"] * 1000),
            "updated": round(now * 1000),
        },
    )


ROUTES = [
    Route("POST", "/rest/api/3/bulk/issues/delete", submit, "bulk.delete", "bulk", write=True),
    Route("GET", "/rest/api/3/bulk/queue/{task}", progress, "bulk.progress", "bulk"),
]
