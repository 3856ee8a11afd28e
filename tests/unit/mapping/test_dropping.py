"""What a mapping drops reaches the target by no way at all: a secret is planted in each place and looked for in all that is written."""

from typing import Any

import pytest
from tests.unit.mapping.desks import FILES, JSM, ORGANIZATIONS, case, comment, engine, files_engine

from ticketferry.errors import MappingError
from ticketferry.mapping.result import fate_of
from ticketferry.sdk.features import Feature

SECRET = "zq4929secret"
REST = "fields:\n  - {rest: keep_in_provenance}\n"
EVENT = {"ticket": "acme:ticket:12", "time": "2025-06-01T10:00:00Z", "type": "changed"}


def event(id_: str, **more: Any) -> dict[str, Any]:
    return {"ref": f"acme:event:{id_}", **EVENT, **more}


def field_rules(*rules: str) -> str:
    return "fields:\n" + "".join(f"  - {rule}\n" for rule in rules)


WHY = 'because: "no trace of it"'
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a field by an expression": (
        field_rules(f"{{from: fields.serial, drop: true, {WHY}}}", '{to: Order id, expr: "{{ fields.serial }}"}'),
        {"fields": {"serial": SECRET}}, "ticket[12].fields.serial"),
    "a field by an expression over all fields": (
        field_rules(f"{{from: fields.serial, drop: true, {WHY}}}", '{to: Order id, expr: "{{ fields }}"}'),
        {"fields": {"serial": SECRET, "city": "Bonn"}}, "ticket[12].fields.serial"),
    "a field by a second rule": (
        field_rules(f"{{from: fields.serial, drop: true, {WHY}}}", "{from: fields.serial, to: Order id}"),
        {"fields": {"serial": SECRET}}, "ticket[12].fields.serial"),
    "a field joined with others": (
        field_rules(f"{{from: fields.serial, drop: true, {WHY}}}", '{from: [fields.city, fields.serial], to: Address, join: ", "}'),
        {"fields": {"serial": SECRET, "city": "Bonn"}}, "ticket[12].fields.serial"),
    "a field that no rule names": (
        field_rules('{to: Order id, expr: "{{ fields.serial }}"}', f"{{rest: drop, {WHY}}}"),
        {"fields": {"serial": SECRET}}, "ticket[12].fields.serial"),
    "a field's tag": (
        field_rules(f"{{from: fields.refund_reason, drop: true, {WHY}}}", "{from: tags, to: Order id}"),
        {"fields": {"refund_reason": SECRET}, "tags": [SECRET, "blue"]}, "ticket[12].tags[0]"),
    "a field's history": (
        field_rules(f"{{from: fields.serial, drop: true, {WHY}}}"),
        {"fields": {"serial": "1"}, "events": [event("1", field="fields.serial", before=SECRET, native={"x": SECRET})]},
        "event[1].before"),
    "the tag of what a drop-down held before": (
        field_rules(f"{{from: fields.refund_reason, drop: true, {WHY}}}"),
        {"fields": {"refund_reason": "late"}, "tags": ["late", "blue"],
         "events": [event("1", field="fields.refund_reason", before=SECRET, after="late"),
                    event("2", field="tags", before=[SECRET, "blue"], after=["late", "blue"])]},
        "event[2].before[0]"),
    "the tag, in words, of what a field of many options held before": (
        field_rules(f"{{from: fields.symptoms, drop: true, {WHY}}}"),
        {"tags": ["blue"], "events": [event("1", field="fields.symptoms", before=["noise", SECRET], after=[]),
                                      event("2", field="tags", before=f"{SECRET} blue", after="blue")]},
        "event[2].before[0]"),
    "the tag of what a field that no rule names held before": (
        field_rules(f"{{rest: drop, {WHY}}}"),
        {"tags": ["blue"], "events": [event("1", field="fields.refund_reason", before=SECRET, after="late"),
                                      event("2", field="tags", before=[SECRET, "blue"], after=["blue"])]},
        "event[2].before[0]"),
    "a tag that stayed when the drop-down was emptied": (
        field_rules(f"{{from: fields.refund_reason, drop: true, {WHY}}}"),
        {"tags": [SECRET, "blue"], "events": [event("1", field="fields.refund_reason", before=SECRET)]}, "ticket[12].tags[0]"),
    "the history of the field's tag": (
        field_rules(f"{{from: fields.serial, drop: true, {WHY}}}"),
        {"fields": {"serial": SECRET}, "tags": [SECRET], "events": [event("1", field="tags", before=["a"], after=["a", SECRET])]},
        "event[1].after[1]"),
    "a subject": (field_rules(f"{{from: subject, drop: true, {WHY}}}"), {"subject": SECRET}, "ticket[12].subject"),
    "a subject's history": (
        field_rules(f"{{from: subject, drop: true, {WHY}}}"), {"events": [event("1", field="subject", after=SECRET)]},
        "event[1].after"),
    "words of a rating": (
        field_rules(f"{{from: satisfaction.comment, drop: true, {WHY}}}"),
        {"satisfaction": {"score": "good", "comment": SECRET}}, "ticket[12].satisfaction.comment"),
    "an external id": (field_rules(f"{{from: external_id, drop: true, {WHY}}}"), {"external_id": SECRET}, "ticket[12].external_id"),
    "an address that provenance writes": (
        field_rules(f"{{from: url, drop: true, {WHY}}}") + "provenance: {url: {field: Zendesk link}}\n",
        {"url": f"https://x.example/{SECRET}"}, "ticket[12].url"),
    "a channel": (
        field_rules(f"{{from: channel, drop: true, {WHY}}}") + "channel: {field: Order id}\n", {"channel": SECRET}, "ticket[12].channel"),
    "all tags": (field_rules(f"{{from: tags, drop: true, {WHY}}}"), {"tags": [SECRET]}, "ticket[12].tags[0]"),
    "a tag": (f"tags: {{drop: [{SECRET}]}}\n{REST}", {"tags": ["blue", SECRET]}, "ticket[12].tags[1]"),
    "a tag by an expression": (
        "tags: {drop: ['zq*']}\n" + field_rules("{to: Order id, expr: \"{{ tags | join(' ') }}\"}"),
        {"tags": ["blue", SECRET]}, "ticket[12].tags[1]"),
    "a tag's history": (
        f"tags: {{drop: [{SECRET}]}}\n{REST}", {"events": [event("1", field="tags", before=f"blue {SECRET}", after="blue")]},
        "event[1].before[1]"),
    "all history": (
        f"history: {{changes: drop, {WHY}}}\n" + field_rules("{to: Order id, expr: \"{{ events | map(attribute='after') | join }}\"}"),
        {"events": [event("1", field="status", after=SECRET)]}, "event[1].after"),
    "a system comment and its file": (
        f"comments: {{system: drop, {WHY}}}\n" + field_rules("{to: Order id, expr: \"{{ comments | map(attribute='kind') | join }}\"}"),
        {"comments": [comment("1"), {**comment("2", f"<p>{SECRET}</p>"), "kind": "system", "channel": SECRET}],
         "attachments": [{"ref": "acme:attachment:5", "ticket": "acme:ticket:12", "comment": "acme:comment:2", "name": SECRET}]},
        "comment[2].body"),
    "a file over the size": (
        f"attachments: {{max: 1KB, over: drop, {WHY}}}\n",
        {"comments": [comment("1", f'<p>see <img data-ref="acme:attachment:5" alt="{SECRET}"></p>')],
         "events": [event("1", field="attachment", before=SECRET)],
         "attachments": [{"ref": "acme:attachment:5", "ticket": "acme:ticket:12", "comment": "acme:comment:1", "name": SECRET, "size": 5000}]},
        "attachment[5].name"),
    "a link to an address": (
        f"links: {{remote: drop, {WHY}}}\n" + field_rules("{to: Order id, expr: \"{{ links | map(attribute='url') | join }}\"}"),
        {"links": [{"type": "remote", "url": f"https://{SECRET}.example"}]}, "ticket[12].links[0]"),
    "people in copy": (
        f"people: {{ccs: drop, {WHY}}}\n" + field_rules('{to: Order id, expr: "{{ ccs | join }}"}'),
        {"ccs": [f"acme:person:{SECRET}"], "events": [event("1", field="ccs", after=[f"acme:person:{SECRET}"])]}, "ticket[12].ccs[0]"),
    "an organization that is left behind": (
        f"organizations: {{drop: {{when: {{name: {SECRET}}}, {WHY}}}}}\n"
        + field_rules('{to: Order id, expr: "{{ organization.name }}"}'),
        {"organization": "acme:organization:77"}, "ticket[12].organization"),
    "where somebody wrote from": (
        f'privacy: {{drop: ["metadata.system.*"], {WHY}}}\n',
        {"comments": [{**comment("1"), "native": {"metadata.system.ip_address": SECRET, "metadata.system.client": SECRET}}],
         "events": [event("1", native={"metadata.system.location": SECRET})], "native": {"metadata.system.latitude": SECRET}},
        'comment[1].native["metadata.system.ip_address"]'),
    "where somebody wrote from, within an event": (
        f'privacy: {{drop: ["metadata.system.*", "*.visitor.*", "*.ip"], {WHY}}}\n',
        {"comments": [{**comment("1"), "native": {
            "events[0].metadata.system.client": SECRET, "child_events[2].items[0].metadata.system.location": SECRET}}],
         "events": [event("1", native={"events[0].value.visitor.user_agent": SECRET})], "native": {"via.source.from.ip": SECRET}},
        'comment[1].native["events[0\\u005d.metadata.system.client"]'),
}  # fmt: skip
ENGINES = {
    "jsm": engine,
    "history": lambda rules: engine(
        rules, features=JSM | {Feature.HISTORY, Feature.TICKET_TIMES, Feature.COMMENT_AUTHOR}
    ),
    "thread": lambda rules: engine(rules, features=(JSM | {Feature.PROFILES}) - {Feature.DESCRIPTION}),
    "files": files_engine,
}


