"""Redactions on whole ways: what is taken out is nowhere in the new desk, the witness finds it so by its own means, and loud where it is not."""

from collections.abc import Iterable
from typing import Any

import pytest
from tests.flow.neutral_desks import Ferry, to_jira, to_zendesk

from ticketferry.plan.file.findings import lost_leaves
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Disposition

CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"
SECRETS = (CARD, IBAN, "hunter22!", "ann.private@home.example", "+49 30 1234567", "KdNr-77889")
SAID = f"My card is {CARD}, account {IBAN}. Password: hunter22! Write to ann.private@home.example or call +49 30 1234567 about KdNr-77889, KÃ¶ln."
CLEAN = """
clean:
  - id: pii
    when: always
    redact: {patterns: [card, iban, secret, email, phone, 'KdNr-\\d+']}
    because: GDPR art. 5
  - {id: hold, when: {tag: legal-hold}, do: keep, overrides: [pii], because: litigation, unused: ok}
"""


def rules(ferry: Ferry, more: str = CLEAN) -> None:
    path = ferry.root / "mapping.yaml"
    text = path.read_text(encoding="utf-8")
    here = "\ntext: {"
    text = text.replace(here, f"{here}repair: true, ") if here in text else f"{text}text: {{repair: true}}\n"
    path.write_text(text + more, encoding="utf-8")


def write(ferry: Ferry) -> None:
    ann = ferry.person(1, "Ann", "ann@one.example")
    ferry.ticket(
        1,
        ann,
        SAID,
        tags=["vip"],
        fields={"serial": f"SN {CARD}", "note": SAID},
        satisfaction={"score": "good", "comment": SAID},
    )
    ferry.ticket(2, ann, "Nothing is wrong with this")
    said = {"ticket": "acme:ticket:1", "author": ann, "created": "2024-01-01T01:00:00Z"}
    html = f"<p>again: <b>4111</b> 1111 1111 1111</p><ul><li>{SAID}</li></ul><pre>{SAID}</pre><p><a href='mailto:ann.private@home.example'>mail</a></p>"
    ferry.desk.put("comment", 101, {**said, "public": False, "body": {"html": html}}, ("ticket", 1))
    event = {
        "ticket": "acme:ticket:1",
        "time": "2024-01-01T02:00:00Z",
        "type": "changed",
        "field": "subject",
        "before": "x",
        "after": SAID,
    }
    ferry.desk.put("event", 1, event, ("ticket", 1))
    data = b"bytes of a file"
    file = {
        "ticket": "acme:ticket:1",
        "name": f"KdNr-77889 {CARD}.txt",
        "size": len(data),
        "sha256": ferry.desk.file(data),
        "state": "stored",
    }
    ferry.desk.put("attachment", 1, file, ("ticket", 1))


def strings(item: Any, seen: dict[int, Any]) -> Iterable[str]:
    """Yield every text of the stand-in's state, whatever it is kept in."""
    if isinstance(item, str):
        yield item
    elif isinstance(item, bytes):
        yield item.decode("utf-8", "replace")
    elif id(item) not in seen:
        seen[id(item)] = item
        if isinstance(item, dict):
            for key, value in item.items():
                yield from strings(key, seen)
                yield from strings(value, seen)
        elif isinstance(item, list | tuple | set | frozenset):
            for value in item:
                yield from strings(value, seen)
        else:
            slots = {name for kind in type(item).__mro__ for name in getattr(kind, "__slots__", ())}
            for name in slots:
                yield from strings(getattr(item, name, None), seen)
            yield from strings(getattr(item, "__dict__", None), seen)


def brought(ferry: Ferry, project: Project) -> Any:
    plan = ferry.plan(project)
    assert [item.code for item in plan.blockers()] == []
    stages.apply(project, plan)
    return plan


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
def test_what_is_redacted_is_nowhere_in_the_new_desk_and_the_witness_agrees(tmp_path, way):
    with way(tmp_path) as ferry:
        rules(ferry)
        write(ferry)
        with ferry.project() as project:
            plan = brought(ferry, project)
            found = stages.verify(project, witness=True, sample=None)
            assert found.same, found.lines
            assert found.witnessed is not None
            assert found.witnessed.errors == []
            assert found.witnessed.tickets == 2
            everything = "\n".join(strings(ferry.target.state, {}))
            assert "Nothing is wrong with this" in everything
            assert "[removed]" in everything
            assert "Köln" in everything
            for secret in (*SECRETS, "4111"):
                assert secret not in everything, secret
            told = {
                row[0] for row in lost_leaves(plan, Disposition.TRANSFORMED) if row[3].startswith("clean.pii")
            }
            assert {"ticket", "comment", "attachment", "event"} <= told
            # Nor in a plan: titles and operations are as the target gets them.
            raw = project.plan_path(plan.id).read_bytes()
            for secret in SECRETS:
                assert secret.encode() not in raw, secret
            assert stages.make_plan(project).endpoint_counts() == {}


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
def test_a_legal_hold_keeps_everything(tmp_path, way):
    with way(tmp_path) as ferry:
        rules(ferry, CLEAN.replace("tag: legal-hold", "tag: vip"))
        write(ferry)
        with ferry.project() as project:
            brought(ferry, project)
            found = stages.verify(project, witness=True, sample=None)
            assert found.witnessed is not None
            assert found.witnessed.errors == []
            everything = "\n".join(strings(ferry.target.state, {}))
            for secret in SECRETS:
                assert secret in everything, secret


def test_the_witness_is_loud_where_something_redacted_stands_in_the_new_desk(tmp_path):
    with to_jira(tmp_path) as ferry:
        rules(ferry, CLEAN.replace("'KdNr-\\d+'", "'KdNr-\\d+', 'vip'"))
        write(ferry)
        with ferry.project() as project:
            brought(ferry, project)
            issue = next(one for one in ferry.target.state.issues.values() if "removed" in str(one.values))
            issue.values["summary"] = f"about KdNr-77889 and {CARD}"
            stages.extract(project)
            found = stages.verify(project, witness=True, sample=None)
            assert found.witnessed is not None
            told = [one for one in found.witnessed.errors if one.what == "dropped"]
            assert told
            assert all("4111" not in one.message and "77889" not in one.message for one in told)


def test_a_rule_that_changes_plans_the_ticket_anew_and_no_other(tmp_path):
    with to_jira(tmp_path) as ferry:
        rules(ferry)
        write(ferry)
        with ferry.project() as project:
            brought(ferry, project)
        path = ferry.root / "mapping.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("'KdNr-\\d+'", "'KdNr-\\d+', 'about'"), encoding="utf-8"
        )
        with ferry.project() as project:
            stages.extract(project)
            outcomes = stages.make_plan(project).outcomes()["ticket"]
            assert outcomes["unchanged"] == 1
            assert sum(outcomes.values()) == 2
