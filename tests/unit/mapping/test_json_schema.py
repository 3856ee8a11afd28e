"""The schema for editors takes what the loader takes, names what it refuses, and proposes the names of both desks."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.unit.mapping.desks import BASE, JIRA, ZENDESK

from ticketferry.mapping.json_schema import mapping_schema

SHIPPED = sorted((Path(__file__).resolve().parents[3] / "mappings").glob("*.yaml"))
PLAIN = Draft202012Validator(mapping_schema())
NAMED = Draft202012Validator(mapping_schema(ZENDESK, JIRA))
HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"


def faults(text: str, validator: Draft202012Validator = PLAIN) -> list[str]:
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(yaml.safe_load(text))
    ]


def test_both_are_schemas() -> None:
    for validator in (PLAIN, NAMED):
        Draft202012Validator.check_schema(validator.schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_mapping_is_taken(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


WORDS = """
extends: [house/a.yaml]
vars: {zone: Europe/Berlin, vip: {env: VIP}}
route: [{when: {brand: A, tag: [x, y]}, project: {by: brand, values: {A: SUP}, missing: BILL}, request_type: Chat, component: Web}, {when: always, project: SUP}]
status: {new: Waiting, open: {to: A, when: {assignee: present}, else: B, resolution: Done}, "*": fail}
priority: {by: fields.severity, values: {p1: Highest}, missing: Low}
type: {problem: Problem, none: {default: Task}}
channel: {field: Origin, values: {voice: Phone, "*": {to: Other, when: {tag: x}, else: API}}}
exits: {merged: {link: Duplicate, to: winner}, follow_up: {link: Relates}}
fields:
  - {from: fields.vip, to: Flags, values: {true: VIP, 1: One, no: None}, missing: Other}
  - {from: [fields.a, fields.b], to: C, join: ", ", required: true}
  - {from: satisfaction, to: {score: CSAT, comment: {to: CSAT comment}}}
  - {set: {tags: x, Migrated: yes}}
  - {from: fields.card, drop: true, because: PCI}
  - {rest: keep_in_provenance}
attachments: {max: 250MB}
phases: [{name: pilot, where: {created_after: 2026-01-01}, way: file, limit: 6000}]
golden: [1042, 20177]
accept: acceptance.yaml
clean: [{id: a, when: {closed_before: 2019-01-01}, do: archive, to: x, because: y}]
+tags: {drop: [a]}
~links:
"""


def test_short_forms_and_words_of_every_section_are_taken() -> None:
    assert faults(HEAD + WORDS) == []
    assert faults(BASE) == []
    assert faults("priority: {urgent: High}\n") == [], "what a file extends brings the rest"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sorce: x\n", ""), ("tags: {drops: [a]}\n", "tags"), ("way: rset\n", "way"), ("route: {when: always}\n", "route"),
        ("fields: [{form: a, to: b}]\n", "fields.0"), ("clean: [{when: always, do: skip}]\n", "clean.0"),
        ("phases: [{name: a, where: sometimes}]\n", "phases.0.where"), ("golden: 7\n", "golden"), ("status: {open: [A]}\n", "status"),
    ],
)  # fmt: skip
def test_what_the_loader_refuses_is_marked_where_it_stands(text: str, place: str) -> None:
    found = faults(HEAD + text)
    assert any(row.startswith(f"{place}:") for row in found), found


def proposed(schema: Any, *steps: str) -> set[str]:
    """Gather what an editor proposes at a place: enumerations on every branch."""
    if isinstance(schema, dict):
        if not steps:
            found = set(schema.get("enum", ()))
            for branch in schema.get("anyOf", ()):
                found |= proposed(branch)
            return found
        found = set()
        for branch in schema.get("anyOf", ()):
            found |= proposed(branch, *steps)
        step, rest = steps[0], steps[1:]
        inner = schema.get("properties", {}).get(step) or (
            schema.get("additionalProperties") if step == "*" else None
        )
        inner = inner or (schema.get("items") if step == "[]" else None)
        return found | (proposed(inner, *rest) if isinstance(inner, dict) else set())
    return set()


def test_names_of_both_desks_are_proposed_and_others_stay_allowed() -> None:
    schema = mapping_schema(ZENDESK, JIRA)
    assert {"Resolved", "Pending vendor"} <= proposed(schema, "status", "*")
    assert {"Resolved", "Pending vendor"} <= proposed(schema, "status", "custom:Parked", "to")
    assert {"SUP", "BILL", "HR"} == proposed(schema, "route", "[]", "project")
    assert "Invoice question" in proposed(schema, "route", "[]", "request_type", "values", "*")
    assert {"Serial no.", "CSAT", "tags"} <= proposed(schema, "fields", "[]", "to")
    assert "fields.refund_reason" in proposed(schema, "fields", "[]", "from")
    assert {"Website", "Hardware", "Invoices"} == proposed(schema, "groups", "HR-cases", "component")
    assert "Blocks" in proposed(schema, "links", "blocks")
    assert "urgent" in schema["properties"]["priority"]["anyOf"][0]["properties"]
    assert faults(HEAD + WORDS, NAMED) == [], "a name that is made later is no fault"
