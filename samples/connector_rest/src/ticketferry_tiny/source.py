"""Tiny as a desk to read: lists are declared, the SDK reads them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from ticketferry import sdk
from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.rest.second_look import REFUSALS, SecondLook
from ticketferry.sdk.rest.source import RestSource
from ticketferry.sdk.rest.streams import RestStream, Windows, by_detail, by_row
from ticketferry_tiny.client import TinyClient
from ticketferry_tiny.options import TinyOptions
from ticketferry_tiny.translate import STAGES, translate

__all__ = ["TinySource"]


class TinySource(RestSource):
    """A desk at Tiny. Lists leave comments out, so that each ticket that changed is asked for by itself."""

    limits = sdk.Limits(read_rate=10.0, write_rate=5.0, page_size=50, settle_seconds=10.0)

    def __init__(self, options: TinyOptions, session: sdk.Session) -> None:
        super().__init__(TinyClient(options, session), session)
        self.where = options.where()
        self._look = SecondLook(session.desk, lambda _, id_: bool(self.show(id_)), self.me)

    def identity(self) -> sdk.DeskIdentity:
        """Return the desk's id."""
        return sdk.DeskIdentity(str(self.me()["desk"]), self.where)

    def check(self) -> Sequence[sdk.Finding]:
        """Say who we are. Raises AuthError where the token is not accepted."""
        return [sdk.Finding("TINY-DESK", sdk.Severity.INFO, None, self.where, f"we are {self.me()['name']}")]

    def catalog(self) -> sdk.Catalog:
        """Return what the desk defines: statuses."""
        statuses = [{"id": name, "name": name, "stage": stage} for name, stage in STAGES.items()]
        return cast("sdk.Catalog", {"desk": self.session.desk, "product": "tiny", "statuses": statuses})

    def declared(self) -> Mapping[str, RestStream]:
        """Return the streams: people, who are listed whole each time, and tickets that changed."""
        everybody = (TinyClient.people(),)
        changed = Windows(lambda since, _: TinyClient.tickets(since), overlap=60.0)
        whole = by_detail(self.several, self.case)
        return {
            "people": RestStream("people", by_row(self.person), everybody, whole=Kind.PERSON),
            "tickets": RestStream("tickets", whole, windows=changed, complete=True),
        }

    def case(self, row: Any) -> list[Wire]:
        """Read a ticket with its comments: a tombstone, or one wire that is unread, where it does not come."""
        ref = Ref(self.session.desk, Kind.TICKET, str(row["id"]))
        try:
            body = self.show(ref.id)
        except REFUSALS as error:
            return self._look.after(Kind.TICKET, ref.id, "", error)
        at, comments = datetime.fromtimestamp(body["updated_at"], UTC), body.pop("comments")
        parts = [Wire(Ref(ref.desk, Kind.COMMENT, str(one["id"])), one, at, root=ref) for one in comments]
        return [Wire(ref, body, at), *parts]

    def person(self, row: Any) -> Wire:
        """Return a person of the list."""
        return Wire(Ref(self.session.desk, Kind.PERSON, row["id"]), row, None)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots by id."""
        people = {ref.id for ref in refs if ref.kind is Kind.PERSON}
        rows = self.client.rows(TinyClient.people()) if people else ()
        tickets = [{"id": ref.id} for ref in refs if ref.kind is Kind.TICKET]
        cases = [wire for case in self.several.each(self.case, tickets) for wire in case if not wire.gone]
        return [*(self.person(row) for row in rows if row["id"] in people), *cases]

    def translate(self, wire: Wire, catalog: sdk.Catalog) -> sdk.Translated:  # noqa: ARG002 -- the contract's
        """Turn one wire record into neutral records. Pure."""
        return translate(wire, self.session.origin)

    def me(self) -> Any:
        """Ask who we are."""
        return self.client.get("/me", endpoint="me")

    def show(self, id_: str) -> Any:
        """Ask for a ticket with its comments."""
        return self.client.get(f"/tickets/{id_}", endpoint="tickets.show")["ticket"]
