"""Rules for the records that stand beside tickets: people, organizations, groups."""

from collections.abc import Mapping
from typing import Any

from ticketferry.mapping.codes import Findings, finding
from ticketferry.mapping.dropped_values import without_native
from ticketferry.mapping.people_rules import PeopleRules
from ticketferry.mapping.profile_fields import ProfileFields
from ticketferry.mapping.result import MapFate, Mapped
from ticketferry.mapping.work import Setup, keep, to
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

__all__ = ["RootRules"]

_LISTS = {"identity": "identities", "membership": "memberships"}
_PROFILE = ("external_id", "identities", "locale", "time_zone", "alias", "tags", "notes", "details", "fields")
_COMPANY = ("external_id", "domains", "tags", "notes", "details", "fields")
"""What a target with profiles keeps of people and of organizations in places of their own."""


_CLASHES = {
    (
        "end_user",
        "agent",
    ): "is a customer in the source and has a licensed account in the target: requests show under that account",
    (
        "agent",
        "customer",
    ): "is an agent in the source and has a portal account in the target: nothing can be assigned to it",
    (
        "admin",
        "customer",
    ): "is an agent in the source and has a portal account in the target: nothing can be assigned to it",
}
"""(role in the source, kind of the target's account) -> what follows from it."""


class RootRules:
    """The compiled sections `people`, `organizations`, `groups` for the records themselves."""

    def __init__(self, setup: Setup, people: PeopleRules) -> None:
        self._setup = setup
        self._people = people
        self._lookups = setup.lookups
        self._of_people = ProfileFields(setup, "person")
        self._of_organizations = ProfileFields(setup, "organization")
        self._joins = setup.has(Feature.ORGANIZATIONS) and setup.rules.organizations.share != "never"

    def person(self, person: Record, figures: Mapping[str, int] | None) -> Mapped:
        """Map a person: match, create, or skip."""
        own, whole = person, self._people.standing.person(person)
        person, dropped = without_native(self._setup, whole.record, "person")
        person, gone = self._of_people.left(person)
        mapped = self._person(person, figures)
        mapped.fates |= dropped | gone
        self._of_people.write(person, mapped)
        self._people.standing.settle(own, whole, mapped)
        return mapped

    def _person(self, person: Record, figures: Mapping[str, int] | None) -> Mapped:
        ref = person["ref"]
        findings = Findings(ref)
        survivor = self._lookups.survivor(ref)
        heads = ("person[]", "identity[]", "membership[]")
        if survivor != ref:
            findings.add("P313", "people", f"one with {survivor}")
            fates = {head: MapFate("drop", "", False, f"people: one with {survivor}") for head in heads}
            return Mapped(Outcome.SKIP, None, None, fates, findings.rows(), [], f"one with {survivor}")
        doubtful = self._people.doubtful(person)
        if doubtful is not None and doubtful.kind == "nobody":
            fates = {head: MapFate("drop", "", False, doubtful.by) for head in heads}
            because = f"waits for a decision: {doubtful.waits}" if doubtful.waits else doubtful.by
            return Mapped(Outcome.SKIP, None, None, fates, findings.rows(), [], because)
        account = self._lookups.account(ref) if doubtful is None else None
        if account is not None:
            by = self._people.matched_by(account)
            fates = {
                head: MapFate("drop", "", False, f"{by}: the account is there and is left as it is")
                for head in heads
            }
            fates |= {f"person[].{key}": to(key, by) for key in ("ref", "name", "email")}
            clash = _CLASHES.get((str(person.get("role", "")), account.kind))
            if clash:
                findings.add("P316", by, f"{self._people.text(ref)} {clash}")
            record = {"ref": ref, "account": account.kind}
            record |= {key: person[key] for key in ("name", "email") if person.get(key)}
            needs: list[str] = []
            if account.kind == "customer" and self._joins:
                needs = self._memberships(person, record, fates)
            visible = self._joined(person, needs, findings)
            return Mapped(Outcome.MATCH, record, None, fates, findings.rows(), needs, by, visible)
        choice = doubtful or self._people.plan_for(person, figures)
        if choice.kind == "nobody":
            if not choice.decided:
                findings.add("P311", choice.by, f"nobody in the target stands for {self._people.text(ref)}")
            fates = {head: MapFate("drop", "", False, choice.by) for head in heads}
            return Mapped(Outcome.SKIP, None, None, fates, findings.rows(), [], choice.by)
        if self._setup.any:
            return self._same(person, ("person", *_LISTS))
        return self._created(person, choice.name, choice.email, choice.account, choice.by, findings)

    def _created(
        self, person: Record, name: str, email: str, account: str, by: str, findings: Findings
    ) -> Mapped:
        record: Record = {"ref": person["ref"], "name": name, "email": email, "account": account}
        fates = {"person[]": keep(by), "identity[]": keep(by), "membership[]": keep(by)}
        fates["person[].ref"] = keep("identity", "provenance.ref")
        for key, value in (("name", name), ("email", email)):
            fates[f"person[].{key}"] = to(key, by, transformed=person.get(key) != value)
        needs: list[str] = []
        if self._joins:
            needs = self._memberships(person, record, fates)
        if self._setup.has(Feature.PROFILES) and account != "placeholder":
            _carry(person, record, fates, "person", _PROFILE, by)
            if "identities" in record:
                fates["identity[]"] = to("identities", by)
        kept = _kept_of_person(person, record, fates)
        record["provenance"] = {"ref": person["ref"], **({"kept": kept} if kept else {})}
        slim = {key: value for key, value in record.items() if value not in (None, "", [], {})}
        visible = self._joined(person, needs, findings)
        return Mapped(Outcome.CREATE, slim, None, fates, findings.rows(), needs, "", visible)

    def _joined(self, person: Record, organizations: list[str], findings: Findings) -> list[str]:
        """Tell whether a person becomes a member of an organization that others of the target belong to: each sees the other's tickets."""
        reasons = list(self._lookups.match_state(person["ref"]).shown)
        for ref in organizations:
            name = (self._lookups.record(ref) or {}).get("name", ref)
            reasons += [
                f"becomes a member of {name} there: {why}" for why in self._lookups.match_state(ref).shown
            ]
        for why in reasons:
            findings.add(
                "V601",
                f"people ({self._people.text(person['ref'])})",
                why,
                "Decide in the decisions file, or allow it for this plan.",
            )
        return reasons

    def _memberships(self, person: Record, record: Record, fates: dict[str, MapFate]) -> list[str]:
        """Put a person into organizations only where that shows them no more than today."""
        chosen: list[str] = []
        own = f"person[{person['ref'].split(':', 2)[2]}].organizations"
        allowed = self._people.belonging(person)
        several = self._setup.by("organizations.several", "organizations", "several")
        for index, ref in enumerate(person.get("organizations") or ()):
            if ref not in allowed:
                fates[f"{own}[{index}]"] = fates["person[]"]._replace(by=several)
                continue
            if not self._people.joins(ref):
                continue
            survivor = self._lookups.survivor(ref)
            if survivor not in chosen:
                chosen.append(survivor)
            fates[f"{own}[{index}]"] = to("organizations", "organizations.share")
        if self._setup.has(Feature.SHARING) and not person.get("organizations"):
            # The target does so by itself: it is written, so that what stands there is what was planned.
            chosen = [
                ref for ref in self._lookups.match_state(person["ref"]).drawn if self._lookups.record(ref)
            ]
        if chosen:
            record["organizations"] = chosen
        head = f"person[{person['ref'].split(':', 2)[2]}].organizations"
        rows = person.get("organizations") or ()
        if rows and all(
            (fate := fates.get(f"{head}[{index}]")) is not None and fate.action == "to"
            for index in range(len(rows))
        ):
            fates[head] = to("organizations", "organizations.share")
        return chosen

    def _same(self, root: Record, kinds: tuple[str, ...]) -> Mapped:
        record = {key: value for key, value in root.items() if key != "origin"}
        fates = {f"{kinds[0]}[]": to("native", "same")} | {
            f"{kinds[0]}[].{key}": to(key, "same") for key in record
        }
        fates |= {f"{kind}[]": to(_LISTS[kind], "same") for kind in kinds[1:]}
        needs = [self._lookups.survivor(ref) for ref in root.get("organizations") or ()]
        if needs:
            record["organizations"] = list(dict.fromkeys(needs))
        needs += root.get("groups") or ()
        if root.get("group"):
            needs.append(root["group"])
        return Mapped(Outcome.CREATE, record, None, fates, [], list(dict.fromkeys(needs)))

    def organization(self, organization: Record, figures: Mapping[str, int] | None) -> Mapped:
        """Map an organization: match by domain or name, create, or leave behind."""
        organization, dropped = without_native(self._setup, organization, "organization")
        organization, gone = self._of_organizations.left(organization)
        mapped = self._organization(organization, figures)
        mapped.fates |= dropped | gone
        self._of_organizations.write(organization, mapped)
        self._share(mapped, organization)
        return mapped

    def _unshared(self, organization: Record) -> Mapped | None:
        """Return what becomes of an organization whose members would see each other's tickets in the target and may not; else None."""
        rules = self._setup.rules.organizations
        if self._setup.has(Feature.SHARING) or rules.share == "always":
            return None
        if rules.share == "as_source" and organization.get("shared_tickets"):
            return None
        if rules.unshared == "create":
            mapped = self._beside(organization, "organization", ("name",), "organizations.unshared")
            mapped.unasked = True
            return mapped
        word = "share" if rules.share == "never" else "unshared"
        by = self._setup.by(f"organizations.{word}", "organizations", word)
        why = "its members do not see each other's tickets; its name stays beside each ticket"
        fates = {"organization[]": MapFate("drop", "", False, f"{by}: {why}")}
        return Mapped(Outcome.SKIP, None, None, fates, [], [], f"{by}: {why}")

    def _share(self, mapped: Mapped, organization: Record) -> None:
        """Say whether members see each other's tickets, where the organization itself says so in the target."""
        share = self._setup.rules.organizations.share
        record = mapped.record
        if mapped.outcome is not Outcome.CREATE or record is None or share == "as_source":
            return
        wanted, shared = share == "always", bool(organization.get("shared_tickets"))
        if wanted is shared or not (self._setup.any or (self._setup.has(Feature.SHARING) and wanted)):
            return
        record["shared_tickets"] = wanted
        by = self._setup.by("organizations.share", "organizations", "share")
        mapped.fates["organization[].shared_tickets"] = to("shared_tickets", by, transformed=True)

    def _organization(self, organization: Record, figures: Mapping[str, int] | None) -> Mapped:
        ref = organization["ref"]
        findings = Findings(ref)
        survivor = self._lookups.survivor(ref)
        if survivor != ref:
            fates = {"organization[]": MapFate("drop", "", False, f"organizations: one with {survivor}")}
            return Mapped(Outcome.SKIP, None, None, fates, [], [], f"one with {survivor}")
        if self._people.drops(organization, figures):
            drop = self._setup.rules.organizations.drop
            because = drop.because if drop is not None else ""
            by = self._setup.by("organizations.drop", "organizations", "drop")
            return Mapped(
                Outcome.SKIP, None, None, {"organization[]": MapFate("drop", "", False, by)}, [], [], because
            )
        match_state = self._lookups.match_state(ref)
        if match_state.contested and not self._setup.any:
            because = f"waits for a decision: {match_state.contested}"
            return Mapped(
                Outcome.SKIP,
                None,
                None,
                {"organization[]": MapFate("drop", "", False, because)},
                [],
                [],
                because,
            )
        account = self._lookups.account(ref)
        if account is not None:
            by = f"organizations.match ({account.how})"
            fates = {"organization[]": MapFate("drop", "", False, f"{by}: it is there and is left as it is")}
            fates |= {f"organization[].{key}": to(key, by) for key in ("ref", "name")}
            return Mapped(Outcome.MATCH, {"ref": ref, "name": organization["name"]}, None, fates, [], [], by)
        if self._setup.any:
            name, by = self._people.standing.organization(organization, "")
            mapped = self._same({**organization, "name": name}, ("organization",))
            if by:
                mapped.fates["organization[].name"] = to("name", by, transformed=True)
            return mapped
        if not self._setup.has(Feature.ORGANIZATIONS):
            fates = {"organization[]": MapFate("drop", "", False, "the target has no organizations")}
            return Mapped(
                Outcome.SKIP, None, None, fates, findings.rows(), [], "the target has no organizations"
            )
        unshared = self._unshared(organization)
        if unshared is not None and not self._lookups.ours(ref):
            return unshared
        name, by = self._people.standing.organization(organization, match_state.decided)
        named = {**organization, "name": name}
        mapped = self._beside(named, "organization", self._of_organization, "organizations")
        self._domains(named, mapped, match_state.drawn)
        if name != organization["name"]:
            mapped.fates["organization[].name"] = to("name", by, transformed=True)
        group = organization.get("group")
        if (
            self._setup.has(Feature.PROFILES)
            and group
            and mapped.record is not None
            and self._has_group(group)
        ):
            mapped.record["group"] = group
            mapped.fates["organization[].group"] = to("group", "groups")
            mapped.record["provenance"].get("kept", {}).pop(
                f"organization[{ref.split(':', 2)[2]}].group", None
            )
            mapped.needs.append(group)
        return mapped

    def _domains(self, organization: Record, mapped: Mapped, drawn: tuple[str, ...]) -> None:
        """Tell who gets in by an address, and let the domains be written last where the mapping says so."""
        rule = self._setup.rules.organizations.domains
        if not organization.get("domains") or mapped.record is None or "domains" not in mapped.record:
            return
        if rule == "after":
            mapped.record["domains_last"] = True
        if rule == "carry" and drawn:
            names = ", ".join(drawn[:5]) + (", …" if len(drawn) > 5 else "")
            new_members = f"{len(drawn)} {'person who belongs' if len(drawn) == 1 else 'people who belong'} to no organization will be members of {organization['name']}"
            mapped.findings.append(
                finding(
                    "P317", organization["ref"], "organizations.domains", f"{new_members}: {names}",
                    "Write its domains last or not at all (`organizations: {domains: after}` or `drop`).", len(drawn),
                )
            )  # fmt: skip

    @property
    def _of_organization(self) -> tuple[str, ...]:
        """Keys of an organization that the target has a place for."""
        shared = self._setup.has(Feature.SHARING) and self._setup.rules.organizations.share != "never"
        carried = self._setup.rules.organizations.domains != "drop"
        return (
            "name",
            *(key for key in _COMPANY if self._setup.has(Feature.PROFILES) and (key != "domains" or carried)),
            *(("shared_tickets", "shared_comments") if shared else ()),
        )

    def _has_group(self, ref: str) -> bool:
        lookups = self._lookups
        return self._setup.makes_groups or lookups.account(ref) is not None or lookups.ours(ref)

    def group(self, group: Record) -> Mapped:
        """Map a group: by the name that the mapping gives it, else by its own. One that the target lacks is made only where the mapping says so."""
        account = self._lookups.account(group["ref"])
        if account is not None:
            fates = {
                "group[]": MapFate("drop", "", False, "groups: it is there and is left as it is"),
                "group[].name": to("name", "groups", transformed=account.how == "team"),
            }
            fates["group[].ref"] = to("ref", "identity")
            record = {"ref": group["ref"], "name": group["name"]}
            return Mapped(Outcome.MATCH, record, None, fates, [], [], f"groups: same {account.how}")
        if self._setup.any:
            return self._same(group, ("group",))
        if not self._setup.has(Feature.GROUPS):
            why = "the target has no groups; `groups` says what their tickets get"
            fates = {"group[]": MapFate("drop", "", False, why)}
            return Mapped(Outcome.SKIP, None, None, fates, [], [], "the target has no groups")
        if not self._setup.makes_groups and not self._lookups.ours(group["ref"]):
            because = f"groups: the target has no group {self._setup.groups.wanted(group['name'])!r}"
            fates = {"group[]": MapFate("drop", "", False, because)}
            return Mapped(Outcome.SKIP, None, None, fates, [], [], because)
        named = {**group, "name": self._setup.groups.wanted(group["name"])}
        return self._beside(named, "group", ("name", "restricted", "description"), "catalog.create")

    def _beside(self, root: Record, kind: str, carried: tuple[str, ...], by: str) -> Mapped:
        """Carry some keys and keep the others in the provenance."""
        record: dict[str, Any] = {
            "ref": root["ref"],
            **{key: root[key] for key in carried if root.get(key) is not None},
        }
        fates = {f"{kind}[]": keep(by), f"{kind}[].ref": keep("identity", "provenance.ref")}
        fates |= {f"{kind}[].{key}": to(key, by) for key in carried}
        head = f"{kind}[{root['ref'].split(':', 2)[2]}]"
        kept = {
            f"{head}.{key}": value
            for key, value in root.items()
            if key not in ("ref", "origin", *carried) and value not in (None, "", [], {})
        }
        record["provenance"] = {"ref": root["ref"], **({"kept": kept} if kept else {})}
        return Mapped(Outcome.CREATE, record, None, fates)


def _carry(
    root: Record, record: Record, fates: dict[str, MapFate], kind: str, keys: tuple[str, ...], by: str
) -> None:
    """Carry keys as they are."""
    for key in keys:
        if root.get(key) not in (None, "", [], {}):
            record[key] = root[key]
            fates[f"{kind}[].{key}"] = to(key, by)


def _kept_of_person(person: Record, record: Record, fates: dict[str, MapFate]) -> dict[str, Any]:
    """Return what of a person is kept beside, by neutral path; identities and memberships under their own names."""
    head = f"person[{person['ref'].split(':', 2)[2]}]"
    kept: dict[str, Any] = {}
    for key, value in person.items():
        if key in ("ref", "origin") or value in (None, "", [], {}) or record.get(key) == value:
            continue
        kind = next((kind for kind, name in _LISTS.items() if name == key), None)
        if kind is None:
            if f"{head}.{key}" not in fates:
                kept[f"{head}.{key}"] = value
            continue
        for index, part in enumerate(value):
            own = f"{kind}[{part['ref'].split(':', 2)[2]}]" if part.get("ref") else f"{head}.{key}[{index}]"
            kept |= {f"{own}.{name}": item for name, item in part.items() if item not in (None, "", [], {})}
    return kept
