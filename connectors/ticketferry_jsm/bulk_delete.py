"""Deleting many issues at once, as a task that Jira works on; what is still there afterwards was not deleted."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ticketferry.sdk import Endpoint, Finding, Job, Operation, RejectedError, Severity, WriteResult

from .client import JsmClient
from .wire import API

__all__ = ["BulkDelete"]


class BulkDelete:
    """Sends and polls POST /bulk/issues/delete, without its mails."""

    def __init__(self, client: JsmClient) -> None:
        self.client = client

    def send(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Ask for the deletion; issues that are gone already count as deleted."""
        bodies: dict[str, Any] = {operation.key: operation.body for operation in batch}
        ids = {key: str(body["issue"]) for key, body in bodies.items()}
        body = {"selectedIssueIdsOrKeys": list(ids.values()), "sendBulkNotification": False}
        try:
            answer, _ = self.client.write(
                "POST", endpoint.path, endpoint=endpoint.name, group=endpoint.group, json=body
            )
        except RejectedError as error:
            left = self.there(list(ids.values()))
            return [
                WriteResult(
                    operation.key,
                    "rejected",
                    error=Finding(
                        "JSM-REFUSED",
                        Severity.DOUBT,
                        operation.subject,
                        endpoint.name,
                        error.message,
                        error.remedy,
                    ),
                )
                if ids[operation.key] in left
                else WriteResult(operation.key, "done")
                for operation in batch
            ]
        task = str(answer.get("taskId", "")) if isinstance(answer, Mapping) else ""
        if not task:
            return [WriteResult(operation.key, "unknown") for operation in batch]
        # The next process knows the job by this text alone: it names the issues in the order of the keys.
        return Job(f"{task}|{','.join(ids.values())}", tuple(ids))

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Ask for a bulk delete. "Complete" is not all: what is still there was not deleted."""
        task, _, listed = job.id.partition("|")
        ids = listed.split(",")
        row = self.client.get(f"{API}/bulk/queue/{task}", endpoint="bulk.progress")
        if row.get("status") in ("ENQUEUED", "RUNNING", "CANCEL_REQUESTED"):
            return None
        left = self.there(ids)
        failed = row.get("failedAccessibleIssues") or {}
        why = {str(id_): "; ".join(map(str, reasons)) for id_, reasons in failed.items()}
        seen = {str(id_) for id_ in row.get("processedAccessibleIssues") or []} | why.keys()
        unseen = int(row.get("invalidOrInaccessibleIssueCount") or 0)
        return [
            self._result(key, id_, row, left, why, unseen=unseen if id_ not in seen else 0)
            for key, id_ in zip(job.keys, ids, strict=True)
        ]

    @staticmethod
    def _result(
        key: str,
        id_: str,
        row: Mapping[str, Any],
        left: Collection[str],
        why: Mapping[str, str],
        *,
        unseen: int,
    ) -> WriteResult:
        """Judge one issue; `unseen`: how many issues Jira could not see, where this may be one of them."""
        if id_ in left:
            said = why.get(id_) or f"the issue {id_} is still there ({row.get('status')})"
            finding = Finding.doubt("JSM-DELETE", "issue.delete", said, "Delete it in Jira by hand.")
            return WriteResult(key, "rejected", error=finding)
        if not unseen:
            return WriteResult(key, "done")
        finding = Finding.doubt(
            "JSM-DELETE-UNSEEN", "issue.delete",
            f"Jira could not see the issue {id_} ({unseen} of the task): it was deleted before, or is hidden from this account",
            "Look whether the issue is there with an account that sees the whole project.",
        )  # fmt: skip
        return WriteResult(key, "done", error=finding)

    def there(self, ids: Sequence[str]) -> set[str]:
        """Return which issues are there, read by id."""
        found: set[str] = set()
        for start in range(0, len(ids), 100):
            rows = self.client.issues(ids[start : start + 100], ["status"])
            found.update(str(issue["id"]) for issue in rows)
        return found