@pytest.fixture(autouse=True)
def _secret_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"ref": "acme:organization:77", "name": SECRET, "shared_tickets": True}
    monkeypatch.setattr("tests.unit.mapping.desks.ORGANIZATIONS", [*ORGANIZATIONS, row])


@pytest.mark.parametrize("target", list(ENGINES))
@pytest.mark.parametrize("way", list(CASES))
def test_a_dropped_value_is_nowhere(way: str, target: str) -> None:
    rules, held, path = CASES[way]
    mapped = ENGINES[target](rules).case(case(**held))
    assert SECRET not in repr(mapped.record)
    assert SECRET not in repr(mapped.findings)
    assert fate_of(mapped.fates, path).action == "drop"


def test_what_is_not_dropped_stays_beside_what_is() -> None:
    mapped = engine(f"tags: {{drop: [{SECRET}]}}\n").case(
        case(
            tags=["blue", SECRET],
            events=[event("1", field="tags", before=[SECRET], after=["blue", SECRET]), event("2", type="x")],
        )
    )
    assert mapped.record["tags"] == ["blue"]
    assert "blue" in repr(mapped.record["provenance"]["events"])
    assert fate_of(mapped.fates, "ticket[12].tags[0]").action == "to"
    assert fate_of(mapped.fates, "ticket[12].tags[1]").action == "drop"


