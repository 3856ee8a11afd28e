"""The rule that writes an organization into a ticket: nobody may see more by it than today without being told."""

from ticketferry.mapping.people_rules import DECIDE, PeopleRules
from ticketferry.mapping.work import Setup, Work, keep, to
from ticketferry.sdk.features import Feature

__all__ = ["TicketOrganization"]


class TicketOrganization:
    """The section `organizations`, as far as tickets name them."""

    def __init__(self, setup: Setup, people: PeopleRules) -> None:
        self._setup = setup
        self._lookups = setup.lookups
        self._people = people

    def write(self, work: Work) -> None:
        """Give a ticket its organization, unless more people than today would see it."""
        ref = work.case.get("organization")
        if not ref:
            self._by_itself(work)
            return
        record = self._lookups.record(ref)
        if record is not None and record.get("name"):
            work.people[ref] = record["name"]
        share = self._setup.rules.organizations.share
        shared = bool((record or {}).get("shared_tickets"))
        by = self._setup.by("organizations.share", "organizations", "share")
        takes = self._setup.any or self._setup.has(Feature.ORGANIZATIONS)
        known = record is not None and not self._people.drops(record)
        if self._setup.has(Feature.SHARING) and not self._setup.any:
            self._of_requester(work, ref, by, carried=takes and known and share != "never")
            return
        if (
            not takes
            or not known
            or (not self._setup.any and (share == "never" or (share == "as_source" and not shared)))
        ):
            work.fate("organization", keep(by))
            return
        survivor = self._lookups.survivor(ref)
        if self._waits(work, survivor):
            return
        work.desired["organization"] = survivor
        work.need(survivor)
        work.fate("organization", to("organization", by, transformed=survivor != ref))
        if not shared and not self._setup.any:
            name = (record or {}).get("name", ref)
            work.visible.append(f"the members of {name} see each other's tickets, which they do not today")

    def _of_requester(self, work: Work, ref: str, by: str, *, carried: bool) -> None:
        """Give a ticket one of its requester's organizations: the organization itself says who sees what."""
        asking, choice = self._people.who(work.case.get("requester") or "")
        member = ref in self._people.belonging(self._lookups.record(asking) or {})
        agent = choice.kind == "account" and choice.account != "customer"
        if not carried or not member or agent:
            if carried:
                work.findings.add(
                    "P314",
                    f"{work.head}.organization",
                    "a ticket of an organization that is none of its requester's",
                )
            work.fate("organization", keep(by))
            self._by_itself(work)
            return
        survivor = self._lookups.survivor(ref)
        if self._waits(work, survivor):
            return
        work.desired["organization"] = survivor
        work.need(survivor)
        work.fate("organization", to("organization", by, transformed=survivor != ref))
        record = self._lookups.record(ref) or {}
        if self._setup.rules.organizations.share == "always" and not record.get("shared_tickets"):
            work.visible.append(
                f"the members of {record.get('name', ref)} see each other's tickets, which they do not today"
            )

    def _by_itself(self, work: Work) -> None:
        """Give a ticket without an organization its requester's: the target does so by itself, and what stands there must be planned."""
        requester = work.case.get("requester")
        if not requester:
            return
        asking, choice = self._people.who(requester)
        customer = choice.kind == "create" or (choice.kind == "account" and choice.account == "customer")
        if not customer or not self._setup.has(Feature.SHARING) or self._setup.any:
            return
        own = self._people.belonging(self._lookups.record(asking) or {})
        for ref in own or self._lookups.match_state(asking).drawn:
            record, survivor = self._lookups.record(ref), self._lookups.survivor(ref)
            if record is None or self._people.drops(record) or self._lookups.match_state(survivor).contested:
                continue
            work.desired["organization"] = survivor
            work.need(survivor)
            name, share = record.get("name", ref), self._setup.rules.organizations.share
            where = f"{work.head}.organization"
            work.findings.add(
                "P318", where, f"the ticket has none: the desk puts it into its requester's, {name}"
            )
            if share == "always" or (share == "as_source" and record.get("shared_tickets")):
                puts = (
                    "the desk puts the ticket there, where it has not done so when the ticket was made"
                    if self._lookups.ours(work.case["ref"])
                    else "the desk puts the ticket there"
                )
                work.visible.append(
                    f"its requester belongs to {name}, whose members see each other's tickets: {puts}"
                )
            return

    def _waits(self, work: Work, ref: str) -> bool:
        """Reject a ticket whose organization is in doubt, and note who else sees it by the organization that stands for it."""
        if self._setup.any:
            return False
        match_state = self._lookups.match_state(ref)
        name = (self._lookups.record(ref) or {}).get("name", ref)
        if match_state.contested:
            waiting = f"waits for a decision on the organization {name}: {match_state.contested}"
            work.refuse("P310", f"{work.head}.organization", waiting, DECIDE)
            return True
        work.visible.extend(f"{name}: {why}" for why in match_state.shown)
        return False
