"""A record that one answer hides is looked for by another way before it counts as gone: deleted, unreadable, or the desk is unwell.

"Deleted" is believed of two answers only. A record that the second one still shows is unread: it is named, and asked for again.
"""

from ticketferry.sdk import Kind, Ref, RejectedError, RetryableError, Session, Wire
from ticketferry.sdk.shapes import about
from ticketferry_zendesk.client import ZendeskClient

__all__ = ["REFUSALS", "SecondLook"]

REFUSALS = (RejectedError, RetryableError)
"""What a request about one record may be answered with while the desk serves others."""
_SHOW = {Kind.TICKET: ("/tickets", "ticket"), Kind.PERSON: ("/users", "user")}


class SecondLook:
    """Asks for a record by itself."""

    def __init__(self, client: ZendeskClient, session: Session) -> None:
        self._client = client
        self._session = session

    def after(self, kind: Kind, id_: object, part: str, error: RejectedError | RetryableError) -> list[Wire]:
        """Say what becomes of a record of which `part` was answered with `error`: a tombstone, or a wire that is unread.

        Raises `error` where the desk does not answer for anything else either.
        """
        ref = Ref(self._session.desk, kind, str(id_))
        if not self.there(kind, id_, error):
            return [Wire(ref, None, None, gone=True)]
        return [Wire(ref, None, None, unread=f"{part}: {error.message}")]

    def there(self, kind: Kind, id_: object, error: RejectedError | RetryableError | None = None) -> bool:
        """Tell whether the desk shows a record by itself; one that it refuses to show is taken to be there.

        Where the desk gives no answer, another list is asked, and `error` is raised where that does not come either.
        """
        path, key = _SHOW[kind]
        try:
            row = self._client.get(
                f"{path}/{id_}", endpoint=f"second_look.{key}", fits=about(id_, key, "id")
            ).get(key)
        except RejectedError as refused:
            return refused.status != 404
        except RetryableError as failed:
            try:
                self._client.get("/users/me", endpoint="second_look.desk")
            except REFUSALS:
                raise error or failed from failed
            return True
        return not isinstance(row, dict) or row.get("status") != "deleted"
