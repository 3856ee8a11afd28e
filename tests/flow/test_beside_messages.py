"""What hangs beside messages on whole ways: side conversations, calls, old and infected files, pictures, links to the help center."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.flow.desks import confirm, desks
from tests.flow.neutral_desks import Ferry, to_jira, to_zendesk
from tests.flow.test_redacted import strings

from ticketferry.project import Project, stages

RULES = """
comments: {side_conversations: {as: internal_comment}, voice: {as: text}}
attachments: {older_than: {years: 20, do: link}, malware: drop, inline: keep_link, because: policy}
"""
LINKS = "links: {help_center: {rewrite: {'https://old.example/hc/': 'https://new.example/'}}}, language: {field: Tongue}, "
FIELDS = "history: {date_fields: {}}\n"


def write(ferry: Ferry, rules: str = RULES) -> None:
    path = ferry.root / "mapping.yaml"
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(("comments:", "attachments:")):
            continue
        lines.append(line)
    path.write_text("\n".join(lines) + "\n" + rules, encoding="utf-8")
    ann = ferry.person(1, "Ann Smith", "ann@one.example")
    bob = ferry.person(2, "Bob Agent", "bob@two.example")
    ferry.ticket(1, ann, "My router burns since Monday morning")
    part = {"ticket": "acme:ticket:1", "author": ann, "created": "2024-01-01T01:00:00Z"}
    shown = '<p>this one <img data-ref="acme:attachment:3" alt="the fire"></p>'
    ferry.desk.put("comment", 101, {**part, "public": True, "body": {"html": shown}}, ("ticket", 1))
    call = {**part, "public": True, "kind": "voice", "body": {"html": "<p>Ann called about the smoke</p>"}}
    ferry.desk.put("comment", 102, call, ("ticket", 1))
    talk = {
        "ticket": "acme:ticket:1", "subject": "Spare router", "state": "open", "participants": ["vendor@parts.example"],
        "created": "2024-01-01T00:30:00Z",
        "messages": [
            {"ref": "acme:comment:t1", "public": False, "author": bob, "created": "2024-01-01T00:30:00Z",
             "body": {"html": "<p>Could you sell us seven spare routers</p>"}},
            {"ref": "acme:comment:t2", "public": False, "created": "2024-01-01T03:00:00Z",
             "body": {"html": "<p>Certainly, the price is secretly doubled</p>"}},
        ],
    }  # fmt: skip
    ferry.desk.put("side_conversation", "s1", talk, ("ticket", 1))
    for number, name, more in (
        (1, "young.txt", {}),
        (2, "old.txt", {"created": "2001-01-01T00:00:00Z"}),
        (3, "fire.png", {"media_type": "image/png", "inline": True, "comment": "acme:comment:101"}),
        (4, "recording", {"comment": "acme:comment:102"}),
        (5, "virus.exe", {"state": "malware"}),
    ):
        data = f"bytes of {name}".encode()
        file = {
            "ticket": "acme:ticket:1", "name": name, "size": len(data), "url": f"https://old.example/{name}", "created": "2024-01-01T00:00:00Z",
        }  # fmt: skip
        held = {} if more.get("state") else {"sha256": ferry.desk.file(data), "state": "stored"}
        ferry.desk.put("attachment", number, {**file, **held, **more}, ("ticket", 1))


def brought(ferry: Ferry, project: Project) -> Any:
    plan = ferry.plan(project)
    assert [item.code for item in plan.blockers()] == []
    stages.apply(project, plan)
    return plan


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
def test_each_goes_where_the_mapping_says_and_the_witness_agrees(tmp_path: Path, way: Any) -> None:
    with way(tmp_path) as ferry:
        write(ferry)
        with ferry.project() as project:
            plan = brought(ferry, project)
            assert {"A009", "A010", "A012"} <= {item.code for item in plan.findings()}
            infected = next(item for item in plan.findings() if item.code == "A009")
            assert "malware" in infected.message
            assert "virus" not in "\n".join(strings(ferry.target.state, {}))
            found = stages.verify(project, witness=True, sample=None)
            assert found.same, found.lines
            assert found.witnessed is not None
            assert found.witnessed.errors == []
            assert sorted((one.where, one.rule) for one in found.witnessed.explained if one.what == "file") == [
                ("file 2", "attachments.older_than"), ("file 3", "attachments.inline"), ("file 4", "comments.voice"),
            ]  # fmt: skip
            assert stages.make_plan(project).endpoint_counts() == {}


def test_the_witness_is_loud_where_a_word_to_a_third_party_is_missing_or_public(tmp_path: Path) -> None:
    with to_jira(tmp_path) as ferry:
        write(ferry)
        with ferry.project() as project:
            brought(ferry, project)
            (issue,) = ferry.target.state.issues.values()
            told = next(one for one in issue.comments if "secretly doubled" in str(one.body))
            issue.comments.remove(told)
            found = stages.verify(project, witness=True, sample=None)
            assert found.witnessed is not None
            assert [one.what for one in found.witnessed.errors] == ["text"]
            assert not found.same


def test_without_the_words_the_talk_stays_beside(tmp_path: Path) -> None:
    with to_jira(tmp_path) as ferry:
        write(ferry, "")
        with ferry.project() as project:
            brought(ferry, project)
            (issue,) = ferry.target.state.issues.values()
            assert "secretly doubled" not in str([one.body for one in issue.comments])
            found = stages.verify(project, witness=True, sample=None)
            assert found.witnessed is not None
            assert found.witnessed.errors == []


WHOLE = """
comments: {side_conversations: {as: internal_comment}, voice: {as: text}, author_without_account: placeholder}
attachments: {max: 250MB, over: link, older_than: {years: 1, do: link}, malware: link, inline: rehost, way: rest}
text:
  links: {tickets: both, numbers: both, help_center: text}
  subject: {max: 255}
  header: {when: rest, template: "{{ author }} · {{ at | local('Europe/Berlin') }}", locale: de_DE}
  quoted_replies: drop
  signatures: drop
  tracking_pixels: drop
  because: read once is enough
"""


@pytest.mark.slow
def test_a_whole_zendesk_arrives_by_these_words_and_the_witness_agrees(tmp_path: Path) -> None:
    with desks(140) as pair:
        root = pair.project(tmp_path / "mig")
        tree = yaml.load((root / "mapping.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        for section in ("comments", "attachments", "text"):
            tree.pop(section, None)
        text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True) + WHOLE
        (root / "mapping.yaml").write_text(text, encoding="utf-8")
        with Project.load(root, clock=pair.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            confirm(project, plan)
            stages.apply(project, plan)
            found = stages.verify(project, witness=True, sample=None)
            assert found.same, found.lines
            assert found.witnessed is not None
            assert found.witnessed.errors == []
            shown = str(
                [comment.body for issue in pair.jira.state.issues.values() for comment in issue.comments]
            )
            assert "Side conversation" in shown
            assert stages.make_plan(project).endpoint_counts() == {}
        pair.healthy()
