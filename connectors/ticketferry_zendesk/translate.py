"""From wire records to neutral ones: pure, one function a kind; what no line here names ends in `native`."""

from collections.abc import Callable
from typing import cast

from ticketferry.sdk import Kind, Ref, Translated, Wire
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.translate_audit import audit
from ticketferry_zendesk.translate_people import group, membership, organization, person
from ticketferry_zendesk.translate_ticket import ticket
from ticketferry_zendesk.wire import Row

__all__ = ["translate"]

_BY_KIND: dict[Kind, Callable[[Ref, Row, Names], Translated]] = {
    Kind.ORGANIZATION: organization,
    Kind.GROUP: group,
    Kind.PERSON: person,
    Kind.MEMBERSHIP: membership,
    Kind.EVENT: audit,
}


def translate(wire: Wire, names: Names, where: str) -> Translated:
    """Translate one wire record; `where` is the account's address, for links to tickets."""
    row = cast("Row", wire.body)
    if wire.ref.kind is Kind.TICKET:
        return ticket(wire.ref, row, names, where)
    return _BY_KIND[wire.ref.kind](wire.ref, row, names)
