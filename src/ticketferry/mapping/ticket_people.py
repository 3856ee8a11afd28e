"""Rules that write people into a ticket: who asks, who wrote it down, who works on it, who takes part."""

from collections.abc import Sequence

from ticketferry.mapping.people_rules import DECIDE, PeopleRules
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.people.stand_in import behind, nobody_of
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.features import Feature

__all__ = ["TicketPeople"]


class TicketPeople:
    """The section `people`, as far as tickets name them."""

    def __init__(self, setup: Setup, people: PeopleRules) -> None:
        self._setup = setup
        self._rules = setup.rules.people
        self._lookups = setup.lookups
        self._people = people
        self._groups = {key.casefold(): key for key in setup.rules.groups}

    def rules(self) -> Sequence[Rule]:
        """The rules for cases, in order."""
        return (self._requester, self._submitter, self._assignee, self._companions)

    def _one(self, work: Work, key: str) -> bool:
        ref = work.case.get(key)
        if not ref:
            return True
        stand_in = self._people.stand_in(work, ref)
        if stand_in is None:
            return False
        work.desired[key] = stand_in
        by, changed = self._people.fate_of(ref)
        work.fate(key, to(key, by, transformed=changed))
        return True

    def _requester(self, work: Work) -> None:
        if not work.case.get("requester"):
            self._nobody_asks(work)
        elif not self._one(work, "requester"):
            ref = work.case["requester"]
            waits = self._people.who(ref)[1].waits
            if waits:
                work.refuse(
                    "P310",
                    f"{work.head}.requester",
                    f"waits for a decision on {self._people.text(ref)}: {waits}",
                    DECIDE,
                )
                return
            if self._people.stands_in:
                # A ticket without a requester is the importing account's own, with the words that open it.
                self._asked_by(
                    work,
                    self._people.stood_for(self._people.who(ref)[0]),
                    f"{self._people.text(ref)}, who has no account",
                )
                work.people[ref] = self._people.text(ref)
                work.fate("requester", to("requester", "people.placeholder", transformed=True))
                return
            work.findings.add(
                "P311", f"{work.head}.requester", f"no account for the requester {self._people.text(ref)}",
                "Match the person (people.agents, decisions) or set people.placeholder.",
            )  # fmt: skip
        else:
            survivor, _ = self._people.who(work.case["requester"])
            work.visible.extend(self._lookups.match_state(survivor).shown)

    def _nobody_asks(self, work: Work) -> None:
        if self._people.stands_in:
            nobody = nobody_of(parse_ref(work.case["ref"]).desk)
            self._asked_by(work, self._people.stood_for(nobody), "nobody whom the source names")

    def _asked_by(self, work: Work, own: str, whom: str) -> None:
        work.desired["requester"] = own
        work.need(own)
        if behind(own) is None:
            return
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
            self._assign_for_group(work)
            return
        survivor, choice = self._people.who(ref)
        if self._setup.any or (choice.kind == "account" and choice.account == "agent"):
            self._one(work, "assignee")
            return
        fallback = self._assign_for_group(work)
        if fallback is None:
            fallback = self._assigned(
                work, self._rules.unlicensed_assignee.assign, self._people.by("unlicensed_assignee")
            )
        rule = self._rules.unlicensed_assignee
        by = self._people.by("unlicensed_assignee")
        text = self._people.text(ref)
        work.people[ref] = text
        work.findings.add("P312", f"{work.head}.assignee", f"{text} cannot be assigned in the target")
        if rule.field is not None:
            work.fate(
                "assignee",
                to(work.put(rule.field, choice.name or text, by, "assignee"), by, transformed=True),
            )
        elif fallback:
            work.fate("assignee", to("assignee", fallback, transformed=True))
        else:
            work.fate("assignee", keep(by))
        light = self._rules.light_agents
        record = self._lookups.record(survivor) or {}
        if (
            light is not None
            and light.as_ == "watcher"
            and record.get("role") == "light_agent"
            and choice.kind != "nobody"
            and (choice.account == "agent" or not self._setup.has(Feature.FOLLOWERS_ARE_AGENTS))
        ):
            work.need(survivor)
            work.desired.setdefault("followers", []).append(survivor)

    def _assign_for_group(self, work: Work) -> str | None:
        """Assign a ticket to the account that its group names; returns the rule, "" where that says nobody, None where it says nothing."""
        ref, groups = work.case.get("group"), self._setup.rules.groups
        group = self._lookups.record(ref) if ref and not self._setup.any else None
        name = str((group or {}).get("name") or "")
        key = self._groups.get(name.casefold(), "*" if "*" in groups else None)
        if group is None or key is None or groups[key].assign is None:
            return None
        by = self._assigned(work, groups[key].assign, self._setup.by(f"groups.{key}", "groups", key))
        fate = work.fates.get(f"{work.head}.group")
        if by and fate is not None and fate.action == "keep":
            work.fate("group", to("assignee", by, transformed=True))
        return by

    def _assigned(self, work: Work, account: str | None, by: str) -> str:
        """Assign a ticket to an account by its name in the mapping; returns the rule, "" where there is none or nothing can be assigned to it."""
        ref = self._lookups.named(account) if account not in (None, "none") else None
        if ref is None:
            return ""
        work.desired["assignee"] = ref
        work.claim("assignee", ref, by)
        if parse_ref(ref).desk == parse_ref(work.case["ref"]).desk:
            work.need(ref)
        return by

    def _companions(self, work: Work) -> None:
        for key, place in (("ccs", self._rules.ccs), ("followers", self._rules.followers)):
            target = {"participants": "ccs", "watchers": "followers"}.get(place, "")
            for index, ref in work.items(key):
                path = f"{key}[{index}]"
                stand_in = self._people.stand_in(work, ref)
                if stand_in is None:
                    work.fate(
                        path,
                        keep(
                            self._people.by(key) if key in self._rules.model_fields_set else f"people.{key}"
                        ),
                    )
                    continue
                _, changed = self._people.fate_of(ref)
                if (
                    target == "followers"
                    and self._setup.has(Feature.FOLLOWERS_ARE_AGENTS)
                    and not self._setup.any
                ):
                    _, choice = self._people.who(ref)
                    if choice.kind != "account" or choice.account != "agent":
                        work.people[ref] = self._people.text(ref)
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
                        work.visible.append(f"{self._people.text(ref)} becomes a participant and was none")
                work.fate(path, to(target, f"people.{key}", transformed=changed or target != key))
            work.settle(key)
