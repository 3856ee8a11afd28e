"""What is not migrated, with its use: macros, rules, views, articles, custom objects, and mails that never became tickets."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ticketferry.sdk import FatalError, NotMoved, RejectedError
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.wire import Row, moment

__all__ = ["LISTS", "inventory", "thing"]

_NOT_HERE = (400, 401, 403, 404, 422)
_USAGE = "usage_30d"
"""A sideload of Support Professional and above; without the plan the list comes without it, or is refused [OAS ListMacros]."""


class _List(NamedTuple):
    """A list of the account: what its things are, where it is, under which key, and where a person sees one."""

    what: str
    path: str
    key: str
    page: str
    usage: bool = False


LISTS = (
    _List("macro", "/macros", "macros", "/admin/workspaces/agent-workspace/macros/{id}", usage=True),
    _List("trigger", "/triggers", "triggers", "/admin/objects-rules/rules/triggers/{id}", usage=True),
    _List("automation", "/automations", "automations", "/admin/objects-rules/rules/automations/{id}", usage=True),
    _List("view", "/views", "views", "/admin/workspaces/agent-workspace/views/{id}"),
    _List("dynamic content", "/dynamic_content/items", "items", "/admin/workspaces/agent-workspace/dynamic_content"),
    _List("article", "/help_center/articles", "articles", "/hc/articles/{id}"),
)  # fmt: skip


def inventory(client: ZendeskClient, where: str) -> Iterator[NotMoved]:
    """Yield each thing once. A list that the plan or the rights do not give is left out; `check` tells of it.

    The API names no last use: a rule's own date is that of its last change, which the note tells.
    """
    for one in LISTS:
        for row in _rows(client, one):
            yield thing(one, row, where)
    yield from _custom_objects(client, where)
    yield from _suspended(client, where)


def _rows(client: ZendeskClient, one: _List) -> Iterator[Row]:
    endpoint = f"inventory.{one.key}"
    if one.usage:
        try:
            yield from client.every(one.path, one.key, endpoint=endpoint, params={"include": _USAGE})
        except (RejectedError, FatalError) as error:
            if not _absent(error):
                raise
        else:
            return
    yield from _given(lambda: client.every(one.path, one.key, endpoint=endpoint))


def _given(read: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    try:
        yield from read()
    except (RejectedError, FatalError) as error:
        if not _absent(error):
            raise


def _absent(error: RejectedError | FatalError) -> bool:
    return isinstance(error, FatalError) or error.status in _NOT_HERE


def thing(one: _List, row: Row, where: str) -> NotMoved:
    """Return one entry of a list as a person reads it."""
    used = row.get(_USAGE)
    title = row.get("title") or row.get("raw_title") or row.get("name") or row["id"]
    return NotMoved(
        what=one.what,
        id=str(row["id"]),
        name=str(title),
        active=row.get("active") is not False and row.get("draft") is not True,
        used=used if isinstance(used, int) else None,
        used_when="last 30 days" if isinstance(used, int) else "",
        url=where + one.page.format(id=row["id"]),
        note=_changed(row),
    )


def _changed(row: Row) -> str:
    found = moment(row.get("updated_at"))
    return f"last changed {found:%Y-%m-%d}" if found else ""


def _custom_objects(client: ZendeskClient, where: str) -> Iterator[NotMoved]:
    for row in _given(
        lambda: client.every("/custom_objects", "custom_objects", endpoint="inventory.custom_objects")
    ):
        key = str(row.get("key"))
        try:
            count = client.count(f"/custom_objects/{key}/records/count", endpoint="inventory.custom_objects")
        except (RejectedError, FatalError) as error:
            if not _absent(error):
                raise
            count = None
        records = "records are not shown" if count is None else f"{count:,} records"
        yield NotMoved(
            what="custom object",
            id=key,
            name=str(row.get("title_pluralized") or row.get("title") or key),
            url=f"{where}/admin/objects-rules/objects/{key}",
            note=records,
        )


def _suspended(client: ZendeskClient, where: str) -> Iterator[NotMoved]:
    """Mails in the queue of suspended tickets: they are no tickets, and it is emptied after 14 days by itself."""
    for row in _given(
        lambda: client.every("/suspended_tickets", "suspended_tickets", endpoint="inventory.suspended")
    ):
        author: Mapping[str, Any] = row["author"] if isinstance(row.get("author"), dict) else {}
        made = moment(row.get("created_at"))
        told = [
            str(row.get("cause") or "cause not told"),
            f"from {author.get('email') or author.get('name') or 'nobody known'}",
            f"on {made:%Y-%m-%d}" if made else "",
        ]
        yield NotMoved(
            what="suspended mail",
            id=str(row["id"]),
            name=str(row.get("subject") or "(no subject)"),
            url=f"{where}/agent/filters/suspended",
            note=", ".join(part for part in told if part),
        )
