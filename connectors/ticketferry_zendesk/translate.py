"""From wire records to neutral ones: pure, one function a kind; what no line here names ends in `native`."""

from collections.abc import Callable
from typing import Any, cast

from ticketferry.sdk import Finding, Kind, Ref, Severity, Translated, Wire, join_path, leaves
from ticketferry.sdk.codec import fit
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.shape import SHAPES
from ticketferry_zendesk.translate_audit import audit
from ticketferry_zendesk.translate_log import message
from ticketferry_zendesk.translate_people import group, membership, organization, person
from ticketferry_zendesk.translate_side import side_conversation
from ticketferry_zendesk.translate_ticket import ticket
from ticketferry_zendesk.wire import Row

__all__ = ["translate"]

_BY_KIND: dict[Kind, Callable[[Ref, Row, Names], Translated]] = {
    Kind.ORGANIZATION: organization,
    Kind.GROUP: group,
    Kind.PERSON: person,
    Kind.MEMBERSHIP: membership,
    Kind.EVENT: audit,
    Kind.COMMENT: message,
    Kind.SIDE_CONVERSATION: side_conversation,
}


def translate(wire: Wire, names: Names, where: str, jira: str = "") -> Translated:
    """Translate one wire record; `where` is the account's address, for links to tickets, `jira` the Jira site's.

    A value of a type that Zendesk's documents do not give it is kept in `native`, with a finding; it never stops a translation.
    """
    odd: list[str] = []
    row = cast("Row", fit(wire.body, SHAPES[wire.ref.kind], "", odd))
    if wire.ref.kind is Kind.TICKET:
        done = ticket(wire.ref, row, names, where, jira)
    else:
        done = _BY_KIND[wire.ref.kind](wire.ref, row, names)
    return _with_odd(wire, done, odd) if odd else done


def _with_odd(wire: Wire, done: Translated, odd: list[str]) -> Translated:
    first: dict[str, Any] = {**done.records[0]}
    _, kind, id_ = first["ref"].split(":", 2)
    native = dict(first.get("native", {}))
    trace = dict(done.trace)
    for leaf in leaves(wire.body):
        if any(leaf.path == path or leaf.path.startswith((f"{path}.", f"{path}[")) for path in odd):
            native[leaf.path] = leaf.value
            trace[leaf.path] = join_path(f"{kind}[{id_}].native", leaf.path)
    first["native"] = native
    finding = Finding(
        "ZD-SHAPE-001",
        Severity.DOUBT,
        wire.ref,
        odd[0],
        "values of an unexpected type are kept as they came",
        "Look at them with `ticketferry explain`; the product may have changed its answers.",
        len(odd),
    )
    return Translated([first, *done.records[1:]], trace, [*done.findings, finding])
