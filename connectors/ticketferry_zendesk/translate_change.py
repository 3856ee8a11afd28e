"""Changes of fields as neutral events, in the terms in which the ticket itself holds them."""

from typing import Any, NamedTuple

from ticketferry.sdk import FieldDef, derived
from ticketferry_zendesk.audit_rows import AuditStep
from ticketferry_zendesk.names import Names, field_value
from ticketferry_zendesk.ticket_rows import LOGGED
from ticketferry_zendesk.translate_event import TYPES, At, event, own

__all__ = ["StatusChange", "change", "statuses_of"]

_STATUS = frozenset({"status", "custom_status_id"})
_FIELD = "the neutral name of a field"
_TYPE = "the neutral type of an event"
_NAME = "the value as the ticket holds it"
_CHECKED = {"1": True, "true": True, "0": False, "false": False}


class StatusChange(NamedTuple):
    """A change of the status, or (`leader`) the second half of one."""

    before: str | None
    after: str | None
    leader: str = ""


def statuses_of(found: list[AuditStep], names: Names) -> dict[str, StatusChange]:
    """Read category and custom status as one status: where both move, one after the other, that is one change.

    Returns the change of each step by the step's path; a second step of the same change has `leader`, the path of the first.
    """
    changes: dict[str, StatusChange] = {}
    waiting: AuditStep | None = None
    for step in found:
        if step.field not in _STATUS:
            continue
        if waiting is not None and waiting.field != step.field:
            changes[waiting.path] = _status_of(waiting, step, names)
            changes[step.path] = StatusChange(None, None, waiting.path)
            waiting = None
            continue
        changes[step.path] = _status_of(step, None, names)
        waiting = step
    return changes


def _status_of(one: AuditStep, other: AuditStep | None, names: Names) -> StatusChange:
    pair = {step.field: step for step in (one, other) if step is not None}
    category, custom = pair.get("status"), pair.get("custom_status_id")
    before = names.status(*(step and step.row.get("previous_value") for step in (category, custom)))
    after = names.status(*(step and step.value for step in (category, custom)))
    return StatusChange(before, after)


def change(
    at: At,
    step: AuditStep,
    names: Names,
    statuses: dict[str, StatusChange],
    records: list[dict[str, Any]],
    trace: dict[str, str],
) -> None:
    """Add the event of one change; the second half of a status change is traced to the event of the first."""
    row, path = step.row, step.path
    id_ = row.get("id", f"{at.of.id}-{path}")
    head = f"event[{id_}]"
    if step.field in _STATUS:
        moved = statuses[path]
        if moved.leader:
            head = trace[f"{moved.leader}.field_name"].removesuffix(".field")
            _values(step, head, trace, next((one for one in reversed(records) if head == _head(one)), {}))
            trace |= {
                f"{path}.id": "=moves with the status",
                f"{path}.field_name": f"{head}.field",
                f"{path}.type": f"{head}.type",
                f"{path}.event_type": f"{head}.type",
                derived(f"{path}.field_name"): _FIELD,
                derived(f"{path}.type"): _TYPE,
                derived(f"{path}.event_type"): _TYPE,
            }
            return
        name, before, after = "status", moved.before, moved.after
    else:
        name = _name(step.field, names)
        before, after = (
            _value(step.field, value, names) for value in (row.get("previous_value"), step.value)
        )
    record = event(at, id_, TYPES[step.kind], row)
    record["field"] = name
    if before not in (None, "", []):
        record["before"] = before
    if after not in (None, "", []):
        record["after"] = after
    records.append(record)
    own(step, head, record, trace)
    _values(step, head, trace, record)
    trace |= {f"{path}.field_name": f"{head}.field", derived(f"{path}.field_name"): _FIELD}
    for key in ("added_tags", "removed_tags"):
        if key in row:
            trace[f"{path}.{key}"] = "=difference of the tags before and after"


def _head(record: dict[str, Any]) -> str:
    return f"event[{str(record['ref']).split(':', 2)[2]}]"


def _values(step: AuditStep, head: str, trace: dict[str, str], record: dict[str, Any]) -> None:
    """Trace both values to where the event holds them; one that it does not hold (no status of the desk) is kept as it came."""
    for path, key in ((step.value_path, "after"), (f"{step.path}.previous_value", "before")):
        if key in record:
            trace[path] = f"{head}.{key}"
    if step.field in _STATUS or step.field.isdigit() or LOGGED.is_derived(step.field):
        trace[derived(step.value_path)] = trace[derived(f"{step.path}.previous_value")] = _NAME


def _custom(field: str, names: Names) -> FieldDef | None:
    return names.fields.get(field) if _is_number(field) else None


def _is_number(field: str) -> bool:
    return field.isascii() and field.isdigit()


def _name(field: str, names: Names) -> str:
    """Return the neutral name of a field; audits name custom ones by their numbers."""
    if not _is_number(field):
        return LOGGED.name(field)
    custom = _custom(field, names)
    return f"fields.{custom['key']}" if custom else f"fields.{field}"


def _value(field: str, value: Any, names: Names) -> Any:
    """Return a value as the ticket itself would hold it; audits write ids, numbers and booleans as text [REC]."""
    if value is None:
        return None
    custom = _custom(field, names)
    if custom is not None and custom["type"] == "checkbox":
        return _CHECKED.get(str(value).lower(), value)
    if custom is not None:
        return field_value(custom["type"], value)
    return LOGGED.value(field, value, names.reading)
