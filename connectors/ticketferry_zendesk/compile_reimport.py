"""An edited ticket imported anew: the new copy takes the place of the old one, which is deleted, unless somebody worked on it."""

from collections.abc import Iterable

from ticketferry.sdk import Change, Compiled, Record, Severity, comparable
from ticketferry_zendesk.compile_case import TicketInputs, endpoint_for, reimport_key
from ticketferry_zendesk.current_ticket import hidden_since
from ticketferry_zendesk.options import ZendeskOptions

__all__ = ["compile_reimport"]


def compile_reimport(
    change: Change, case: TicketInputs, current: Record, options: ZendeskOptions, *, held: bool
) -> Compiled:
    """Compile the import anew. `held`: others name the ticket by its number, and go on naming the old copy."""
    old = change.slots.get(str(case.lane.root), {}).get("id")
    # What is expected now, but for what moved in the source, is what our last write left there.
    whole = TicketInputs(case.desired, case.site, case.session, options)
    touched = _touched(current, whole.expected(whole.say_all(whole.comments, upload=False)), change.fields)
    if touched or old is None:
        hidden = hidden_since(change, current, case.desired)
        case.lane.find(
            "ZD-TOUCHED", Severity.BLOCKER if hidden else Severity.DOUBT, ", ".join(sorted(touched)[:5]),
            "somebody worked on the ticket in Zendesk: it is not imported anew and stays as it is",
            "Plan with `delta: append` to add what is new.", count=max(1, len(touched)),
        )  # fmt: skip
        return case.lane.compiled(dict(current))
    case.lane.find(
        "ZD-REIMPORT", Severity.INFO, "ref", "tickets are imported anew, and the old copy is deleted"
    )
    if held:
        case.lane.find(
            "ZD-HELD", Severity.LOSS, "ref",
            "what was hidden in a closed ticket can only be imported anew: incidents and follow-ups go on naming the old copy",
        )  # fmt: skip
    if current.get("stage") == "closed":
        case.lane.find(
            "ZD-RESIDUE", Severity.LOSS, "ref",
            "the old copy is closed: once Zendesk has archived it (at once by `archive`, else after 120 days) a rollback cannot restore it,"
            " and keeps the new one",
        )  # fmt: skip
    said = case.import_all(endpoint_for(case.head, options), reimport_key(case), {"replaces": old})
    case.lane.edit("ticket.delete", f"{case.lane.root}/delete", params={"id": old, "replaced": "yes"})
    return case.lane.compiled(case.expected(said))


def _touched(current: Record, wanted: Record, moved: Iterable[str]) -> set[str]:
    """Return what differs from what we would have written and did not move in the source: the work of somebody else."""
    before, after = comparable(current), comparable(wanted)
    mine = set(moved)
    return (
        {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        - mine
        - {"provenance"}
    )
