"""How a ticket or a user is asked for by itself, where another answer hides it; and what an account that is well always answers."""

from ticketferry.sdk import Kind
from ticketferry.sdk.rest.second_look import REFUSALS, SecondLook
from ticketferry.sdk.shapes import about
from ticketferry_zendesk.client import ZendeskClient

__all__ = ["REFUSALS", "second_look"]

_SHOW = {Kind.TICKET: ("/tickets", "ticket"), Kind.PERSON: ("/users", "user")}


def second_look(client: ZendeskClient, desk: str) -> SecondLook:
    """Return what looks for a record a second time."""

    def show(kind: Kind, id_: str) -> bool:
        path, key = _SHOW[kind]
        row = client.get(f"{path}/{id_}", endpoint=f"second_look.{key}", fits=about(id_, key, "id")).get(key)
        return not isinstance(row, dict) or row.get("status") != "deleted"

    return SecondLook(desk, show, lambda: client.get("/users/me", endpoint="second_look.desk"))
