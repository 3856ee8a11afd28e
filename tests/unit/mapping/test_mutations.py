"""A valid file with anything done to it is a valid mapping or precise messages, never a traceback; what has no order has none."""

import copy
import random
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, Desks, case, comment

from ticketferry.errors import MappingError
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile, loads
from ticketferry.mapping.result import Mapped

WIDE = r"""
version: 1
source: zendesk
target: jsm
vars: {zone: Europe/Berlin, word: acme}
route:
  - {when: {brand: Billing}, project: BILL, issue_type: Service request, request_type: Invoice question}
  - {when: {form: Outage, type: [problem, incident]}, project: SUP, issue_type: Incident, request_type: Report an outage}
  - {when: {group: HR-cases}, project: HR, issue_type: Service request, request_type: Ask HR, security: HR only}
  - {when: always, project: SUP, issue_type: Service request, request_type: {by: channel, values: {email: Emailed request, "*": Portal request}}}
type: {problem: Problem, "*": Service request}
status:
  new: Waiting for triage
  open: {to: Waiting for support, when: {assignee: present}, else: Waiting for triage}
  pending: Waiting for customer
  hold: Pending vendor
  "custom:Waiting on vendor": Pending vendor
  "custom:Escalated to engineering": In progress
  "custom:Parked": Pending vendor
  solved: {to: Resolved, resolution: {by: fields.outcome, values: {fixed: Done, wont_fix: "Won't Do", "*": Done}, missing: Done}}
  closed: {to: Closed, resolution: Done}
exits: {deleted: skip, spam: skip, suspended: skip, merged: {link: Duplicate}, follow_up: {link: Relates}}
priority: {urgent: Highest, high: High, normal: Medium, low: {to: Low, when: {tag: vip}, else: reject}, none: {default: Medium}}
channel: {field: Origin, values: {voice: Phone, chat: Chat, api: API, "*": E-mail}}
people:
  match: [external_id, email]
  placeholder: {name: "{{ name }} (former)", email: "former-{{ id }}@acme.invalid"}
  inactive_agents: {as: placeholder}
  unlicensed_assignee: {assign: none, field: Former assignee}
  ccs: participants
groups:
  Tier 1: {component: Website}
  HR-cases: {security: HR only}
brands: {Acme: {label: acme}, Globex: {label: "${word}"}}
fields:
  - {from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Late, "*": Other}, missing: {default: Other}}
  - {from: fields.serial, to: Serial no., regex: {find: '^\s*SN[- ]?(\d{6})\s*$', to: 'SN-\1'}, on_miss: keep}
  - {from: [fields.city, fields.zip], to: Address, join: ", "}
  - {from: fields.delivery_date, to: Purchase date, as: date}
  - {from: fields.card_number, drop: true, because: "PCI, decided 12 Nov"}
  - {rest: keep_in_provenance}
tags: {drop: [closed_by_merge, "auto_*"], rename: {vip-customer: vip}, merge: {invoice: [invoices, rechnung]}, case: lower}
links: {problem_incident: Problem/Incident, unmigrated: text}
text:
  links: {tickets: both, numbers: both, help_center: {rewrite: {'https://acme.example/hc/': 'https://new.example/'}}}
  subject: {max: 255, strip: ['^(re|fw):\s*']}
  header: {when: always, template: "{{ author }} · {{ at | local('${zone}') }}", locale: de_DE}
  placeholders: escape
  quoted_replies: drop
  signatures: drop
  tracking_pixels: drop
  language: {field: Order id, values: {German: de, "*": en}, missing: none}
  because: read once is enough
comments: {author_without_account: placeholder, system: drop, voice: {as: text}, side_conversations: {as: internal_comment}}
attachments: {max: 250MB, over: link, block: [exe, js], inline: keep_link, older_than: {years: 7, do: link}, malware: fail, way: rest}
history: {comments: replay, dates: auto, date_fields: {created: Original created, solved: Original resolved}}
provenance: {number: {field: Zendesk ticket, label: "zd-{{ number }}"}, url: {field: Zendesk link}, rest: property}
clean:
  - {id: spam-test, when: {subject: {matches: '^(test|asdf)'}, comments: "<= 1"}, do: skip, because: test tickets}
  - {id: hold, when: {tag: legal-hold}, do: keep, overrides: [spam-test], because: litigation}
conflicts: {default: source, fields: {status: target}}
order: {by: created, serial_keys: true}
phases:
  - {name: pilot, where: {group: Billing, created_after: 2024-01-01}, limit: 6000}
  - {name: history, where: always}
tests:
  - name: a waiting ticket waits
    given: {status: hold}
    expect: {status: Pending vendor, project: SUP}
"""
TREE: dict[str, Any] = yaml.load(WIDE, Loader=yaml.BaseLoader)
TICKET = case(
    comments=[comment("1", "<p>call #13</p>"), comment("2", public=False)], tags=["auto_x", "Invoices"], priority="high",
    brand="Globex", channel="email", fields={"serial": "SN 123456", "city": "Bonn", "card_number": "4111"}, group="acme:group:1",
)  # fmt: skip
ODD = (
    "", "?", "~", "*", "0", "-1", "true", "{{ x", "${nobody}", "${word}", "(", "always", "\u202e", "a" * 3000, "99999999999999999999", "-2y",
    "fields.nothing", "2024-13-45", [], {}, ["a", "a"], [["a"]], {"when": "always"}, {"*": "?"}, {"by": "channel"}, {"to": {"to": "x"}},
)  # fmt: skip
_LEAKS = re.compile(r"Traceback|object at 0x|<class |NoneType|pydantic|\bdict\b|str\(\)|KeyError|TypeError")


