"""Tiny's API: who we are, what its answers mean, how its lists go on, and how fast it may be asked."""

from ticketferry.sdk import Session
from ticketferry.sdk.answers import by_status
from ticketferry.sdk.credentials import Credentials
from ticketferry.sdk.rest.budgets import BudgetHeaders
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.paginators import CursorPages, NumberedPages
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry_tiny.options import TinyOptions

__all__ = ["TinyClient"]

_LIMIT = BudgetHeaders(("x-limit",), ("x-limit-remaining",), ("x-limit-reset",), ("read", "write"))


class TinyClient(RestClient):
    """One desk at Tiny."""

    def __init__(self, options: TinyOptions, session: Session) -> None:
        credentials = Credentials(bearer=options.token, where=options.where(), remedy="Set `token`.")
        super().__init__(
            session, credentials, options.where, classify=by_status("Tiny"), api="/api",
            heard=lambda answer, _: _LIMIT.learn(self.pacer, answer.headers) and None,
        )  # fmt: skip

    @staticmethod
    def people() -> RestList:
        """Everybody, by page number."""
        return RestList(RestRequest("/people"), "people", "people.list", NumberedPages(more="next_page"))

    @staticmethod
    def tickets(since: float | None) -> RestList:
        """Tickets that changed since a time, without their comments, by cursor."""
        params = {} if since is None else {"updated_since": str(since)}
        pages = CursorPages("after", "next", size_as="per_page", size=50)
        return RestList(RestRequest("/tickets", params), "tickets", "tickets.list", pages)
