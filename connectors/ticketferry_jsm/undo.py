"""Taking back what one lane did: the newest first, with what the plan noted for it; what stays for ever is told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from ticketferry.sdk import Compiled, Finding, From, Kind, Operation, Record, Template, WriteResult
from ticketferry.sdk.outcomes import Inverse, deleting, edited_back, inverse, noted, residue, taken_back

from . import marks

__all__ = ["undo_lane"]

_Steps = Sequence[Operation | Finding]


def undo_lane(done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> Compiled:
    """Return the inverse operations of a lane. A lane that made its issue is undone by deleting it, with all that hangs on it."""
    real = [(operation, result) for operation, result in done if result.status == "done"]
    made = next((item for item in real if item[0].endpoint in ("issue.create", "import.issue")), None)
    if made is not None:
        operation, result = made
        body: Template = {"issue": result.gives.get("id") or From(operation.subject)}
        return Compiled((inverse(operation, "issue.delete", {}, body),), None)
    operations, findings = taken_back(real, _INVERSES)
    gone = bool(real) and real[0][0].lane.kind is not Kind.TICKET and before is None
    return Compiled(tuple(operations), None if gone else before, (), tuple(findings))


_stays = partial(residue, code="JSM-RESIDUE")
_part = partial(deleting, keeps={"issue": "issue"})


def _edit(operation: Operation, _: WriteResult) -> _Steps:
    """An edit carries the fields as they were: the plan saw them."""
    told = "the fields keep what was written: what stood there cannot be written back"
    return edited_back(operation) or [_stays(operation, told, "Change them in Jira by hand.")]


def _edited_comment(operation: Operation, result: WriteResult) -> _Steps:
    """One that came out public goes at once: what it said must be seen by nobody, and the source still has it."""
    if not result.compensate:
        return _edit(operation, result)
    params: dict[str, Template] = {name: operation.params[name] for name in ("issue", "comment")}
    return [inverse(operation, "comment.delete", params)]


def _transition(operation: Operation, _: WriteResult) -> _Steps:
    """The last hop of a walk carries the way back, the others nothing."""
    back = operation.params.get("undo")
    if back is None:
        return []
    if not isinstance(back, list) or not back:
        told = "the workflow has no way back to the status before"
        return [_stays(operation, told, "Move the issue in Jira by hand.")]
    made = []
    params: dict[str, Template] = {"issue": operation.params["issue"]}
    for number, hop in enumerate(back, 1):
        assert isinstance(hop, dict)
        step = inverse(operation, "issue.transition", params, hop["body"], f"/{number}")
        made.append(replace(step, expect=str(hop["expect"])))
    return made


def _customer(operation: Operation, result: WriteResult) -> _Steps:
    existed = result.gives.get("existed")
    told = (
        "the account was there before: it stays"
        if existed
        else "the customer account stays: Jira deletes no customers"
    )
    return [_stays(operation, told, "A site admin can revoke its portal access.")]


def _mirror(endpoint: str) -> Inverse:
    def undo(operation: Operation, result: WriteResult) -> _Steps:
        if result.gives.get("existed"):
            return []
        if operation.params.get("stays"):
            return [_stays(operation, "the account may have been there before: it stays")]
        params = {key: value for key, value in operation.params.items() if key != "look"}
        return [inverse(operation, endpoint, params, operation.body)]

    return undo


def _mark(operation: Operation, _: WriteResult) -> _Steps:
    params: dict[str, Template] = {**operation.params, "property": marks.SOURCE}
    return [inverse(operation, "person.delete_property", params)]


def _remote(operation: Operation, _: WriteResult) -> _Steps:
    assert isinstance(operation.body, dict)
    body: Template = {"globalId": operation.body["globalId"]}
    return [inverse(operation, "remote_link.delete", dict(operation.params), body)]


def _watch(operation: Operation, _: WriteResult) -> _Steps:
    return [inverse(operation, "issue.unwatch", {**operation.params, "accountId": operation.body})]


def _unwatch(operation: Operation, _: WriteResult) -> _Steps:
    params = {key: value for key, value in operation.params.items() if key != "accountId"}
    return [inverse(operation, "issue.watch", params, operation.params["accountId"])]


def _defined(endpoint: str, name: str, keeps: Sequence[str] = ()) -> Inverse:
    """Undo an entry of the set-up by its number; `keeps`: parameters of its making that name it as well."""

    def undo(operation: Operation, result: WriteResult) -> _Steps:
        number: Template = result.gives.get("number") or From(operation.subject, "number")
        return [inverse(operation, endpoint, {**{key: operation.params[key] for key in keeps}, name: number})]

    return undo


_INVERSES: Mapping[str, Inverse] = {
    "field.create": _defined("field.trash", "field"),
    "option.create": _defined("option.delete", "option", ("field", "context")),
    "component.create": _defined("component.delete", "component"),
    "comment.create": _part("comment.delete", "comment"),
    "worklog.add": _part("worklog.delete", "worklog"),
    "attachment.add": _part("attachment.delete", "attachment"),
    "issue.edit": _edit,
    "comment.edit": _edited_comment,
    "issue.request_type": _edit,
    "issue.transition": _transition,
    "issue.link": noted("link.delete"),
    "issue.remote_link": _remote,
    "link.delete": noted("issue.link"),
    "remote_link.delete": noted("issue.remote_link"),
    "issue.watch": _watch,
    "issue.unwatch": _unwatch,
    "issue.set_property": noted("issue.set_property"),
    "organization.create": deleting(
        "organization.delete",
        "organization",
        code="JSM-RESIDUE",
        stays="the organization was there before: it stays",
    ),
    "organization.add_to_desk": _mirror("organization.remove_from_desk"),
    "organization.add_user": _mirror("organization.remove_user"),
    "customer.create": _customer,
    "customer.add_to_desk": _mirror("customer.remove_from_desk"),
    "person.set_property": _mark,
}
"""Properties of organizations go with them; the property of a new issue too."""
