"""A fallback to a service site: what agents did in the new account goes back, and no note that the migration made there."""

from dataclasses import replace
from pathlib import Path
from unittest import mock

import httpx
import pytest
from tests.flow.desks import confirm
from tests.flow.service_pair import ServicePair, service_pair
from tests.unit.cli.terminal import Terminal

from ticketferry.project import Project, stages
from ticketferry.project.cut_over import begin_owning, cut_over_of, keep_cut_over
from ticketferry.project.health import NEW_DESK, read_new_desk


def said(pair: ServicePair) -> dict[str, list[tuple[bool, str]]]:
    """Return of each issue its comments: internal, document."""
    return {
        issue.id: [
            (bool((comment.properties.get("sd.public.comment") or {}).get("internal")), str(comment.body))
            for comment in issue.comments
        ]
        for issue in pair.jira.state.issues.values()
    }


def answer(pair: ServicePair, ticket: str, **changes: object) -> None:
    """Let an agent of the account change a ticket."""
    desk, own = pair.zendesk, pair.zendesk.credentials
    asked = {
        "grant_type": "client_credentials", "client_id": own["ZENDESK_CLIENT_ID"], "client_secret": own["ZENDESK_CLIENT_SECRET"],
        "scope": "read write",
    }  # fmt: skip
    token = httpx.post(f"{desk.base_url}/oauth/tokens", json=asked).json()["access_token"]
    done = httpx.put(
        f"{desk.base_url}/api/v2/tickets/{ticket}.json",
        json={"ticket": changes},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert done.is_success, done.text


@pytest.mark.long(part=2)
def test_agents_answers_go_back_and_notes_of_the_migration_do_not(tmp_path: Path) -> None:
    with (
        service_pair() as pair,
        mock.patch("ticketferry.project.folder.SystemClock", return_value=pair.clock),
    ):
        root = pair.project(tmp_path / "mig")
        with Project.load(root) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            confirm(project, plan)
            assert stages.apply(project, plan).failed == 0
            begin_owning(project, "open", project.now().isoformat())
            read_new_desk(project, moved=True)
            kept, old, new = (
                cut_over_of(project, "open"), project.snapshots("source").latest(), project.snapshots(NEW_DESK).latest(),
            )  # fmt: skip
            assert kept is not None
            assert old is not None
            assert new is not None
            keep_cut_over(project, replace(kept, new_desk_snapshot=new.number, source_snapshot=old.number))
            mine = {
                slot.value: slot.ref.rpartition(":")[2]
                for slot in project.idmap.all("ticket")
                if slot.slot == "id" and project.idmap.phase(slot.ref) == "open"
            }
        public, internal = sorted(mine, key=int)[:2]
        answer(pair, public, comment={"body": "from the new desk", "public": True})
        answer(pair, internal, comment={"body": "among us", "public": False})
        pair.clock.advance(300)
        before = said(pair)

        Terminal(root)("fallback", "open")
        back = root / "fallback" / "open"
        with Project.load(back) as project:
            plan = project.plan("p-01")
            assert dict(plan.endpoint_counts())["comment.create"] == 2, (
                "each ticket bears a note of the migration, too"
            )
            confirm(project, plan)
        Terminal(back)("apply", "p-01", "--yes")

        now = said(pair)
        came = {id_: comments[len(before[id_]) :] for id_, comments in now.items() if comments != before[id_]}
        assert came.keys() == {mine[public], mine[internal]}
        ((hidden, text),) = came[mine[public]]
        assert not hidden
        assert "from the new desk" in text
        ((hidden, text),) = came[mine[internal]]
        assert hidden
        assert "among us" in text
        assert len(now) == len(before)
