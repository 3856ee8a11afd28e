"""Records of people and organizations who stand for several: whose values they have, and what of the others has no place."""

from collections.abc import Sequence

from ticketferry.mapping.codes import finding
from ticketferry.mapping.result import Mapped
from ticketferry.mapping.work import Setup, keep
from ticketferry.people.keys import id_order
from ticketferry.people.survivors import SurvivorChoices, Together, name_together, together
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature
from ticketferry.sdk.trace import join_path

__all__ = ["StandingRecords"]


class StandingRecords:
    """The compiled `survivor` of people and of organizations; without it a record is that of whoever stands for the others."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        rule = setup.rules.people.survivor
        self._choices = (
            SurvivorChoices(rule.name, rule.phone, rule.fields, rule.emails) if rule is not None else None
        )
        named = setup.rules.organizations.survivor
        self._naming = named.name if named is not None else "survivor"
        self._by = setup.by("people.survivor", "people", "survivor")

    def _all(self, record: Record) -> Sequence[Record]:
        lookups = self._setup.lookups
        others = sorted(lookups.one_with(record["ref"]), key=id_order)
        return [record, *(other for ref in others if (other := lookups.record(ref)) is not None)]

    def person(self, person: Record) -> Together:
        """Return the record of somebody with what those bring for whom they stand; their own record where they stand for nobody."""
        if self._choices is None:
            return Together(person, {}, ())
        records = self._all(person)
        return together(records, self._choices) if len(records) > 1 else Together(person, {}, ())

    def organization(self, organization: Record, decided: str) -> tuple[str, str]:
        """Return the name of an organization, and by what rule it is another than its own ("" where it is that): a decision comes first."""
        name = str(organization["name"])
        if decided.startswith("name:"):
            return decided.removeprefix("name:").strip(), f"decisions: {decided}"
        if decided == "number":
            return f"{name.strip()} ({organization['ref'].split(':', 2)[2]})", f"decisions: {decided}"
        if self._naming == "survivor":
            return name, ""
        chosen, ref = name_together(self._all(organization), self._naming)
        by = self._setup.by("organizations.survivor", "organizations", "survivor")
        return (chosen, f"{by}: the name of {ref}") if chosen and chosen != name else (name, "")

    def settle(self, person: Record, whole: Together, mapped: Mapped) -> None:
        """Say whose values a mapped person has; what they replace of the person's own is kept beside."""
        record = mapped.record
        if mapped.outcome is not Outcome.CREATE or record is None or not (whole.won or whole.brought):
            return
        head = f"person[{person['ref'].split(':', 2)[2]}]"
        kept = {}
        for key, ref in whole.won.items():
            step, _, field = key.partition(".")
            own = (person.get(step) or {}).get(field) if field else person.get(step)
            if own in (None, "", [], {}):
                continue
            path = f"{head}.{join_path(step, field) if field else step}"
            kept[path] = own
            mapped.fates[path] = keep(f"{self._by}: that of {ref}")
        if kept and "provenance" in record:
            record["provenance"]["kept"] = {**record["provenance"].get("kept", {}), **kept}
        told = [f"{key} of {ref}" for key, ref in whole.won.items()]
        lost = ""
        if whole.brought:
            emails = sum(item.get("type") == "email" for item in whole.brought)
            lost = " and ".join(
                part
                for part in (
                    counted(emails, "e-mail") if emails else "",
                    counted(len(whole.brought) - emails, "other identity")
                    if emails < len(whole.brought)
                    else "",
                )
                if part
            )
            told.append(lost)
        where, ref = self._by, person["ref"]
        mapped.findings.append(
            finding("P328", ref, where, f"stands for several, and has of them: {', '.join(told)}")
        )
        if whole.brought and not self._setup.any and not self._setup.has(Feature.PROFILES):
            message = f"{lost} of people who are one with them"
            mapped.findings.append(finding("P327", ref, where, message, "", len(whole.brought)))
