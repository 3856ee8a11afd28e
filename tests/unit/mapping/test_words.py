"""Every word of a rule has its effect, or is refused with its place."""

import pytest
from tests.unit.mapping.desks import FILES, JSM, case, engine, files_engine, mapping

from ticketferry.errors import MappingError
from ticketferry.sdk.features import Feature

REFUSED = {
    "when of rest": ("fields:\n  - {rest: keep_in_provenance, when: {tag: vip}}\n", "`when` has no effect on `rest`"),
    "a second rest": ("fields:\n  - {rest: keep_in_provenance}\n  - {rest: drop, because: x}\n", "`rest` stands here twice"),
    "values beside a pattern": (
        "fields:\n  - {from: fields.city, to: Order id, regex: {find: a, to: b}, values: {a: b}}\n", "beside"),
    "a pattern beside split": (
        "fields:\n  - {from: fields.city, to: Order id, split: ',', regex: {find: a, to: b}}\n", "beside"),
    "a word for a pattern that is not there": ("fields:\n  - {from: fields.city, to: Order id, on_miss: fail}\n", "goes with `regex`"),
    "a verb on a drop": ("fields:\n  - {from: fields.city, drop: true, because: x, values: {a: b}}\n", "`values` has no effect on `drop`"),
    "a join on a drop": ("fields:\n  - {from: [fields.city], drop: true, because: x, join: ','}\n", "`join` has no effect on `drop`"),
    "a default on a drop": ("fields:\n  - {from: fields.city, drop: true, because: x, missing: y}\n", "`missing` has no effect on `drop`"),
    "a requirement of a constant": ("fields:\n  - {set: {Order id: x}, required: true}\n", "`required` has no effect on `set`"),
    "a source of a constant": ("fields:\n  - {set: {Order id: x}, from: fields.city}\n", "`from` has no effect on `set`"),
    "a zone of a text": ("fields:\n  - {from: fields.city, to: Order id, as: text, tz: Europe/Berlin}\n", "`tz` has no effect"),
    "values that differ in case": (
        "fields:\n  - {from: fields.city, to: Order id, values: {Bonn: a, bonn: b}}\n", "differ only in case"),
    "groups that differ in case": ("groups: {Tier 1: {component: Website}, TIER 1: {component: Hardware}}\n", "differ only in case"),
    "types that differ in case": ("type: {question: Incident, Question: Task}\n", "differ only in case"),
    "a tag dropped and renamed": ("tags: {drop: [a], rename: {A: b}}\n", "only one would have an effect"),
    "a tag merged twice": ("tags: {merge: {x: [a], y: [a]}}\n", "only one would have an effect"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(REFUSED))
def test_a_word_without_effect_is_refused_with_its_place(how: str) -> None:
    rules, said = REFUSED[how]
    with pytest.raises(MappingError) as refused:
        mapping(rules)
    assert [
        line for line in refused.value.problems if said in str(line) and str(line).startswith("mapping.yaml:")
    ]


def test_the_reason_of_the_rest_stands_in_the_ledger() -> None:
    mapped = engine('fields:\n  - {rest: drop, because: "nobody reads them"}\n').case(
        case(fields={"city": "Bonn"})
    )
    assert "nobody reads them" in mapped.fates["ticket[12].fields.city"].by
    kept = engine('fields:\n  - {rest: keep_in_provenance, because: "for the audit"}\n').case(
        case(fields={"city": "Bonn"})
    )
    assert "for the audit" in kept.fates["ticket[].fields"].by


@pytest.mark.parametrize(("share", "shared", "told"), [("always", False, True), ("never", True, False)])
def test_sharing_is_said_by_the_organization_itself_where_the_target_asks_it(
    share: str, shared: bool, told: bool
) -> None:
    organization = {"ref": "acme:organization:1", "name": "Shared Ltd", "shared_tickets": shared}
    rules = f"organizations: {{share: {share}}}\n"
    for made in (
        files_engine(rules),
        engine(rules, features=FILES),
        engine(rules, features=JSM | {Feature.SHARING}),
    ):
        assert bool(made.organization(organization).record.get("shared_tickets", False)) is told
