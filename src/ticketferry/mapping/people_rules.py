"""Rules for people: who of the source stands as whom in the target, and what becomes of those who have no account."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from ticketferry.mapping import expressions
from ticketferry.mapping.conditions import Subject
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.people.account import Account
from ticketferry.people.keys import is_address
from ticketferry.people.stand_in import behind, nobody_of, stand_in_for
from ticketferry.schema.records import Record
from ticketferry.schema.refs import parse_ref
from ticketferry.schema.vectors import vector
from ticketferry.sdk.features import Feature

__all__ = ["Destiny", "PeopleRules", "person_text"]

_NOBODY = "nobody"
_DECIDE = (
    "Decide in the decisions file (`ticketferry people --write`), or set `people.contested: placeholder`."
)
_REMEMBERED = 20_000
"""Signs that stand in no address a desk takes: several addresses in one, a name beside it, the words of a mail header."""


class Destiny(NamedTuple):
    """What a person becomes: somebody's account, one to create, a placeholder, or nobody."""

    kind: Literal["account", "create", "placeholder", "nobody"]
    account: str
    """Kind of account: `agent`, `customer`, `placeholder`, `app`, or the role where the target takes any."""
    name: str
    email: str
    by: str
    match: Account | None = None
    waits: str = ""
    """Why the person's tickets wait for a decision."""


def person_text(record: Record | None, ref: str) -> str:
    """`Name <mail>`: how a person is written where no account can stand."""
    if record is None:
        return f"unknown ({ref.split(':', 2)[2]})"
    name, email = record.get("name", ""), record.get("email", "")
    if name and email:
        return f"{name} <{email}>"
    return name or email or ref.split(":", 2)[2]


