"""What a new or edited issue is to be: its fields held against screens, field configurations and workflows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ticketferry_emulators.jsm.exceptions import (
    object_of,
    off_screen,
    refused,
)
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.fields import (
    ValueRefusedError,
    parse_value,
)
from ticketferry_emulators.jsm.models.properties import check_properties
from ticketferry_emulators.jsm.models.records import Field, JiraProject, Transition
from ticketferry_emulators.jsm.models.screens import settable
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Call

__all__ = [
    "NewIssue",
    "applied",
    "check_media",
    "draft_of",
    "editable",
    "parsed",
    "refuse_other_request_type",
    "type_of",
]


@dataclass(slots=True)
class NewIssue:
    """A new issue that has passed every check: its project and type, the stored values, the properties."""

    project: JiraProject
    type_id: str
    values: dict[str, Any]
    properties: dict[str, Any]
    transition: Transition | None = None
    warnings: list[str] = field(default_factory=list)


def check_media(state: SiteState, document: Any) -> None:
    """Refuse a document that names a file which was never uploaded."""
    if any(media not in state.blobs for media in adf.media_ids(document)):
        raise refused(400, "ATTACHMENT_VALIDATION_ERROR")


def editable(state: SiteState, project: JiraProject, name: str, screen: list[str]) -> Field | None:
    """Return the field if the screen has it; the resolution can always be set."""
    if name not in screen and name != "resolution":
        return None
    return state.fields.get(name)


def parsed(
    state: SiteState, project: JiraProject, sent: dict[str, Any], screen: list[str], errors: dict[str, str]
) -> dict[str, Any]:
    """Return stored values of the sent fields; what is refused goes to `errors`."""
    values: dict[str, Any] = {}
    for name, value in sent.items():
        known = editable(state, project, name, screen)
        if known is None:
            errors[name] = off_screen(name)
            continue
        try:
            values[name] = parse_value(state, project, known, value)
        except ValueRefusedError as error:
            errors[name] = str(error)
        except adf.AdfError:
            raise refused(400, "INVALID_INPUT") from None
        else:
            if isinstance(value, dict):
                check_media(state, value)
    return values


def draft_of(state: SiteState, call: Call, update: Any) -> NewIssue:
    """Check what a new issue is to be; refuses (400) in the platform's form."""
    if not isinstance(update, dict) or not isinstance(update.get("fields"), dict):
        raise refused(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    sent = dict(update["fields"])
    project_ref, type_ref = sent.pop("project", None), sent.pop("issuetype", None)
    project = _project(state, project_ref)
    if project is None:
        raise refused(400, errors={"project": "Specify a valid project ID or key"})
    type_id = type_of(state, project, type_ref)
    if type_id is None:
        raise refused(400, errors={"issuetype": "Specify a valid issue type"})
    errors: dict[str, str] = {}
    for name, verbs in object_of(update.get("update")).items():
        sent[name] = applied(state, [], name, verbs, errors)
    values = parsed(state, project, sent, settable(state, project, project.create_screen), errors)
    if "summary" not in sent:
        errors["summary"] = "You must specify a summary of the issue."
    for name in _required(state, project, type_id):
        if values.get(name) in (None, []) and name not in errors:
            errors[name] = f"{state.fields[name].name} is required."
    refuse_other_request_type(state, project, type_id, values, errors)
    if errors:
        raise refused(400, errors=errors)
    properties = check_properties(update.get("properties"))
    draft = NewIssue(project, type_id, values, properties)
    wanted = object_of(update.get("transition")).get("id")
    if wanted is not None:
        workflow = state.workflows[project.workflows[type_id]]
        start = workflow.start().target
        draft.transition = next(
            (
                t
                for t in workflow.transitions
                if t.id == str(wanted) and not t.initial and start in (t.sources or (start,))
            ),
            None,
        )
        if draft.transition is None:
            raise refused(400, f"The transition '{wanted}' is not valid for the issue.")
    return draft


def _required(state: SiteState, project: JiraProject, type_id: str) -> list[str]:
    """Return what a new issue must bring: by the field configuration, and by the validators of the first transition."""
    validated = state.workflows[project.workflows[type_id]].start().required
    return [
        name
        for name in (*project.required.get(type_id, ()), *validated)
        if name not in ("reporter", "priority")
    ]


def refuse_other_request_type(
    state: SiteState, project: JiraProject, type_id: str, values: dict[str, Any], errors: dict[str, str]
) -> None:
    """Refuse a request type that stands for another issue type than the issue's."""
    known = state.field_of_type("vp-origin")
    wanted = values.get(known.id) if known is not None else None
    desk = state.desk_of(project.id)
    if known is None or wanted is None or desk is None:
        return
    if next(kind.type_id for kind in desk.request_types if kind.id == wanted) != type_id:
        errors[known.id] = f"Request type '{wanted}' is not valid for the issue type of this issue."


def _project(state: SiteState, reference: Any) -> JiraProject | None:
    if not isinstance(reference, dict):
        return None
    return state.project(str(reference.get("id") or reference.get("key") or ""))


def type_of(state: SiteState, project: JiraProject, reference: Any) -> str | None:
    """Return the id of the type that a request names by id or name; None where the project has no such type."""
    if not isinstance(reference, dict):
        return None
    for type_id in project.types:
        if str(reference.get("id", "")) == type_id:
            return type_id
        if "id" not in reference and state.types[type_id].name == reference.get("name"):
            return type_id
    return None


def applied(state: SiteState, old: list[str], name: str, verbs: Any, errors: dict[str, str]) -> Any:
    """Turn the verbs of `update` into one value; lists know add and remove, everything knows set."""
    value: Any = list(old)
    for verb in verbs if isinstance(verbs, list) else []:
        if not isinstance(verb, dict) or len(verb) != 1:
            errors[name] = "Operation value must be an object with one verb"
            continue
        ((action, operand),) = verb.items()
        if action == "set":
            value = operand
        elif action == "add" and isinstance(value, list):
            value = [*value, operand]
        elif action == "remove" and isinstance(value, list):
            value = [item for item in value if item != operand]
        else:
            errors[name] = f"The operation {action} is not known."
    return value
