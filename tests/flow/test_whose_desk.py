"""A folder knows its desks: an address that leads to another one is refused before anything is read or written."""

import shutil

import pytest
import respx
from tests.flow.desks import Desks, confirm, desks
from tests.flow.migrations import write_desk
from tests.flow.migrations import write_project as write_files
from tests.flow.zendesk_pair import pair as zendesk_pair

from ticketferry.errors import AuthError, Exit, FatalError, WorkspaceError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.desks import check_desks
from ticketferry.project.explain import explain
from ticketferry.project.identity import moved_desk, refuse_other_desk
from ticketferry.project.people import review_people
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk


@pytest.fixture(scope="module")
def pair():
    with desks(14) as found:
        yield found


@pytest.fixture(scope="module")
def applied(pair, tmp_path_factory):
    """A folder that has moved two tickets to its site."""
    root = pair.project(tmp_path_factory.mktemp("whose") / "mig")
    with Project.load(root, clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope(limit=2))
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
    return root


@pytest.fixture
def folder(applied, tmp_path):
    return shutil.copytree(applied, tmp_path / "mig")


def readdress(root, old: str, new: str) -> None:
    file = root / "migration.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_used_folder_refuses_another_site_and_names_both(pair: Desks, folder):
    with JsmEmulator(clock=pair.clock).serve() as production:
        readdress(folder, pair.jira.base_url, production.base_url)
        with Project.load(folder, clock=pair.clock) as project:
            for command in (
                lambda: stages.make_plan(project),
                lambda: stages.apply(project, project.plan("p-01")),
                lambda: stages.verify(project),
                lambda: stages.plan_rollback(project, "p-01"),
                lambda: stages.preflight(project),
                lambda: stages.extract(project, ("target",)),
            ):
                with pytest.raises(WorkspaceError, match="another desk") as caught:
                    command()
                assert production.doorkeeper.cloud_id in caught.value.message
                assert pair.jira.doorkeeper.cloud_id in caught.value.message
                assert "ticketferry init NAME" in caught.value.remedy
                assert "--moved" not in caught.value.remedy, "ids that differ are never one desk"
            assert check_desks(project, ("target",))[0].blockers == 1
            with pytest.raises(WorkspaceError):
                moved_desk(project, "target", "Ann")
        assert not production.ledger.writes()
        asked = {entry.path for entry in production.ledger}
        assert asked == {"/_edge/tenant_info"}, "nothing else is even read"


def test_a_used_folder_refuses_another_source(pair: Desks, folder):
    with ZendeskEmulator(clock=pair.clock, tickets=14, seed=2).serve() as other:
        readdress(folder, pair.zendesk.base_url, other.base_url)
        with (
            Project.load(folder, clock=pair.clock) as project,
            pytest.raises(WorkspaceError, match="the source is another desk"),
        ):
            stages.extract(project)


def test_a_site_that_was_given_another_name_is_the_same(pair: Desks, folder):
    cloud = pair.jira.doorkeeper.cloud_id
    with JsmEmulator(clock=pair.clock, cloud_id=cloud).serve() as renamed:
        readdress(folder, pair.jira.base_url, renamed.base_url)
        with Project.load(folder, clock=pair.clock) as project:
            stages.preflight(project)
            assert project.workspace.identity("target").place == renamed.base_url.removeprefix("http://")


def test_a_lost_workspace_leaves_the_snapshot_s_word_for_whose_desk_it_is(pair: Desks, folder):
    for path in folder.glob("workspace.db*"):
        path.unlink()
    shutil.rmtree(folder / "plans")
    with JsmEmulator(clock=pair.clock).serve() as other:
        readdress(folder, pair.jira.base_url, other.base_url)
        with (
            Project.load(folder, clock=pair.clock) as project,
            pytest.raises(WorkspaceError, match="another desk"),
        ):
            stages.extract(project, ("target",))


def test_a_confirmation_holds_for_the_desk_that_it_was_given_for(pair: Desks, folder):
    with Project.load(folder, clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope(limit=4))
        known = project.workspace.identity("target")
        project.workspace.keep_identity("target", type(known)("another", known.place))
        code = "JSM-GUARD-CUSTOMERS"
        assert project.workspace.confirmed(code) is None
        pair.clock.advance(1)
        project.workspace.keep_identity("target", known)
        assert project.workspace.confirmed(code) is not None
        assert plan.header["target"]["id"] == known.id


