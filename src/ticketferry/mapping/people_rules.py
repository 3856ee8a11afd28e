"""Who of the source stands as whom in the target, and what becomes of those who have no account."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ticketferry.mapping import expressions
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.counted_words import figures_of
from ticketferry.mapping.standing_records import StandingRecords
from ticketferry.mapping.work import Setup, Work, keep
from ticketferry.people.account import Account
from ticketferry.people.keys import is_address
from ticketferry.people.rewriting import REWRITTEN
from ticketferry.people.stand_in import behind, stand_in_for
from ticketferry.schema.records import Record
from ticketferry.schema.vectors import vector
from ticketferry.sdk.features import Feature

__all__ = ["DECIDE", "AccountChoice", "PeopleRules", "person_text"]

DECIDE = (
    "Decide in the decisions file (`ticketferry people --write`), or set `people.contested: placeholder`."
)


class AccountChoice(NamedTuple):
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
    decided: bool = False
    """Whether the mapping says in so many words that they get no account."""


def person_text(record: Record | None, ref: str) -> str:
    """`Name <mail>`: how a person is written where no account can stand."""
    if record is None:
        return f"unknown ({ref.split(':', 2)[2]})"
    name, email = record.get("name", ""), record.get("email", "")
    if name and email:
        return f"{name} <{email}>"
    return name or email or ref.split(":", 2)[2]


class PeopleRules:
    """Decides for every person once, and tells which organizations are left behind."""

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
        self._figures = figures_of(setup.lookups)
        self.standing = StandingRecords(setup)
        self.account_choice = setup.lookups.remembered(self._account_choice)
        self.text = setup.lookups.remembered(self._text)
        setup.fates |= {
            f"ticket[].{key}": keep("people")
            for key in ("requester", "submitter", "assignee", "followers", "ccs")
        }
        setup.fates["ticket[].organization"] = keep("organizations.share")

    def _text(self, ref: str) -> str:
        return person_text(self._lookups.record(ref), ref)

    def who(self, ref: str) -> tuple[str, AccountChoice]:
        """Return the survivor of a person and what becomes of it."""
        survivor = self._lookups.survivor(ref)
        return survivor, self.account_choice(survivor)

    def _account_choice(self, ref: str) -> AccountChoice:
        record = self._lookups.record(ref)
        doubtful = self.doubtful(record) if record is not None else None
        if doubtful is not None:
            return doubtful
        account = self._lookups.account(ref)
        if account is not None:
            name = (record or {}).get("name", "")
            by = self.matched_by(account) if account.how == REWRITTEN else "people.match"
            return AccountChoice("account", account.kind, name, (record or {}).get("email", ""), by, account)
        if record is None:
            return AccountChoice("nobody", "", "", "", "people: not in the snapshot")
        return self.plan_for(self.standing.person(record).record)

    def matched_by(self, account: Account) -> str:
        """Return by what an account was found, as it is shown."""
        return self.by(REWRITTEN) if account.how == REWRITTEN else f"people.match ({account.how})"

    def doubtful(self, record: Record) -> AccountChoice | None:
        """Return what becomes of somebody whose keys contradict each other, or who was decided to be left out; None for all others."""
        if self._setup.any:
            return None
        if behind(record["ref"]) is not None:
            return self._placeholder(record, None, f"{self.by('placeholder')}: for somebody in doubt")
        match_state = self._lookups.match_state(record["ref"])
        name, email = record.get("name", ""), record.get("email", "")
        if match_state.decided == "leave" and not match_state.bound:
            return self._placeholder(record, None, "people.duplicates: leave")
        if not match_state.contested:
            return None
        by = f"{self.by('contested')}: {match_state.contested}"
        if self._people.contested == "placeholder":
            stood_for = self._placeholder(record, None, by)
            # What an earlier plan bound to them is the account in doubt: a placeholder would be written there. Unless it is one.
            if not match_state.bound or match_state.address == vector({"email": stood_for.email}).get(
                "email"
            ):
                return stood_for
        return AccountChoice("nobody", "", name, email, by, waits=match_state.contested)

    def plan_for(self, record: Record, figures: Mapping[str, int] | None = None) -> AccountChoice:
        """Decide for a person without an account. `figures`: what is counted of them, in place of what the desk says."""
        people, name, email = self._people, record.get("name", ""), record.get("email", "")
        role, state = record.get("role", "end_user"), record.get("state", "active")
        if self._setup.any:
            return AccountChoice("create", role, name, email, "people")
        if not self._setup.has(Feature.PEOPLE_CREATED):
            return AccountChoice("nobody", "", name, email, "people: the target takes no new people")
        if role == "automation":
            if people.automations is not None:
                return self._placeholder(record, people.automations.name, self.by("automations"))
            return AccountChoice("nobody", "", name, email, "people: automations have no account")
        if role == "ai_agent":
            if people.ai_agents is not None and people.ai_agents.as_ == "placeholder":
                return self._placeholder(record, people.ai_agents.name, self.by("ai_agents"))
            shown = self._rendered(people.ai_agents.name, record) if people.ai_agents is not None else name
            return AccountChoice("nobody", "", shown, email, self.by("ai_agents"))
        if role in ("agent", "admin"):
            if state != "active" and people.inactive_agents is not None:
                return self._placeholder(record, people.inactive_agents.name, self.by("inactive_agents"))
            if state == "deleted" and people.deleted == "placeholder":
                return self._placeholder(record, None, self.by("deleted"))
            if state == "active" and people.other_agents is not None:
                return self._placeholder(record, people.other_agents.name, self.by("other_agents"))
            return AccountChoice("nobody", "", name, email, "people: agents are matched, never created")
        if role == "light_agent":
            if people.light_agents is None:
                return AccountChoice("nobody", "", name, email, "people: agents are matched, never created")
            if people.light_agents.as_ == "placeholder":
                return self._placeholder(record, None, self.by("light_agents"))
        elif state == "suspended" and people.suspended == "placeholder":
            return self._placeholder(record, None, self.by("suspended"))
        elif state == "deleted" and people.deleted == "placeholder":
            return self._placeholder(record, None, self.by("deleted"))
        by = self.by("customers")
        if email and not is_address(email):
            # `undisclosed-recipients`: no desk makes an account of it, and a ticket must not wait for one.
            return self._placeholder(record, None, f"{by}: `{email[:60]}` is no e-mail address")
        counted = self._figures(record["ref"]) if figures is None else figures
        if self._wanted is not None and not self._wanted(Subject(record, self._lookups, counted)):
            when = self._setup.by("people.customers.when", "people", "customers", "when")
            return self._placeholder(record, None, when)._replace(decided=True)
        # Who called or wrote in a messenger has no address; a target with profiles knows them by their name and other identities.
        known = email or (name.strip() and self._setup.has(Feature.PROFILES))
        if people.customers.create == "no" or not known:
            return self._placeholder(record, None, by)
        return AccountChoice("create", "customer", name or email, email, by)

    def _placeholder(self, record: Record, name: str | None, by: str) -> AccountChoice:
        placeholder = self._people.placeholder
        shown = self._rendered(name, record) if name is not None else record.get("name", "")
        if placeholder is None:
            return AccountChoice("nobody", "", shown, record.get("email", ""), by)
        if name is None:
            shown = self._rendered(placeholder.name, record)
        return AccountChoice(
            "placeholder", "placeholder", shown, self._rendered(placeholder.email, record), by
        )

    def _rendered(self, source: str, record: Record) -> str:
        values = {
            "name": record.get("name", ""),
            "email": record.get("email", ""),
            "id": record["ref"].split(":", 2)[2],
        }
        return expressions.render(expressions.compile_template(source), values).strip()

    def by(self, key: str) -> str:
        """Return the rule of the section `people` as it is shown in a fate."""
        return self._setup.by(f"people.{key}", "people", key)

    def drops(self, organization: Record, figures: Mapping[str, int] | None = None) -> bool:
        """Tell whether the mapping, or somebody's decision, leaves an organization behind. `figures`: as for a person."""
        if self._lookups.match_state(organization["ref"]).decided == "leave":
            return True
        counted = self._figures(organization["ref"]) if figures is None else figures
        return self._unwanted is not None and self._unwanted(Subject(organization, self._lookups, counted))

    def belonging(self, person: Record) -> list[str]:
        """Return the organizations of which somebody may be a member in the target, in the order of the old desk."""
        own = list(person.get("organizations") or ())
        several = self._setup.rules.organizations.several
        if several == "default_only":
            return own[:1]
        return own if several == "all" else [ref for ref in own if self.joins(ref)][:1]

    def joins(self, ref: str) -> bool:
        """Tell whether the members of an organization may become its members in the target: that shows them no more than today."""
        organization = self._lookups.record(ref)
        if organization is None or self.drops(organization):
            return False
        shows = not self._setup.has(Feature.SHARING)
        as_source = self._setup.rules.organizations.share == "as_source"
        if shows and as_source and not organization.get("shared_tickets"):
            return False
        return not self._lookups.match_state(self._lookups.survivor(ref)).contested

    def stand_in(self, work: Work, ref: str) -> str | None:
        """Return who stands for a person in the desired record, noting the need; None where nobody does."""
        survivor, choice = self.who(ref)
        if choice.kind == "nobody":
            work.people[ref] = self.text(ref)
            return None
        work.need(survivor)
        if survivor != ref or choice.kind == "placeholder":
            work.people[ref] = self.text(ref)
        return survivor

    def author(self, work: Work, ref: str) -> str | None:
        """Return under whom somebody's words stand; None where nobody has an account for them.

        For whoever is in doubt, whom the source does not show, or who asks and has no account, a placeholder of its own, where the mapping
        names one and the target sets authors: words without an author stand under the account that migrates, and the author of a comment
        cannot be changed later.
        """
        survivor, choice = self.who(ref)
        if not self._setup.has(Feature.COMMENT_AUTHOR) or not self.stands_in:
            return self.stand_in(work, ref)
        asks = work.case.get("requester")
        own = self.stood_for(survivor)
        if choice.waits and behind(own) is not None:
            work.findings.add(
                "P322", "comments", f"words of {self.text(ref)}, who is in doubt ({choice.waits}), stand under a placeholder",
                DECIDE,
            )  # fmt: skip
        elif choice.kind != "nobody" or (
            self._lookups.record(survivor) is not None and (not asks or self.who(asks)[0] != survivor)
        ):
            return self.stand_in(work, ref)
        work.need(own)
        work.people[ref] = self.text(ref)
        return own

    def stood_for(self, ref: str) -> str:
        """Return the stand-in of somebody, or whom a plan put in its place."""
        return self._lookups.survivor(stand_in_for(ref))

    @property
    def stands_in(self) -> bool:
        """Whether the mapping names placeholders and the target takes them."""
        return (
            self._people.placeholder is not None
            and not self._setup.any
            and self._setup.has(Feature.PEOPLE_CREATED)
        )

    def fate_of(self, ref: str) -> tuple[str, bool]:
        """Tell by which rule a person is carried, and whether somebody else stands for them."""
        survivor, choice = self.who(ref)
        return f"{choice.by}", survivor != ref or choice.kind == "placeholder" or bool(choice.waits)
