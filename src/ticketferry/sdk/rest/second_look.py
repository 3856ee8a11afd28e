"""A record that one answer hides is looked for by another way before it counts as gone: deleted, unreadable, or the desk is unwell.

"Deleted" is believed of two answers only. A record that the second one still shows is unread: it is named, and asked for again.
"""

from collections.abc import Callable

from ticketferry.errors import RejectedError, RetryableError
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Wire

__all__ = ["REFUSALS", "SecondLook"]

REFUSALS = (RejectedError, RetryableError)
"""What a request about one record may be answered with while the desk serves others."""


class SecondLook:
    """Asks for a record by itself. `show(kind, id)` reads it, and tells whether it is there; where the desk answers 404 it is not.
    `alive` asks something else, which a desk that is well always answers.
    """

    def __init__(self, desk: str, show: Callable[[Kind, str], bool], alive: Callable[[], object]) -> None:
        self._desk = desk
        self._show = show
        self._alive = alive

    def after(self, kind: Kind, id_: object, part: str, error: RejectedError | RetryableError) -> list[Wire]:
        """Say what becomes of a record of which `part` was answered with `error`: a tombstone, or a wire that is unread.

        Raises `error` where the desk does not answer for anything else either.
        """
        ref = Ref(self._desk, kind, str(id_))
        if not self.there(kind, id_, error):
            return [Wire(ref, None, None, gone=True)]
        return [Wire(ref, None, None, unread=f"{part}: {error.message}" if part else error.message)]

    def there(self, kind: Kind, id_: object, error: RejectedError | RetryableError | None = None) -> bool:
        """Tell whether the desk shows a record by itself; one that it refuses to show is taken to be there.

        Where the desk gives no answer, something else is asked, and `error` is raised where that does not come either.
        """
        try:
            return self._show(kind, str(id_))
        except RejectedError as refused:
            return refused.status != 404
        except RetryableError as failed:
            self.prove_alive(error or failed)
            return True

    def prove_alive(self, error: RejectedError | RetryableError) -> None:
        """Raise `error` where the desk does not answer to anything else either."""
        try:
            self._alive()
        except REFUSALS as failed:
            raise error from failed
