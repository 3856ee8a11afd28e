"""Permissions that an operation needs, and how Jira refuses without them; `SiteState.lacking` says who lacks what."""

from __future__ import annotations

from ticketferry_emulators.jsm.exceptions import bulk_refused, refused
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Call

__all__ = ["admit"]

_NEEDS: dict[str, tuple[int, tuple[tuple[str, ...], ...]]] = {
    "watcher.add": (403, (("MANAGE_WATCHERS",),)),
    "watcher.remove": (403, (("MANAGE_WATCHERS",),)),
    "worklog.add": (400, (("WORK_ON_ISSUES",),)),
    "worklog.delete": (400, (("DELETE_ALL_WORKLOGS", "DELETE_OWN_WORKLOGS"),)),
    "comment.edit": (400, (("EDIT_ALL_COMMENTS", "EDIT_OWN_COMMENTS"),)),
    "comment.delete": (400, (("DELETE_ALL_COMMENTS", "DELETE_OWN_COMMENTS"),)),
    "comment_property.put": (403, (("EDIT_ALL_COMMENTS", "EDIT_OWN_COMMENTS"),)),
    "comment_property.delete": (403, (("EDIT_ALL_COMMENTS", "EDIT_OWN_COMMENTS"),)),
    "issue_property.put": (403, (("EDIT_ISSUES",),)),
    "issue_property.delete": (403, (("EDIT_ISSUES",),)),
    "issue.edit": (400, (("EDIT_ISSUES",),)),
    "issue.transition": (400, (("TRANSITION_ISSUES",),)),
    "link.add": (404, (("LINK_ISSUES",),)),
    "link.delete": (404, (("LINK_ISSUES",),)),
    "remote_link.add": (403, (("LINK_ISSUES",),)),
    "remote_link.delete": (403, (("LINK_ISSUES",), ("EDIT_ISSUES",))),
    "attachment.add": (403, (("CREATE_ATTACHMENTS",),)),
    "attachment.delete": (403, (("DELETE_ALL_ATTACHMENTS", "DELETE_OWN_ATTACHMENTS"),)),
    "component.create": (403, (("ADMINISTER_PROJECTS", "ADMINISTER"),)),
    "component.delete": (403, (("ADMINISTER_PROJECTS", "ADMINISTER"),)),
    "field.create": (400, (("ADMINISTER",),)),
    **dict.fromkeys(
        (
            "field.trash",
            "field.restore",
            "field.add_context",
            "field.add_options",
            "field.delete_option",
            "screen.add_field",
        ),
        (403, (("ADMINISTER",),)),
    ),
    **dict.fromkeys(
        (
            "screen.remove_field",
            "field.screens",
            "screen_scheme.of_projects",
            "screen_scheme.items",
            "screen_scheme.list",
        ),
        (403, (("ADMINISTER",),)),
    ),
    "bulk.delete": (403, (("BULK_CHANGE",), ("DELETE_ISSUES",))),
}
"""Operation -> status and groups of permissions, one of each group [P "Permissions required" and responses]. Own records and
those of others are not told apart: whoever has the right for one kind is admitted.
"""


def admit(state: SiteState, call: Call, account: str) -> None:
    """Refuse a call for which the account lacks a permission, and any that changes an archived issue."""
    key = call.params.get("key")
    if key and call.route is not None and call.route.write:
        issue = state.issue(key)
        if issue is not None and issue.id in state.archived:
            raise refused(400, "The issue is archived and cannot be changed.")
    lacking = state.lacking.get(account)
    if not lacking or call.operation not in _NEEDS:
        return
    status, groups = _NEEDS[call.operation]
    for group in groups:
        if lacking.issuperset(group):
            text = f"You do not have the permission {' or '.join(group)}."
            raise bulk_refused(status, text) if call.operation == "bulk.delete" else refused(status, text)
