"""A record that fails by itself: what Jira, or we, did not do for it."""

from ticketferry.sdk import Finding, Operation, Severity, WriteResult

__all__ = ["refused"]


def refused(
    operation: Operation, message: str, *, where: str = "", remedy: str = "", code: str = "JSM-REFUSED"
) -> WriteResult:
    """Return a rejection."""
    finding = Finding(code, Severity.DOUBT, operation.subject, where or operation.endpoint, message, remedy)
    return WriteResult(operation.key, "rejected", error=finding)
