"""What credentials may read, asked of the lists themselves: for vendors that do not tell rights."""

from collections.abc import Collection, Iterable, Iterator

from ticketferry.errors import AuthError, RejectedError
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.rest.client import RestClient, RestList

__all__ = ["unreadable"]


def unreadable(
    client: RestClient,
    lists: Iterable[tuple[str, RestList]],
    *,
    code: str,
    remedy: str,
    optional: Collection[str] = (),
) -> Iterator[Finding]:
    """Ask each list for its first page, and yield a finding for each that is refused. `lists`: the right that a list needs, and the list.

    `remedy` says with `{right}` how it is given. A BLOCKER, but a DOUBT for the `optional` endpoints: what a desk may do without.
    """
    for right, listed in lists:
        try:
            client.page(listed)
        except (AuthError, RejectedError) as error:
            severity = Severity.DOUBT if listed.endpoint in optional else Severity.BLOCKER
            message = f"{listed.request.where}: {error.message}"
            yield Finding(code, severity, None, "", message, remedy.format(right=right))