def written(tree: object) -> str:
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=10_000)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a tree but its top."""
    found = [path] if path else []
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        found += places(value, (*path, key))
    return found


def mutate(tree: dict[str, Any], chance: random.Random) -> None:
    """Do one thing to a place: take it out, put something odd there, misspell or double its key, swap it with another place."""
    path = chance.choice(places(tree))
    holder: Any = tree
    for step in path[:-1]:
        holder = holder[step]
    last = path[-1]
    act = chance.choice(("out", "odd", "odd", "key", "swap", "again", "wrap"))
    if act == "out":
        del holder[last]
    elif act == "odd":
        holder[last] = copy.deepcopy(chance.choice(ODD))
    elif act == "wrap":
        holder[last] = chance.choice(([holder[last]], {"to": holder[last]}, {"*": holder[last]}))
    elif act == "swap":
        other = chance.choice(places(tree))
        value: Any = tree
        for step in other:
            value = value[step]
        holder[last] = copy.deepcopy(value)
    elif isinstance(holder, list):
        holder.insert(last, copy.deepcopy(holder[last]))
    else:
        name = str(last)
        twin = chance.choice(
            (name[:-1], name + "s", name.upper(), "+" + name, "~" + name, chance.choice(list(TREE)))
        )
        holder[twin] = holder[last] if act == "again" else holder.pop(last)


def engine_of(file: MappingFile) -> Engine:
    return Engine(file, ZENDESK, JIRA, JSM, Desks(), NOW)


def said_of(text: str) -> list[str]:
    """All that loading, checking and mapping say of a file; whatever else they raise comes through."""
    try:
        file = loads(text, environment={})
    except MappingError as error:
        return list(error.problems) or ["no words"]
    said = [f"{row.where} {row.message} {row.remedy}" for row in lint(file, ZENDESK, JIRA, JSM)]
    try:
        mapped = engine_of(file).case(copy.deepcopy(TICKET))
    except MappingError as error:
        return said + list(error.problems)
    assert isinstance(mapped, Mapped)
    return said + [f"mapping.yaml: {row.message}" for row in mapped.findings]


def test_the_file_that_is_changed_is_valid_and_maps() -> None:
    file = loads(WIDE)
    assert [row.message for row in lint(file, ZENDESK, JIRA, JSM) if row.severity.value == "blocker"] == []
    record = engine_of(file).case(TICKET).record
    assert record is not None
    assert (record["project"], record["status"], record["fields"]["Serial no."]) == (
        "SUP",
        "Waiting for triage",
        "SN-123456",
    )


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_whatever_is_done_to_a_file_gives_a_mapping_or_messages_with_their_places(
    seed: int, times: int
) -> None:
    chance = random.Random(seed)
    tree = copy.deepcopy(TREE)
    for _ in range(times):
        mutate(tree, chance)
    text = written(tree)
    for line in said_of(text):
        assert line.startswith("mapping.yaml:"), line
        assert not _LEAKS.search(line), line


@pytest.mark.parametrize("cut", range(0, len(WIDE), 397))
def test_a_file_that_was_cut_off_gives_messages_with_their_places(cut: int) -> None:
    for line in said_of(WIDE[:cut] or "x"):
        assert line.startswith("mapping.yaml:"), line


def shuffled(tree: Any, chance: random.Random) -> Any:
    """The same tree with the keys of every table in another order; lists, whose order is their meaning, keep it."""
    if isinstance(tree, list):
        return [shuffled(item, chance) for item in tree]
    if not isinstance(tree, dict):
        return tree
    keys = list(tree)
    chance.shuffle(keys)
    return {key: shuffled(tree[key], chance) for key in keys}


@settings(max_examples=examples(25))
@given(st.integers(0, 2**32))
def test_the_order_of_keys_changes_no_record(seed: int) -> None:
    file, other = loads(WIDE), loads(written(shuffled(TREE, random.Random(seed))))
    assert other.digest == file.digest
    for more in (
        {},
        {"status": "solved", "stage": "resolved"},
        {"brand": "Billing"},
        {"group": "acme:group:9"},
        {"subject": "test"},
    ):
        one, another = (engine_of(each).case({**TICKET, **more}) for each in (file, other))
        assert another.record == one.record
        assert (another.outcome, another.phase, another.fates.keys()) == (
            one.outcome,
            one.phase,
            one.fates.keys(),
        )