def test_a_rule_drops_only_where_its_condition_holds() -> None:
    rules = field_rules(f"{{from: fields.serial, drop: true, when: {{tag: vip}}, {WHY}}}")
    assert SECRET not in repr(engine(rules).case(case(fields={"serial": SECRET}, tags=["vip"])).record)
    assert SECRET in repr(engine(rules).case(case(fields={"serial": SECRET})).record)


@pytest.mark.parametrize("name", ["number", "status", "requester"])
def test_what_a_ticket_cannot_be_without_cannot_be_dropped(name: str) -> None:
    with pytest.raises(MappingError, match="cannot be dropped"):
        engine(field_rules(f"{{from: {name}, drop: true, {WHY}}}"))


def test_conditions_still_see_what_is_dropped() -> None:
    rules = field_rules(f"{{from: fields.serial, drop: true, {WHY}}}") + (
        "clean:\n  - {id: cards, when: {fields.serial: present}, do: skip, because: x}\n"
    )
    assert engine(rules).case(case(fields={"serial": SECRET})).because == "x"


def test_dropping_a_restricted_group_still_tells_who_would_see_the_ticket() -> None:
    rules = field_rules(f"{{from: group, drop: true, {WHY}}}")
    assert engine(rules).case(case(group="acme:group:9")).newly_visible


def test_a_person_s_own_addresses_are_dropped_as_well() -> None:
    rules = f'privacy: {{drop: ["last_ip*"], {WHY}}}\n'
    person = {
        "ref": "acme:person:1",
        "name": "Ann",
        "email": "a@x.example",
        "native": {"last_ip": SECRET, "x": "kept"},
    }
    for made in (engine(rules), engine(rules, features=FILES)):
        mapped = made.person(person)
        assert SECRET not in repr(mapped.record)
        assert "kept" in repr(mapped.record)
        assert fate_of(mapped.fates, "person[1].native.last_ip").action == "drop"


def test_a_change_of_tags_beside_a_dropped_one_is_still_told() -> None:
    """Two tags are not one because they have the same letters."""
    mapped = engine(f"tags: {{drop: [{SECRET}]}}\n").case(
        case(events=[event("1", field="tags", before=f"{SECRET} pots", after="stop")])
    )
    assert SECRET not in repr(mapped.record)
    assert "pots" in repr(mapped.record["provenance"]["events"])
