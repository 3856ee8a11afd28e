"""A file that hangs on no message and only agents see stays theirs in Jira, whatever becomes of it later."""

import httpx
import pytest
from tests.flow.neutral_desks import Ferry, to_jira

from ticketferry.errors import ConfigError
from ticketferry.project import stages
from ticketferry_emulators.jsm.responses.portal_files import public_files


def _file(ferry: Ferry, number: int, name: str, **more: object) -> None:
    data = f"bytes of {name}".encode()
    record = {
        "ticket": "acme:ticket:1", "name": name, "size": len(data), "sha256": ferry.desk.file(data), "state": "stored", **more,
    }  # fmt: skip
    ferry.desk.put("attachment", number, record, ("ticket", 1))


def _seen(ferry: Ferry) -> list[str]:
    (issue,) = ferry.target.state.issues.values()
    return sorted(file.name for file in public_files(ferry.target.state, issue))


def _brought(ferry: Ferry) -> None:
    with ferry.project() as project:
        plan = ferry.plan(project)
        assert [item.code for item in plan.blockers()] == []
        stages.apply(project, plan)
        found = stages.verify(project, witness=True, sample=None)
        assert found.same, found.lines
        assert found.witnessed is not None
        assert found.witnessed.errors == []


def test_a_file_for_agents_is_not_shown_below_the_description(tmp_path):
    with to_jira(tmp_path) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "Ann's words")
        _file(ferry, 1, "ours.txt", public=False)
        _file(ferry, 2, "theirs.txt")
        _brought(ferry)
        (issue,) = ferry.target.state.issues.values()
        assert len(issue.attachments) == 2
        assert _seen(ferry) == ["theirs.txt"]


def test_a_file_that_becomes_the_agents_later_stops_the_plan_until_somebody_took_it_away(tmp_path):
    """Jira deletes a file that no text shows any more: taken out of the description by us it would be lost."""
    with to_jira(tmp_path) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "Ann's words")
        _file(ferry, 1, "ours.txt")
        _brought(ferry)
        _file(ferry, 1, "ours.txt", public=False)
        ferry.clock.advance(3_600)
        with ferry.project() as project:
            plan = ferry.plan(project)
            (told,) = plan.blockers()
            assert "'ours.txt'" in told.message
            with pytest.raises(ConfigError, match="JSM-FIXED"):
                stages.apply(project, plan)
        (issue,) = ferry.target.state.issues.values()
        with httpx.Client(
            base_url=ferry.target.base_url, auth=tuple(ferry.target.credentials.values())
        ) as person:
            assert person.delete(f"/rest/api/3/attachment/{issue.attachments[0]}").status_code == 204
        ferry.clock.advance(3_600)
        with ferry.project() as project:
            assert ferry.plan(project).blockers() == []


def test_a_file_that_was_taken_back_in_the_source_stops_the_plan_until_it_is_gone(tmp_path):
    with to_jira(tmp_path) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "Ann's words")
        _file(ferry, 1, "taken.txt")
        _brought(ferry)
        _file(ferry, 1, "taken.txt", state="redacted")
        ferry.clock.advance(3_600)
        with ferry.project() as project:
            plan = ferry.plan(project)
            (told,) = plan.blockers()
            assert "'taken.txt'" in told.message
            with pytest.raises(ConfigError, match="JSM-FIXED"):
                stages.apply(project, plan)
