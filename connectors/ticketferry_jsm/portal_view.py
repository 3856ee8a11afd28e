"""What the portal shows of requests: public comments with their files, and the request's files, as the service desk tells them.

The platform's API shows every file to agents and tells of none who sees it; the service desk lists files by comment, and comments by
whether customers read them [S GET /request/{key}/comment?expand=attachment, GET /request/{key}/attachment]. Only the witness asks.
"""

from collections.abc import Iterable
from typing import Any

from ticketferry.sdk import Kind, Ref, RejectedError, Wire

from .client import JsmClient
from .wire import DESK_API

__all__ = ["portal_views"]

_PUBLIC = {"public": "true", "internal": "false", "expand": "attachment"}
_NOBODYS = frozenset({403, 404})
"""What the service desk answers for an issue that is no request, or that it does not show."""


def portal_views(client: JsmClient, refs: Iterable[Ref]) -> list[Wire]:
    """Read the portal's view of issues, one wire each: `{"portal": {"comments": […], "files": […]}}`, null where there is none."""
    return [
        Wire(
            Ref(ref.desk, Kind.TICKET, f"{ref.id}/portal"), {"portal": _view(client, ref.id)}, None, root=ref
        )
        for ref in refs
    ]


def _view(client: JsmClient, issue: str) -> Any:
    path = f"{DESK_API}/request/{issue}"
    try:
        comments = list(
            client.desk_rows(
                f"{path}/comment", endpoint="request_comment.list", group="issue.read", params=_PUBLIC
            )
        )
        files = _files(client, f"{path}/attachment", "request_attachment.list")
    except RejectedError as error:
        if error.status in _NOBODYS:
            return None
        raise
    for row in comments:
        shown = row.get("attachments")
        if isinstance(shown, dict) and shown.get("isLastPage") is False:
            whole = _files(client, f"{path}/comment/{row['id']}/attachment", "request_comment.attachments")
            row["attachments"] = {**shown, "values": whole, "isLastPage": True}
    return {"comments": comments, "files": files}


def _files(client: JsmClient, path: str, endpoint: str) -> list[Any]:
    return list(client.desk_rows(path, endpoint=endpoint, group="issue.read"))
