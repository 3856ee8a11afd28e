"""Every word of the worked mapping that no single ticket shows: each is written into the file, and taken out again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.flow.migrations import SourceDesk, write_project

from ticketferry.mapping.loader import load
from ticketferry.people.decisions import COLUMNS
from ticketferry.project import Project, stages
from ticketferry.schema.refs import Kind, Ref

HEAD = 'version: 1\nsource: neutral\ntarget: neutral\nstatus: {"*": Open}\n'
PLAIN = {"role": "end_user", "state": "active"}


def phone(id_: str, value: str, **more: Any) -> dict[str, Any]:
    return {"ref": f"acme:identity:{id_}", "type": "phone", "value": value, **more}


SOURCE: dict[int, dict[str, Any]] = {
    1: {"name": "Ann", "email": "ann@old.example", "role": "agent"},
    2: {"name": "Ben", "email": "ben@x.example", "external_id": "E2"},
    3: {"name": "Cy", "email": "cy@x.example", "external_id": "E3"},
    4: {"name": "Dee", "email": "dee@x.example", "role": "agent"},
    5: {"name": "Eve", "email": "eve@x.example"},
    6: {"name": "Eve too", "email": "eve@elsewhere.example"},
    7: {"name": "Fay", "email": "fay@x.example", "updated": "2024-01-01T00:00:00Z", "fields": {"plan": "free"},
        "identities": [phone("71", "+1"), phone("72", "+2", verified=True)]},
    8: {"name": "FAY", "email": "fay@x.example", "updated": "2025-01-01T00:00:00Z", "fields": {"plan": "gold"},
        "identities": [{"ref": "acme:identity:81", "type": "email", "value": "fay@home.example"}]},
    9: {"name": "fay", "email": "fay@x.example", "updated": "2023-01-01T00:00:00Z", "fields": {"plan": "gold"}},
    11: {"name": "Shop", "email": "info@shop.example"},
    12: {"name": "Shop", "email": "info@shop.example"},
    13: {"name": "Kim", "email": "kim@freemail.example"},
    14: {"name": "Kim", "email": "kim@freemail.example"},
    15: {"name": "Box", "email": "box@x.example", "tags": ["shared-mailbox"]},
    16: {"name": "Box", "email": "box@x.example", "tags": ["shared-mailbox"]},
}  # fmt: skip
TARGET: dict[int, dict[str, Any]] = {
    1: {"name": "Ann", "email": "ann@new.example", "role": "agent"},
    2: {"name": "Ben", "email": "ben@y.example", "external_id": "E2"},
    3: {"name": "Cy", "email": "cy@x.example"},
    4: {"name": "Dee", "email": "boss@x.example", "role": "agent"},
}
FIRMS = {
    1: {"name": "Globex", "domains": ["globex.example"]}, 2: {"name": "Initech"}, 3: {"name": "Umbrella"},
    4: {"name": "Umbrella Corporation"},
}  # fmt: skip
FIRMS_THERE = {1: {"name": "Globex Ltd", "domains": ["globex.example"]}, 2: {"name": "Initech"}}
JOINED = [("acme:person:6", "acme:person:5"), ("acme:organization:4", "acme:organization:3")]

WORDS = {
    "people.match: external_id": ("people: {match: [external_id, email]}", "people: {match: [email]}"),
    "people.match: email": ("people: {match: [external_id, email]}", "people: {match: [external_id]}"),
    "people.rewrite_email, vars": (
        'vars: {old: old.example}\npeople: {rewrite_email: {"@${old}": "@new.example"}}',
        'vars: {old: other.example}\npeople: {rewrite_email: {"@${old}": "@new.example"}}',
    ),
    "people.agents": ("people: {agents: agents.csv}", ""),
    "people.duplicates": ("people: {duplicates: decisions/twins.csv}", ""),
    "people.survivor.name": ("people: {survivor: {name: most_recent}}", ""),
    "people.survivor.phone": ("people: {survivor: {phone: verified}}", ""),
    "people.survivor.fields": ("people: {survivor: {fields: most_used}}", ""),
    "people.survivor.emails": ("people: {survivor: {emails: survivor}}", "people: {survivor: {emails: all}}"),
    "people.never_merge.roles": ("people: {never_merge: {roles: [info@]}}", ""),
    "people.never_merge.domains": ("people: {never_merge: {domains: [freemail.example]}}", ""),
    "people.never_merge.tags": ("people: {never_merge: {tags: [shared-mailbox]}}", ""),
    "organizations.match: domain": (
        "organizations: {match: [domain, name]}", "organizations: {match: [name]}",
    ),
    "organizations.match: name": (
        "organizations: {match: [domain, name]}", "organizations: {match: [domain]}",
    ),
    "organizations.survivor.name": (
        "people: {duplicates: decisions/twins.csv}\norganizations: {survivor: {name: longest}}",
        "people: {duplicates: decisions/twins.csv}",
    ),
}  # fmt: skip
"""Word -> the file with it, and without it or with less of it."""


def put(
    desk: SourceDesk, key: str, people: dict[int, dict[str, Any]], firms: dict[int, dict[str, Any]]
) -> None:
    for kind, rows in (("person", people), ("organization", firms)):
        for id_, row in rows.items():
            more = PLAIN if kind == "person" else {}
            desk.put(kind, id_, {**more, **row, "ref": f"{key}:{kind}:{id_}"})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    base = tmp_path_factory.mktemp("words")
    put(SourceDesk(base / "source"), "acme", SOURCE, FIRMS)
    put(SourceDesk(base / "target"), "dest", TARGET, FIRMS_THERE)
    root = write_project(base / "p", base / "source", base / "target", mapping=HEAD)
    (root / "agents.csv").write_text("source,target\ndee@x.example,boss@x.example\n")
    (root / "decisions").mkdir()
    rows = [",".join(COLUMNS)]
    for ref, other in JOINED:
        row = dict.fromkeys(COLUMNS, "") | {
            "ref": ref,
            "suggestion": other,
            "decision": "accept",
            "by": "m.ito",
        }
        rows.append(",".join(row.values()))
    (root / "decisions" / "twins.csv").write_text("\n".join(rows) + "\n")
    with Project.load(root) as opened:
        stages.extract(opened)
        yield opened


def told(project: Project, mapping: str) -> str:
    """Return who is one with whom, whose account stands for whom, and what each becomes."""
    project.config.mapping.write_text(HEAD + mapping)
    with Project.load(project.root) as opened:
        planning = opened.planning()
        found = []
        for kind, rows in ((Kind.PERSON, SOURCE), (Kind.ORGANIZATION, FIRMS)):
            for id_ in rows:
                ref = str(Ref("acme", kind, str(id_)))
                directory = planning.directory
                assert directory is not None
                source = planning.source_record(Ref("acme", kind, str(id_)))
                assert source is not None
                map_one = planning.engine.person if kind is Kind.PERSON else planning.engine.organization
                record = map_one(source).record
                found.append(
                    [ref, directory.survivor(ref), directory.account(ref), directory.match_state(ref), record]
                )
        planning.close()
    return json.dumps(found, default=str, sort_keys=True)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_about_people_left_out_of_the_file_changes_who_is_who(word: str, project: Project) -> None:
    with_it, without = WORDS[word]
    assert told(project, with_it + "\n") != told(project, without + "\n"), word


CONFLICTS = {
    "conflicts.default": ("conflicts: {default: source}", "conflicts: {default: target}"),
    "conflicts.fields": (
        "conflicts: {default: source, fields: {status: target}}",
        "conflicts: {default: source}",
    ),
}


@pytest.mark.parametrize("word", CONFLICTS)
def test_who_wins_where_both_desks_changed_a_field_stands_in_the_file(word: str, project: Project) -> None:
    winners = []
    for text in CONFLICTS[word]:
        project.config.mapping.write_text(HEAD + text + "\n")
        assert load(project.config.mapping).rules.conflicts is not None
        with Project.load(project.root) as opened:
            planning = opened.planning()
            winners.append((planning.conflicts, dict(planning.winners)))
            planning.close()
    assert winners[0] != winners[1]
