"""The promises of the mapping, over hostile cases: every leaf has a fate, what is kept is there, what is internal stays so."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.mapping.desks import JSM, case, engine, files_engine

from ticketferry.history.timeline import fold, unpack_events
from ticketferry.mapping.result import fate_of
from ticketferry.schema.records import canonical, validate
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature
from ticketferry.sdk.trace import join_path

RICH = r"""fields:
  - {from: fields.serial, to: Serial no., regex: {find: '^SN(\d+)$', to: 'SN-\1'}, on_miss: provenance}
  - {from: fields.refund_amount, to: Refund amount}
  - {from: [fields.city, fields.zip], to: Address, join: ", "}
  - {from: 'fields.odd "key".x', to: Order id}
  - {from: due, to: Due date, as: date}
  - {from: satisfaction.comment, to: CSAT comment}
people: {placeholder: {name: "{{ name }}", email: "f-{{ id }}@acme.invalid"}, inactive_agents: {as: placeholder}, light_agents: {as: watcher}}
tags: {drop: ["auto_*"], spaces: "-", case: lower, from_fields: drop}
links: {problem_incident: Problem/Incident, relates: Relates}
exits: {merged: {link: Duplicate, to: winner}}
text: {subject: {max: 40}, placeholders: escape}
attachments: {max: 1KB, block: [exe]}
comments: {system: drop}
history: {date_fields: {created: Original created}}
provenance: {number: {field: Zendesk ticket, label: "zd-{{ number }}"}}
channel: {field: Origin, values: {email: E-mail, "*": Web form}}
"""
ENGINES = {
    "jsm": engine(RICH),
    "bare": engine(RICH, features=frozenset({Feature.DESCRIPTION, Feature.PROJECTS})),
    "thread": engine(RICH, features=JSM - {Feature.DESCRIPTION}),
    "public": engine(RICH, features=JSM - {Feature.PUBLIC_AND_INTERNAL}),
    "able": engine(
        RICH,
        features=JSM | {Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME, Feature.HISTORY, Feature.TICKET_TIMES},
    ),
    "files": files_engine(),
}

TEXTS = st.sampled_from(
    ["", "a", "🙂\U0001f9d1\u200d\U0001f680", "\u202eשלום", "line\r\nline", "x" * 3000, "{{ticket.id}}", "#13 and #5000", 'q"u].o[te', "SN42", "auto_x",
     "two words", "<b>not closed", "\x00\x07", "12.50", "broken"]
)  # fmt: skip
HTML = st.builds(
    "<p>{}</p>".format, st.sampled_from(["hi", "see #13", "{{x}}", "a &lt; b", "🙂", "<strong>x</strong>"])
)
PEOPLE = st.sampled_from([f"acme:person:{number}" for number in (1, 2, 3, 4, 5, 6, 7, 99)])
TIMES = st.sampled_from(
    ["2025-06-01T10:00:00Z", "2025-06-01T10:00:00.123Z", "2024-02-29T23:59:59Z", "2019-12-31T00:00:00Z"]
)
NATIVE = st.dictionaries(
    st.sampled_from(["a", "b.c[0]", 'x"y']),
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans(),
    max_size=2,
)


def optional(**keys: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


def rows(kind: str, /, **keys: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    needed = {key.rstrip("_"): value for key, value in keys.items() if key.endswith("_")}
    others = {key: value for key, value in keys.items() if not key.endswith("_")}
    row = st.fixed_dictionaries(needed, optional={**others, "native": NATIVE})
    return st.lists(row, max_size=3).map(
        lambda made: [
            {"ref": f"acme:{kind}:{number}", "ticket": "acme:ticket:12", **each}
            for number, each in enumerate(made, 1)
        ]
    )


COMMENT_REFS = st.sampled_from([f"acme:comment:{number}" for number in (1, 2, 3, 77)])
CASES = optional(
    subject=TEXTS, url=TEXTS, status=st.sampled_from(["new", "open", "solved", "custom:Parked"]), priority=st.sampled_from(["low", "urgent"]),
    type=st.sampled_from(["problem", "task"]), channel=TEXTS, brand=TEXTS, form=TEXTS, resolution=TEXTS, security=TEXTS, project=TEXTS,
    requester=PEOPLE, submitter=PEOPLE, assignee=PEOPLE, group=st.sampled_from(["acme:group:1", "acme:group:9", "acme:group:404"]),
    organization=st.sampled_from(["acme:organization:1", "acme:organization:2", "acme:organization:404"]),
    tags=st.lists(TEXTS, max_size=5, unique=True), components=st.lists(TEXTS, max_size=2),
    fields=st.dictionaries(st.sampled_from(["serial", "refund_amount", "city", "zip", 'odd "key".x', "refund_reason", "symptoms"]),
                           TEXTS | st.integers(-5, 10**9) | st.booleans() | st.lists(TEXTS, max_size=2)),
    followers=st.lists(PEOPLE, max_size=3, unique=True), ccs=st.lists(PEOPLE, max_size=3, unique=True),
    links=st.lists(
        st.builds(lambda kind, to: {"type": kind, "to": f"acme:ticket:{to}"}, st.sampled_from(["problem", "relates", "parent", "merged"]),
                  st.sampled_from([13, 14, 5000]))
        | st.just({"type": "remote", "url": "https://x.example/1", "title": "t"}), max_size=3),
    satisfaction=optional(comment=TEXTS, reason=TEXTS).map(lambda found: {"score": "good", **found}),
    sla=st.lists(st.just({"name": "first reply", "breached": False}), max_size=2), handled_by=st.just("hybrid"), external_id=TEXTS,
    public=st.booleans(), merged_into=st.sampled_from(["acme:ticket:13", "acme:ticket:5000"]), updated=TIMES, solved=TIMES,
    due=TIMES | st.just("soon"), native=NATIVE, body=st.builds(lambda html: {"html": html, "original": "o", "format": "text"}, HTML),
    comments=rows("comment", public_=st.booleans(), author=PEOPLE, body=st.builds(lambda html: {"html": html}, HTML), created=TIMES,
                  opening=st.booleans(), kind=st.sampled_from(["comment", "voice", "system"]), channel=TEXTS, header=TEXTS,
                  updated=TIMES, redacted=st.booleans(), fields=NATIVE),
    attachments=rows("attachment", name_=TEXTS.filter(bool), comment=COMMENT_REFS, size=st.sampled_from([0, 10, 5000]), author=PEOPLE,
                     created=TIMES, url=TEXTS, state=st.sampled_from(["stored", "missing"]), sha256=st.just("ab"), inline=st.booleans()),
    events=rows("event", time_=TIMES, type_=st.sampled_from(["changed", "privacy", "redacted", "created"]), actor=PEOPLE,
                comment=COMMENT_REFS, field=st.sampled_from(["status", "attachment"]), before=TEXTS, after=TEXTS | st.booleans(), rule=TEXTS),
    worklogs=rows("worklog", started_=TIMES, seconds_=st.integers(60, 99), author=PEOPLE, body=st.builds(lambda html: {"html": html}, HTML)),
    side_conversations=rows("side_conversation", subject=TEXTS, participants=st.lists(TEXTS, max_size=2)),
).map(lambda more: case(**more))  # fmt: skip

KINDS = {
    "comments": "comment",
    "events": "event",
    "attachments": "attachment",
    "worklogs": "worklog",
    "side_conversations": "side_conversation",
}


def leaves(value: Any, path: str):
    if value in (None, "", [], {}):
        return
    if isinstance(value, dict) and not path.endswith(".body"):
        for key, item in value.items():
            yield from leaves(item, join_path(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def case_leaves(ticket: dict[str, Any]):
    yield from leaves({key: value for key, value in ticket.items() if key not in KINDS}, "ticket[12]")
    for name, kind in KINDS.items():
        for part in ticket.get(name, ()):
            yield from leaves(part, f"{kind}[{part['ref'].rsplit(':', 1)[1]}]")


def stored(kept: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in kept.items():
        found.update(leaves(value, path))
    return found


@pytest.mark.parametrize("name", sorted(ENGINES))
@settings(max_examples=examples(60))
@given(ticket=CASES)
def test_every_leaf_has_a_fate_and_what_is_kept_can_be_restored(name, ticket):
    mapped = ENGINES[name].case(ticket)
    folded = fold(ticket)
    found = {path: (value, fate_of(mapped.fates, path)) for path, value in case_leaves(folded)}
    assert not [path for path, (_, fate) in found.items() if fate is None]
    if mapped.outcome is not Outcome.CREATE:
        assert mapped.because
        return
    record = mapped.record
    assert record is not None
    validate(record)
    beside = record["provenance"]
    kept = stored(beside.get("kept", {}))
    events = unpack_events(beside.get("events", []), ticket["ref"])
    if "events" in beside:
        assert events == [
            {"ticket": ticket["ref"]} | event
            for event in folded["events"]
            if fate_of(mapped.fates, f"event[{event['ref'].split(':', 2)[2]}].ref").action == "keep"
        ]
    for path, (value, fate) in found.items():
        if fate.action == "keep" and fate.to == "provenance.kept":
            assert kept[path] == value, (path, fate)
        elif fate.action == "keep" and fate.to != "provenance.events":
            assert beside[fate.to.removeprefix("provenance.")] == value, (path, fate)
        elif fate.action == "to":
            top = fate.to.split("[")[0].split(".")[0]
            assert top in record, (path, fate)
        else:
            assert fate.action == "drop" or "events" in beside


@pytest.mark.parametrize("name", sorted(ENGINES))
@settings(max_examples=examples(60))
@given(ticket=CASES)
def test_what_is_internal_never_becomes_public(name, ticket):
    last = {part["ref"]: part["public"] for part in fold(ticket).get("comments", ())}
    for part in ticket.get("comments", ()):
        part["body"] = {"html": f"<p>{'public' if last[part['ref']] else 'INTERNAL'} {part['ref']}</p>"}
    mapped = ENGINES[name].case(ticket)
    if mapped.record is None:
        return
    public = {part["ref"] for part in fold(ticket).get("comments", ()) if part["public"]}
    assert "INTERNAL" not in str(mapped.record.get("body"))
    shown = {part["ref"] for part in mapped.record.get("comments", ()) if part["public"]}
    assert {ref for ref in shown if not ref.endswith(".body")} <= public
    if name == "public":
        assert all(part["public"] for part in mapped.record.get("comments", ()))
    source = {part["ref"]: part.get("comment") for part in ticket.get("attachments", ())}
    for part in mapped.record.get("attachments", ()):
        before = source[part["ref"]]
        if part.get("comment") is None and before is not None:
            assert before in public
        if part.get("comment") is not None and before is not None:
            assert part["comment"] == before


@settings(max_examples=examples(60))
@given(ticket=CASES)
def test_the_same_case_gives_the_same_result_whatever_the_order_of_its_parts(ticket):
    maps = ENGINES["jsm"]
    first, second = maps.case(ticket), maps.case(ticket)
    assert (first.record, first.fates, first.findings) == (second.record, second.fates, second.findings)
    turned = {key: list(reversed(value)) if key in KINDS else value for key, value in ticket.items()}
    assert canonical(maps.case(turned).record or {}) == canonical(first.record or {})


@pytest.mark.outside
def test_another_hash_seed_gives_the_same_bytes():
    root = Path(__file__).resolve().parents[3]
    script = (
        "import sys, json; sys.path[:0] = ['src', 'emulators', '.']\n"
        "from tests.unit.mapping.desks import case, comment, engine\n"
        "from ticketferry.sdk.features import Feature\n"
        "m = engine('tags: {from_fields: drop}\\n').case(case(tags=['b', 'a', 'c'], fields={'x': 1, 'serial': '2'}, ccs=['acme:person:4'],"
        " followers=['acme:person:2', 'acme:person:1'], comments=[comment('1'), comment('2', author='acme:person:3')]))\n"
        "print(json.dumps([m.record, m.needs, list(m.fates.items()), [str(f) for f in m.findings]]))\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0])[0]["subject"] == "Help"