def test_a_plan_belongs_to_the_desks_that_it_was_made_for(pair: Desks, folder):
    with Project.load(folder, clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope(limit=4))
        refuse_other_desk(project, plan)
        plan.header["target"] = {**plan.header["target"], "id": "somebody-else"}
        with pytest.raises(WorkspaceError, match="was made for another target"):
            refuse_other_desk(project, plan)


def test_a_zendesk_account_is_told_by_its_id(tmp_path):
    with zendesk_pair(6) as found:
        root = found.project(tmp_path / "mig")
        with Project.load(root, clock=found.clock) as project:
            stages.extract(project)
        other = ZendeskEmulator(clock=found.clock, plan=None, bulk_users=True, data=empty_desk())
        with other.serve():
            readdress(root, found.target.base_url, other.base_url)
            with (
                Project.load(root, clock=found.clock) as project,
                pytest.raises(WorkspaceError, match=str(other.state.account_id)),
            ):
                stages.make_plan(project)


def test_a_folder_of_files_that_was_moved_is_taken_by_somebody_s_word(tmp_path):
    write_desk(tmp_path / "old")
    root = write_files(tmp_path / "mig", tmp_path / "old", tmp_path / "new")
    with Project.load(root) as project:
        stages.extract(project)
        folder = project.config.source.options().folder
    moved = folder.with_name("moved")
    folder.rename(moved)
    readdress(root, str(folder), str(moved))
    with Project.load(root) as project:
        with pytest.raises(WorkspaceError, match="another desk") as caught:
            stages.extract(project)
        assert "ticketferry check --moved source --by NAME" in caught.value.remedy
        moved_desk(project, "source", "Ann")
        stages.extract(project)


def test_a_snapshot_of_one_source_is_never_planned_under_another_s_address(pair: Desks, folder):
    with ZendeskEmulator(clock=pair.clock, tickets=14, seed=2).serve() as other:
        readdress(folder, pair.zendesk.base_url, other.base_url)
        with Project.load(folder, clock=pair.clock) as project:
            for command in (
                lambda: stages.make_plan(project),
                lambda: stages.apply(project, project.plan("p-01")),
                lambda: stages.verify(project),
                lambda: stages.plan_rollback(project, "p-01"),
            ):
                with pytest.raises(WorkspaceError, match="the source is another desk") as caught:
                    command()
                assert str(other.state.account_id) in caught.value.message
                assert str(pair.zendesk.state.account_id) in caught.value.message
            for command in (
                lambda: stages.make_plan(project, offline=True),
                lambda: explain(project, "1"),
                lambda: review_people(project),
            ):
                with pytest.raises(WorkspaceError, match=r"migration\.yaml names") as caught:
                    command()
                assert other.base_url in caught.value.message
                assert pair.zendesk.base_url in caught.value.message
                assert "ticketferry check source" in caught.value.remedy
            assert [row["id"] for row in project.plan_rows()] == ["p-01"]
        readdress(folder, other.base_url, pair.zendesk.base_url)
        with Project.load(folder, clock=pair.clock) as project:
            stages.make_plan(project, offline=True)


def test_a_source_under_another_address_goes_on_once_it_has_said_who_it_is(pair: Desks, folder):
    renamed = pair.zendesk.base_url.replace("127.0.0.1", "localhost")
    readdress(folder, pair.zendesk.base_url, renamed)
    with Project.load(folder, clock=pair.clock) as project:
        with pytest.raises(WorkspaceError, match=r"migration\.yaml names"):
            stages.make_plan(project, offline=True)
        plan = stages.make_plan(project)
        assert plan.header["source"]["where"] == renamed
        stages.make_plan(project, offline=True)


@pytest.mark.parametrize("status", [402, 403, 418])
@pytest.mark.parametrize("role", ["source", "target"])
def test_a_desk_that_refuses_the_first_request_says_what_is_missing(pair: Desks, tmp_path, status, role):
    root = pair.project(tmp_path / "mig")
    address = (pair.zendesk if role == "source" else pair.jira).base_url
    with respx.mock() as routes, Project.load(root, clock=pair.clock) as project:
        routes.get(url__startswith=address).respond(status, json={"error": "x"})
        with pytest.raises((AuthError, FatalError)) as caught:
            stages.extract(project, (role,))
    assert caught.value.exit_code == Exit.ERROR
    assert f"({status})" in caught.value.message
    assert caught.value.where.startswith("GET /")
    assert caught.value.remedy
