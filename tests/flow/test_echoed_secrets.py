"""A desk, or a gateway before it, that echoes what it was asked with: no secret reaches a file, a screen or an error."""

import base64
import json
from contextlib import chdir
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from tests.flow.desks import confirm, desks

from ticketferry.cli import cli
from ticketferry.project import Project, stages
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.kit.messages import Answer


@pytest.fixture
def pair():
    with desks(6) as found:
        yield found


def canaries(email, token):
    pair = f"{email}:{token}"
    coded = base64.b64encode(pair.encode()).decode()
    return {
        "as sent": coded,
        "in a URL": quote(coded, safe=""),
        "the token": token,
        "the token in base64": base64.b64encode(token.encode()).decode(),
        "the token in a URL": quote(token, safe=""),
    }


def test_no_secret_that_a_desk_echoes_is_stored_or_shown(pair, tmp_path, monkeypatch):
    known = canaries(pair.credentials["JIRA_EMAIL"], pair.credentials["JIRA_TOKEN"])
    echo = " | ".join(known.values())
    root = pair.project(tmp_path / "mig")
    jira = pair.jira
    monkeypatch.setattr(
        jira, "fault_answer",
        lambda call, fault: Answer(fault.status, {"errorMessages": [f"refused for {call.headers.get('authorization')}: {echo}"]}, {"X-Echo": echo}),
    )  # fmt: skip
    with Project.load(root, clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        jira.faults.add(Fault("status_before", match="POST */comment", status=400, times=3))
        jira.faults.add(Fault("status_before", match="POST */transitions", status=500, times=2))
        jira.faults.add(Fault("status_before", match="PUT */properties/*", status=404, times=2))
        figures = stages.apply(project, plan, fail=False)
        assert figures.failed
    told = []
    with chdir(root):
        for command in (("errors", "p-01"), ("errors", "p-01", "--json"), ("status", "--json")):
            result = CliRunner().invoke(cli, list(command))
            told.append(result.output)
    assert "[secret]" in told[0]
    assert json.loads(told[1])
    for name, secret in known.items():
        assert all(secret not in text for text in told), name
        for path in root.rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), f"{name} in {path.relative_to(root)}"