class PeopleRules:
    """Decides for every person once, and writes people and organization into cases."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._people = setup.rules.people
        self._lookups = setup.lookups
        when = self._people.customers.when
        self._wanted = (
            None if when is None else setup.condition(when, ("people", "customers", "when"), "person")
        )
        drop = setup.rules.organizations.drop
        self._unwanted = (
            None if drop is None else setup.condition(drop.when, ("organizations", "drop"), "organization")
        )
        self.destiny = lru_cache(maxsize=_REMEMBERED)(self._destiny)
        self.text = lru_cache(maxsize=_REMEMBERED)(self._text)
        setup.fates |= {
            f"ticket[].{key}": keep("people")
            for key in ("requester", "submitter", "assignee", "followers", "ccs")
        }
        setup.fates["ticket[].organization"] = keep("organizations.share")

    def _text(self, ref: str) -> str:
        return person_text(self._lookups.record(ref), ref)

    def who(self, ref: str) -> tuple[str, Destiny]:
        """Return the survivor of a person and what becomes of it."""
        survivor = self._lookups.survivor(ref)
        return survivor, self.destiny(survivor)

    def _destiny(self, ref: str) -> Destiny:
        record = self._lookups.record(ref)
        doubtful = self.doubtful(record) if record is not None else None
        if doubtful is not None:
            return doubtful
        account = self._lookups.account(ref)
        if account is not None:
            name = (record or {}).get("name", "")
            return Destiny(
                "account", account.kind, name, (record or {}).get("email", ""), "people.match", account
            )
        if record is None:
            return Destiny("nobody", "", "", "", "people: not in the snapshot")
        return self.plan_for(record)

    def doubtful(self, record: Record) -> Destiny | None:
        """Return what becomes of somebody whose keys contradict each other, or who was decided to be left out; None for all others."""
        if self._setup.any:
            return None
        if behind(record["ref"]) is not None:
            return self._placeholder(record, None, f"{self._by('placeholder')}: for somebody in doubt")
        standing = self._lookups.standing(record["ref"])
        name, email = record.get("name", ""), record.get("email", "")
        if standing.decided == "leave" and not standing.bound:
            return self._placeholder(record, None, "people.duplicates: leave")
        if not standing.contested:
            return None
        by = f"{self._by('contested')}: {standing.contested}"
        if self._people.contested == "placeholder":
            stood_for = self._placeholder(record, None, by)
            # What an earlier plan bound to them is the account in doubt: a placeholder would be written there. Unless it is one.
            if not standing.bound or standing.address == vector({"email": stood_for.email}).get("email"):
                return stood_for
        return Destiny("nobody", "", name, email, by, waits=standing.contested)

    def plan_for(self, record: Record, tickets: int = 1) -> Destiny:
        """Decide for a person without an account."""
        people, name, email = self._people, record.get("name", ""), record.get("email", "")
        role, state = record.get("role", "end_user"), record.get("state", "active")
        if self._setup.any:
            return Destiny("create", role, name, email, "people")
        if not self._setup.has(Feature.PEOPLE_CREATED):
            return Destiny("nobody", "", name, email, "people: the target takes no new people")
        if role == "automation":
            if people.automations is not None:
                return self._placeholder(record, people.automations.name, self._by("automations"))
            return Destiny("nobody", "", name, email, "people: automations have no account")
        if role == "ai_agent":
            if people.ai_agents is not None and people.ai_agents.as_ == "placeholder":
                return self._placeholder(record, people.ai_agents.name, self._by("ai_agents"))
            shown = self._rendered(people.ai_agents.name, record) if people.ai_agents is not None else name
            return Destiny("nobody", "", shown, email, self._by("ai_agents"))
        if role in ("agent", "admin"):
            if state != "active" and people.inactive_agents is not None:
                return self._placeholder(record, people.inactive_agents.name, self._by("inactive_agents"))
            if state == "deleted" and people.deleted == "placeholder":
                return self._placeholder(record, None, self._by("deleted"))
            if state == "active" and people.other_agents is not None:
                return self._placeholder(record, people.other_agents.name, self._by("other_agents"))
            return Destiny("nobody", "", name, email, "people: agents are matched, never created")
        if role == "light_agent":
            if people.light_agents is None:
                return Destiny("nobody", "", name, email, "people: agents are matched, never created")
            if people.light_agents.as_ == "placeholder":
                return self._placeholder(record, None, self._by("light_agents"))
        elif state == "suspended" and people.suspended == "placeholder":
            return self._placeholder(record, None, self._by("suspended"))
        elif state == "deleted" and people.deleted == "placeholder":
            return self._placeholder(record, None, self._by("deleted"))
        by = self._by("customers")
        if email and not is_address(email):
            # `undisclosed-recipients`: no desk makes an account of it, and a ticket must not wait for one.
            return self._placeholder(record, None, f"{by}: `{email[:60]}` is no e-mail address")
        wanted = self._wanted is None or self._wanted(Subject(record, self._lookups, {"tickets": tickets}))
        # Who called or wrote in a messenger has no address; a target with profiles knows them by their name and other identities.
        known = email or (name.strip() and self._setup.has(Feature.PROFILES))
        if people.customers.create == "no" or not wanted or not known:
            return self._placeholder(record, None, by)
        return Destiny("create", "customer", name or email, email, by)

    def _placeholder(self, record: Record, name: str | None, by: str) -> Destiny:
        placeholder = self._people.placeholder
        shown = self._rendered(name, record) if name is not None else record.get("name", "")
        if placeholder is None:
            return Destiny("nobody", "", shown, record.get("email", ""), by)
        if name is None:
            shown = self._rendered(placeholder.name, record)
        return Destiny("placeholder", "placeholder", shown, self._rendered(placeholder.email, record), by)

    def _rendered(self, source: str, record: Record) -> str:
        values = {
            "name": record.get("name", ""),
            "email": record.get("email", ""),
            "id": record["ref"].split(":", 2)[2],
        }
        return expressions.render(expressions.compile_template(source), values).strip()

    def _by(self, key: str) -> str:
        return self._setup.by(f"people.{key}", "people", key)

    def drops(self, organization: Record, tickets: int = 1, users: int = 1) -> bool:
        """Tell whether the mapping, or somebody's decision, leaves an organization behind."""
        if self._lookups.standing(organization["ref"]).decided == "leave":
            return True
        extra = {"tickets": tickets, "users": users}
        return self._unwanted is not None and self._unwanted(Subject(organization, self._lookups, extra))

    def stand_in(self, work: Work, ref: str) -> str | None:
        """Return who stands for a person in the desired record, noting the need; None where nobody does."""
        survivor, destiny = self.who(ref)
        if destiny.kind == "nobody":
            work.people[ref] = self.text(ref)
            return None
        work.need(survivor)
        if survivor != ref or destiny.kind == "placeholder":
            work.people[ref] = self.text(ref)
        return survivor

    def author(self, work: Work, ref: str) -> str | None:
        """Return under whom somebody's words stand; None where nobody has an account for them.

        For whoever is in doubt, whom the source does not show, or who asks and has no account, a placeholder of its own, where the mapping
        names one and the target sets authors: words without an author stand under the account that migrates, and the author of a comment
        cannot be changed later.
        """
        survivor, destiny = self.who(ref)
        if not self._setup.has(Feature.COMMENT_AUTHOR) or not self._stands_in:
            return self.stand_in(work, ref)
        asks = work.case.get("requester")
        own = stand_in_for(survivor)
        if destiny.waits:
            work.findings.add(
                "P322", "comments", f"words of {self.text(ref)}, who is in doubt ({destiny.waits}), stand under a placeholder",
                _DECIDE,
            )  # fmt: skip
        elif destiny.kind != _NOBODY or (
            self._lookups.record(survivor) is not None and (not asks or self.who(asks)[0] != survivor)
        ):
            return self.stand_in(work, ref)
        work.need(own)
        work.people[ref] = self.text(ref)
        return own

    @property
    def _stands_in(self) -> bool:
        """Whether the mapping names placeholders and the target takes them."""
        return (
            self._people.placeholder is not None
            and not self._setup.any
            and self._setup.has(Feature.PEOPLE_CREATED)
        )

    def fate_of(self, ref: str) -> tuple[str, bool]:
        """Tell by which rule a person is carried, and whether somebody else stands for them."""
        survivor, destiny = self.who(ref)
        return f"{destiny.by}", survivor != ref or destiny.kind == "placeholder" or bool(destiny.waits)

    def rules(self) -> Sequence[Rule]:
        """The rules for cases, in order."""
        return (self._requester, self._submitter, self._assignee, self._companions, self._organization)

    def _one(self, work: Work, key: str) -> bool:
        ref = work.case.get(key)
        if not ref:
            return True
        stand_in = self.stand_in(work, ref)
        if stand_in is None:
            return False
        work.desired[key] = stand_in
        by, changed = self.fate_of(ref)
        work.fate(key, to(key, by, transformed=changed))
        return True

    def _requester(self, work: Work) -> None:
        if not work.case.get("requester"):
            self._nobody_asks(work)
        elif not self._one(work, "requester"):
            ref = work.case["requester"]
            waits = self.who(ref)[1].waits
            if waits:
                work.refuse(
                    "P310",
                    f"{work.head}.requester",
                    f"waits for a decision on {self.text(ref)}: {waits}",
                    _DECIDE,
                )
                return
            if self._stands_in:
                # A ticket without a requester is the importing account's own, with the words that open it.
                self._asked_by(work, stand_in_for(self.who(ref)[0]), f"{self.text(ref)}, who has no account")
                work.people[ref] = self.text(ref)
                work.fate("requester", to("requester", "people.placeholder", transformed=True))
                return
            work.findings.add(
                "P311", f"{work.head}.requester", f"no account for the requester {self.text(ref)}",
                "Match the person (people.agents, decisions) or set people.placeholder.",
            )  # fmt: skip
        else:
            survivor, _ = self.who(work.case["requester"])
            work.visible.extend(self._lookups.standing(survivor).shown)

    def _nobody_asks(self, work: Work) -> None:
        if self._stands_in:
            self._asked_by(work, nobody_of(parse_ref(work.case["ref"]).desk), "nobody whom the source names")

    def _asked_by(self, work: Work, own: str, whom: str) -> None:
        work.desired["requester"] = own
        work.need(own)
        work.findings.add(
            "P323", f"{work.head}.requester", f"asked by {whom}: a placeholder of its own is the requester",
            "Match the person (people.agents, decisions) where an account is there.",
        )  # fmt: skip

    def _submitter(self, work: Work) -> None:
        if self._setup.any or self._setup.has(Feature.COMMENT_AUTHOR):
            self._one(work, "submitter")

    def _assignee(self, work: Work) -> None:
        ref = work.case.get("assignee")
        if not ref:
            return
        survivor, destiny = self.who(ref)
        if self._setup.any or (destiny.kind == "account" and destiny.account == "agent"):
            self._one(work, "assignee")
            return
        rule = self._people.unlicensed_assignee
        by = self._by("unlicensed_assignee")
        text = self.text(ref)
        work.people[ref] = text
        work.findings.add("P312", f"{work.head}.assignee", f"{text} cannot be assigned in the target")
        if rule.field is not None:
            work.fate(
                "assignee",
                to(work.put(rule.field, destiny.name or text, by, "assignee"), by, transformed=True),
            )
        else:
            work.fate("assignee", keep(by))
        light = self._people.light_agents
        record = self._lookups.record(survivor) or {}
        if (
            light is not None
            and light.as_ == "watcher"
            and record.get("role") == "light_agent"
            and destiny.kind != _NOBODY
            and (destiny.account == "agent" or not self._setup.has(Feature.FOLLOWERS_ARE_AGENTS))
        ):
            work.need(survivor)
            work.desired.setdefault("followers", []).append(survivor)

    def _companions(self, work: Work) -> None:
        for key, place in (("ccs", self._people.ccs), ("followers", self._people.followers)):
            target = {"participants": "ccs", "watchers": "followers"}.get(place, "")
            for index, ref in work.items(key):
                path = f"{key}[{index}]"
                stand_in = self.stand_in(work, ref)
                if stand_in is None:
                    work.fate(
                        path, keep(self._by(key) if key in self._people.model_fields_set else f"people.{key}")
                    )
                    continue
                _, changed = self.fate_of(ref)
                if (
                    target == "followers"
                    and self._setup.has(Feature.FOLLOWERS_ARE_AGENTS)
                    and not self._setup.any
                ):
                    _, destiny = self.who(ref)
                    if destiny.kind != "account" or destiny.account != "agent":
                        work.people[ref] = self.text(ref)
                        work.findings.add(
                            "P319", f"{work.head}.{path}", f"{work.people[ref]} cannot follow in the target"
                        )
                        work.fate(path, keep(f"people.{key}: only agents follow"))
                        continue
                if target == "ccs" and stand_in == work.desired.get("requester") and not self._setup.any:
                    # Whoever asks takes part already; targets refuse the requester among the participants.
                    work.fate(path, to("requester", f"people.{key}", transformed=changed))
                    continue
                row = work.desired.setdefault(target, [])
                if stand_in not in row:
                    row.append(stand_in)
                    if target == "ccs" and key != "ccs" and stand_in not in (work.case.get("ccs") or ()):
                        work.visible.append(f"{self.text(ref)} becomes a participant and was none")
                work.fate(path, to(target, f"people.{key}", transformed=changed or target != key))
            work.settle(key)

    def _of_requester(self, work: Work, ref: str, by: str, *, carried: bool) -> None:
        """Give a ticket one of its requester's organizations: the organization itself says who sees what."""
        asking, destiny = self.who(work.case.get("requester") or "")
        member = ref in ((self._lookups.record(asking) or {}).get("organizations") or ())
        agent = destiny.kind == "account" and destiny.account != "customer"
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
        asking, destiny = self.who(requester)
        customer = destiny.kind == "create" or (destiny.kind == "account" and destiny.account == "customer")
        if not customer or not self._setup.has(Feature.SHARING) or self._setup.any:
            return
        own = (self._lookups.record(asking) or {}).get("organizations") or ()
        for ref in own or self._lookups.standing(asking).drawn:
            record, survivor = self._lookups.record(ref), self._lookups.survivor(ref)
            if record is None or self.drops(record) or self._lookups.standing(survivor).contested:
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
        standing = self._lookups.standing(ref)
        name = (self._lookups.record(ref) or {}).get("name", ref)
        if standing.contested:
            said = f"waits for a decision on the organization {name}: {standing.contested}"
            work.refuse("P310", f"{work.head}.organization", said, _DECIDE)
            return True
        work.visible.extend(f"{name}: {why}" for why in standing.shown)
        return False

    def _organization(self, work: Work) -> None:
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
        known = record is not None and not self.drops(record)
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
