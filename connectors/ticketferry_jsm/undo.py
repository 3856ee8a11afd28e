"""Taking back what one lane did: the newest first, with what the plan noted for it; what stays for ever is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ticketferry.sdk import Compiled, Finding, From, Kind, Operation, Record, Template, WriteResult
from ticketferry.sdk.outcomes import edited_back, inverse, residue

from . import marks

__all__ = ["undo_lane"]

_Done = tuple[Operation, WriteResult]


def undo_lane(done: Sequence[_Done], before: Record | None) -> Compiled:
    """Return the inverse operations of a lane. A lane that made its issue is undone by deleting it, with all that hangs on it."""
    real = [(operation, result) for operation, result in done if result.status == "done"]
    made = next((item for item in real if item[0].endpoint in ("issue.create", "import.issue")), None)
    if made is not None:
        operation, result = made
        body: Template = {"issue": result.gives.get("id") or From(operation.subject)}
        inverse = Operation(
            f"{operation.key}/undo", operation.subject, "issue.delete", {}, body, operation.lane
        )
        return Compiled((inverse,), None)
    operations: list[Operation] = []
    findings: list[Finding] = []
    for operation, result in reversed(real):
        undo = _INVERSES.get(operation.endpoint)
        if undo is None:
            continue
        found = undo(operation, result)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            operations.extend(found)
    root = real[0][0].lane if real else None
    gone = root is not None and root.kind is not Kind.TICKET
    return Compiled(tuple(operations), None if gone and before is None else before, (), tuple(findings))


_stays = partial(residue, code="JSM-RESIDUE")


def _part(endpoint: str, name: str) -> Callable[[Operation, WriteResult], list[Operation] | Finding]:
    def undo(operation: Operation, result: WriteResult) -> list[Operation] | Finding:
        params: dict[str, Template] = {name: result.gives.get("id") or From(operation.subject)}
        if "issue" in operation.params:
            params["issue"] = operation.params["issue"]
        return [inverse(operation, endpoint, params)]

    return undo


def _edit(operation: Operation, _: WriteResult) -> list[Operation] | Finding:
    """An edit carries the fields as they were: the plan saw them."""
    return edited_back(operation) or _stays(
        operation,
        "the fields keep what was written: what stood there cannot be written back",
        "Change them in Jira by hand.",
    )


def _edited_comment(operation: Operation, result: WriteResult) -> list[Operation] | Finding:
    """One that came out public goes at once: what it said must be seen by nobody, and the source still has it."""
    if not result.compensate:
        return _edit(operation, result)
    params: dict[str, Template] = {name: operation.params[name] for name in ("issue", "comment")}
    return [inverse(operation, "comment.delete", params)]


def _transition(operation: Operation, _: WriteResult) -> list[Operation] | Finding:
    """The last hop of a walk carries the way back, the others nothing."""
    back = operation.params.get("undo")
    if back is None:
        return []
    if not isinstance(back, list) or not back:
        return _stays(
            operation, "the workflow has no way back to the status before", "Move the issue in Jira by hand."
        )
    made = []
    for number, hop in enumerate(back, 1):
        assert isinstance(hop, dict)
        step = inverse(
            operation, "issue.transition", {"issue": operation.params["issue"]}, hop["body"], f"/{number}"
        )
        made.append(replace(step, expect=str(hop["expect"])))
    return made


def _organization(operation: Operation, result: WriteResult) -> list[Operation] | Finding:
    if result.gives.get("existed"):
        return _stays(operation, "the organization was there before: it stays")
    return [
        inverse(
            operation,
            "organization.delete",
            {"organization": result.gives.get("id") or From(operation.subject)},
        )
    ]


def _customer(operation: Operation, result: WriteResult) -> list[Operation] | Finding:
    return _stays(
        operation, "the account was there before: it stays" if result.gives.get("existed") else "the customer account stays: Jira deletes no customers",
        "A site admin can revoke its portal access.",
    )  # fmt: skip


def _mirror(endpoint: str) -> Callable[[Operation, WriteResult], list[Operation] | Finding]:
    def undo(operation: Operation, result: WriteResult) -> list[Operation] | Finding:
        if result.gives.get("existed"):
            return []
        if operation.params.get("stays"):
            return _stays(operation, "the account may have been there before: it stays")
        params = {key: value for key, value in operation.params.items() if key != "look"}
        return [inverse(operation, endpoint, params, operation.body)]

    return undo


def _mark(operation: Operation, _: WriteResult) -> list[Operation] | Finding:
    params: dict[str, Template] = {**operation.params, "property": marks.SOURCE}
    return [inverse(operation, "person.delete_property", params)]


def _noted(endpoint: str) -> Callable[[Operation, WriteResult], list[Operation] | Finding]:
    """Undo by the endpoint and the body that the plan noted."""

    def undo(operation: Operation, _: WriteResult) -> list[Operation] | Finding:
        back = operation.params.get("undo")
        if back is None:
            return []
        params = {key: value for key, value in operation.params.items() if key != "undo"}
        return [inverse(operation, endpoint, params, back)]

    return undo


def _remote(operation: Operation, _: WriteResult) -> list[Operation] | Finding:
    assert isinstance(operation.body, dict)
    return [
        inverse(
            operation, "remote_link.delete", dict(operation.params), {"globalId": operation.body["globalId"]}
        )
    ]


def _watch(operation: Operation, _: WriteResult) -> list[Operation] | Finding:
    return [inverse(operation, "issue.unwatch", {**operation.params, "accountId": operation.body})]


def _unwatch(operation: Operation, _: WriteResult) -> list[Operation] | Finding:
    params = {key: value for key, value in operation.params.items() if key != "accountId"}
    return [inverse(operation, "issue.watch", params, operation.params["accountId"])]


_INVERSES: Mapping[str, Callable[[Operation, WriteResult], list[Operation] | Finding]] = {
    "comment.create": _part("comment.delete", "comment"),
    "worklog.add": _part("worklog.delete", "worklog"),
    "attachment.add": _part("attachment.delete", "attachment"),
    "issue.edit": _edit,
    "comment.edit": _edited_comment,
    "issue.request_type": _edit,
    "issue.transition": _transition,
    "issue.link": _noted("link.delete"),
    "issue.remote_link": _remote,
    "link.delete": _noted("issue.link"),
    "remote_link.delete": _noted("issue.remote_link"),
    "issue.watch": _watch,
    "issue.unwatch": _unwatch,
    "issue.set_property": _noted("issue.set_property"),
    "organization.create": _organization,
    "organization.add_to_desk": _mirror("organization.remove_from_desk"),
    "organization.add_user": _mirror("organization.remove_user"),
    "customer.create": _customer,
    "customer.add_to_desk": _mirror("customer.remove_from_desk"),
    "person.set_property": _mark,
}
"""Properties of organizations go with them; the property of a new issue too."""
