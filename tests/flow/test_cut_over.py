"""The last hour of a phase and the weeks after it: what arrives late is added, what people of the new desk did stays, and every step is kept."""

import json
import re
import runpy
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from unittest import mock

import click
import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.flow.jsm_life import Life, doc
from tests.unit.cli.terminal import Terminal

from ticketferry.cli import cli
from ticketferry.cli.layout import width
from ticketferry.errors import WaitingError
from ticketferry.mapping.shipped import shipped
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.cut_over import begin_owning, cut_over_of, keep_cut_over, owned_phases
from ticketferry.project.health import NEW_DESK, read_new_desk
from ticketferry.project.phase_states import phase_states

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "phased"
PILOT = Scope("pilot")


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(24) as found, mock.patch("ticketferry.project.folder.SystemClock", return_value=found.clock):
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pilot is applied."""
    root = pair.project(tmp_path_factory.mktemp("cut") / "mig")
    rules, _, _ = (SAMPLE / "mapping.yaml").read_text("utf-8").partition("phases:")
    open_ = "[new, assigned, in_progress, pending_customer, on_hold]"
    phases = (
        f"phases:\n  - {{name: pilot, where: {{stage: {open_}}}}}\n  - {{name: history, where: always}}\n"
    )
    (root / "mapping.yaml").write_text(rules + phases, "utf-8")
    shutil.copyfile(SAMPLE / "acceptance.yaml", root / "acceptance.yaml")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project, PILOT)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
    return root


@pytest.fixture(scope="module")
def people(pair: Desks, folder: Path) -> Callable[..., None]:
    """What the people of both desks do, as in the sample."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLD_DESK", pair.zendesk.base_url)
        patch.setenv("NEW_DESK", pair.jira.base_url)
        patch.setenv("ZENDESK_TOKEN", pair.credentials["ZENDESK_TOKEN"])
        patch.setenv("JIRA_TOKEN", pair.credentials["JIRA_TOKEN"])
        main = runpy.run_path(str(SAMPLE / "people.py"))["main"]

    def act(*words: str) -> None:
        pair.clock.sleep(60)
        main(*words)
        pair.clock.sleep(180)

    return act


def moved(folder: Path) -> list[str]:
    with Project.load(folder) as project:
        return [slot.ref.rpartition(":")[2] for slot in project.idmap.all("ticket") if slot.slot == "id"]


def issue_of(pair: Desks, ticket: str) -> Any:
    return next(
        one for one in pair.jira.state.issues.values() if f"zd-{ticket}" in one.values.get("labels", ())
    )


def loud(pair: Desks) -> None:
    """Give all projects of the new desk a scheme that mails."""
    state = pair.jira.state
    scheme = next(key for key, known in state.notification_schemes.items() if known.events)
    for project in state.projects.values():
        project.notification_scheme = scheme


def silent(pair: Desks) -> None:
    """Take it away from them again, as for the next phase."""
    state = pair.jira.state
    scheme = next(key for key, known in state.notification_schemes.items() if not known.events)
    for project in state.projects.values():
        project.notification_scheme = scheme


def last_hour(folder: Path, *words: str, code: int) -> str:
    shown = Terminal(folder)("cutover", "pilot", *words, code=code)
    assert all(width(line) <= 80 for line in shown.stdout.splitlines()), shown.stdout
    return " ".join((shown.stdout + shown.stderr).split())


def commands_of(page: str) -> set[str]:
    return {unescape(text) for text in re.findall(r"<code>(ticketferry [^<]+)</code>", page)}


def test_the_runbook_is_about_this_migration_and_its_commands_exist(pair: Desks, folder: Path) -> None:
    """A user: page 4 told me to type a command that there is not, and the phase had another plan by then."""
    told = Terminal(folder)(
        "runbook", "--go-live", "2026-12-04", "2026-12-11", "--who", "owner=M. <Ito> & Co", "--who", "phone=+49 30 1"
    ).stdout  # fmt: skip
    assert "reports/runbook.html" in told
    assert "no hours and counts yet for history" in told
    page = (folder / "reports" / "runbook.html").read_text("utf-8")
    assert "M. &lt;Ito&gt; &amp; Co" in page
    assert "<Ito>" not in page
    assert "http" not in re.sub(r"http://127\.0\.0\.1:\d+", "", page).replace("http-equiv", ""), (
        "it loads nothing"
    )
    for words in (
        "Fri 4 Dec 2026: pilot", "Fri 11 Dec 2026: history", "4 tickets", "JSM-GUARD-CUSTOMERS", "support@acme.example",
        "When it goes wrong", "72 hours", "What cannot be undone", "an issue number is used up", "Zendesk&#39;s exports leave the newest minute out",
        "Unser Support zieht am 4. Dezember 2026", "2026年12月4日", "rejected at most 0", "5 × macro",
    ):  # fmt: skip
        assert words in page, words
    assert len(commands_of(page)) > 25
    for line in commands_of(page):
        words = shlex.split(line)[1:]
        command: click.Command = cli
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(click.Context(command), words[0])
            if found is None:
                break
            command, words = found, words[1:]
        assert command is not cli, line
        known = {name for item in command.params for name in item.opts}
        assert {word.rstrip(":,") for word in words if word.startswith("--")} <= known, line
    file = folder / "migration.yaml"
    plain = file.read_text("utf-8")
    file.write_text(plain + "windows: {zone: Europe/Berlin, open: [Fri 18:00 - Mon 06:00]}\n", "utf-8")
    writes = len(pair.jira.ledger.writes())
    Terminal(folder)("runbook", "--go-live", "2026-12-04", "--preflight", "-o", "looked.html")
    file.write_text(plain, "utf-8")
    looked = (folder / "looked.html").read_text("utf-8")
    assert re.search(r"From 18:00 on it ends about Fri 4 Dec 18:0\d, the window at Mon 7 Dec 06:00", looked)
    assert "Preflight, when this page was made" in looked
    assert "rights of the account that writes" in looked
    assert len(pair.jira.ledger.writes()) == writes
    for days, wrong in (
        (("2026-12-11", "2026-12-04"), "go back in time"),
        (("2026-12-04",) * 3, "3 days for 2 phases"),
        (("4 Dec",), "is no day"),
    ):
        assert wrong in Terminal(folder)("runbook", "--go-live", *days, code=64).stderr
    assert (
        "Its phases: pilot, history"
        in Terminal(folder)("runbook", "--go-live", "2026-12-04", "--channels", "open", code=64).stderr
    )


def test_the_last_hour_goes_step_by_step_and_each_gate_has_a_name(
    pair: Desks, folder: Path, people: Any
) -> None:
    """A user: the phase was called done although an agent still worked in the old desk, and nobody knew who had said go."""
    commented, changed, *_ = moved(folder)
    with Project.load(folder) as project:
        before = stages.make_plan(project, PILOT).id
    assert "did you mean pilot?" in Terminal(folder)("cutover", "pilto", "--show", code=64).stderr
    assert "--confirm freeze --by NAME" in last_hour(folder, code=3)
    assert "a gate asks for a name" in last_hour(folder, "--confirm", "freeze", code=64)
    assert "freeze comes first" in last_hour(folder, "--confirm", "channels", "--by", "Kim", code=64)
    assert "never left out" in last_hour(
        folder, "--skip", "deltas", "--by", "Kim", "--because", "late", code=64
    )
    writes = len(pair.jira.ledger.writes())
    last_hour(folder, "--confirm", "freeze", "--by", "M. Ito", code=3)
    assert "--yes" in last_hour(folder, code=64)

    people("old-priority", changed)
    told = last_hour(folder, "--yes", code=2)
    assert f"{changed} Ana Silva: priority" in told
    assert "agents changed 1 ticket in the old desk since it was frozen" in told
    assert len(pair.jira.ledger.writes()) == writes, "nothing is written while agents go on"

    people("customer-answers", commented)
    last_hour(folder, "--confirm", "freeze", "--by", "M. Ito", code=3)
    began = pair.clock.time()
    told = last_hour(folder, "--yes", "--by", "Ada Byron", code=3)
    assert pair.clock.time() - began >= 120, "it waits for what the old desk tells late"
    assert "3 deltas" in told
    assert "the last two were empty" in told
    assert "channels: a person confirms" in told
    assert len(pair.jira.ledger.writes()) > writes
    with Project.load(folder) as project:
        assert project.runs.rows()[-1][1] == "health", "the new desk was read for a fallback"

    last_hour(folder, "--confirm", "channels", "--by", "Kim", code=3)
    token = re.search(r"“(test [0-9a-f]{6})”", last_hour(folder, code=3))
    assert token is not None
    with closing(Life(pair.jira)) as life:
        life.issue(
            "SUP", "Service request", "Emailed request", summary=f"Re: {token[1]}", description=doc("hello")
        )
    pair.clock.advance(120)
    told = last_hour(folder, code=3)
    assert f"“{token[1]}” arrived as SUP-" in told
    assert "mail-out: a person confirms" in told
    last_hour(folder, "--confirm", "mail-out", "--by", "Kim", code=3)
    for code in ("JSM-GUARD-AUTOMATION", "JSM-GUARD-CUSTOMERS"):
        told = last_hour(folder, "--confirm", code, "--by", "Grace", code=3)
    assert "JSM-GUARD-SCHEME: still silent" in told
    loud(pair)
    told = last_hour(folder, code=3)
    assert "seen by reading" in told
    assert "--confirm go --by NAME" in told
    told = last_hour(folder, "--confirm", "go", "--by", "M. Ito", code=0)
    assert "ticketferry stragglers pilot" in told

    with Project.load(folder) as project:
        state = next(one for one in phase_states(project) if one.name == "pilot")
        assert (state.state, state.by) == ("cut-over", "M. Ito")
        assert project.workspace.confirmed("JSM-GUARD-CUSTOMERS") is None, (
            "who confirmed it off, said so of before"
        )
    silent(pair)
    log = json.loads(Terminal(folder)("log", "--json").stdout)["entries"]
    assert {row["by"] for row in log if row["what"] == "cutover"} >= {"M. Ito", "Kim", "Grace", "Ada Byron"}
    refused = Terminal(folder)("apply", before, "--yes", code=1).stderr
    assert "make a new plan" in refused.casefold()


def test_what_arrives_late_is_found_and_added_and_overwrites_nothing(
    pair: Desks, folder: Path, people: Any
) -> None:
    """A user: agents of the new desk had closed it, and the next delta opened it again because a customer wrote to the old address."""
    *_, commented, changed = moved(folder)
    told = " ".join(Terminal(folder)("stragglers", "pilot").stdout.split())
    assert re.search(r"Nothing arrives in the old desk up to [\d-]+ \d\d:\d\d:\d\d UTC: .*not seen yet", told)
    with Project.load(folder) as project:
        project.workspace.end_confirmations("JSM-GUARD-CUSTOMERS")
        begin_owning(project, "pilot", project.now().isoformat())
    writes = len(pair.jira.ledger.writes())
    assert "Nothing arrives" in Terminal(folder)("stragglers", "pilot").stdout
    people("customer-answers", commented)
    people("old-priority", changed)
    status, priority = issue_of(pair, commented).status, issue_of(pair, changed).values["priority"]
    said = len(issue_of(pair, commented).comments)

    told = json.loads(Terminal(folder)("stragglers", "pilot", "--json", code=2).stdout)
    assert (told["new"], told["commented"], told["changed"]) == (0, 1, 1)
    assert {row["ref"]: row["parts"] for row in told["tickets"]} == {
        f"acme:ticket:{commented}": {"comments": 1}, f"acme:ticket:{changed}": {},
    }  # fmt: skip
    assert told["command"] == "ticketferry plan --phase pilot"
    assert len(pair.jira.ledger.writes()) == writes, "to look writes nothing"
    shown = Terminal(folder)("stragglers", "pilot", "--no-read", code=2).stdout
    assert "priority – Ana Silva" in shown
    assert all(width(line) <= 80 for line in shown.splitlines()), shown

    with Project.load(folder) as project:
        plan = stages.make_plan(project, PILOT)
        late = {
            row[0]: row[1] for row in plan.rows("SELECT subject, place FROM finding WHERE code = 'TF-LATE'")
        }
        assert "status" in late[f"acme:ticket:{commented}"]
        assert late[f"acme:ticket:{changed}"] == "priority"
        with pytest.raises(WaitingError, match="JSM-GUARD-CUSTOMERS"):
            stages.apply(project, plan)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        again = stages.make_plan(project, PILOT)
        assert again.count() == 0
        verified = stages.verify(project, [plan.id], witness=True)
        assert verified.same, verified.lines
        assert verified.witnessed is not None
        assert not verified.witnessed.errors
        applied = [row["id"] for row in project.plan_rows() if row["state"] == "applied"]
    assert applied[-1] == plan.id != applied[0]
    Terminal(folder)("runbook", "--go-live", "2026-12-04", "-o", "after.html")
    undo = ", then ".join(f"ticketferry rollback {id_} --apply" for id_ in reversed(applied))
    assert undo in (folder / "after.html").read_text("utf-8"), "the delta, and what came before it"
    assert len(issue_of(pair, commented).comments) == said + 1
    assert issue_of(pair, commented).status == status
    assert issue_of(pair, changed).values["priority"] == priority
    assert "Nothing arrives" in Terminal(folder)("stragglers", "pilot").stdout
    assert "ticketferry stragglers pilot" in Terminal(folder)("status").stdout


def quiet_old_desk(pair: Desks) -> None:
    """Switch off what mails in the old desk when a ticket is updated."""
    for name in ("triggers", "automations"):
        for row in pair.zendesk.state.lists[name].values():
            row["active"] = False


def old_tickets(pair: Desks) -> dict[str, tuple[str, list[tuple[bool, str]]]]:
    """Return of each ticket of the old desk its status and messages: public, text."""
    state = pair.zendesk.state
    found = {}
    with state.lock:
        for number in state.heads:
            case = state.case(number)
            said = [
                (bool(event["public"]), str(event.get("plain_body") or event.get("body")).strip())
                for audit in case.audits
                for event in audit["events"]
                if event.get("type") == "Comment"
            ]
            found[str(number)] = (str(case.ticket["status"]), said)
    return found


def test_what_happened_in_the_new_desk_goes_back_once_and_nothing_of_ours_with_it(
    pair: Desks, folder: Path, people: Any
) -> None:
    """A user: after two days we had to go back, and every comment of the last ten years came again, with a mail for each."""
    with Project.load(folder) as project:
        begin_owning(project, "pilot", project.now().isoformat())
        kept = cut_over_of(project, "pilot")
        assert kept is not None
        keep_cut_over(project, replace(kept, new_desk_snapshot=0))
    assert "was not read" in Terminal(folder)("fallback", "pilot", code=1).stderr
    with Project.load(folder) as project:
        read_new_desk(project, moved=True)
        latest = project.snapshots(NEW_DESK).latest()
        assert latest is not None
        old = project.snapshots("source").latest()
        assert old is not None
        keep_cut_over(project, replace(kept, new_desk_snapshot=latest.number, source_snapshot=old.number))
    assert "Nothing happened" in Terminal(folder)("fallback", "pilot").stdout
    pair.clock.advance(120)
    answered, moved_on, torn, *others = moved(folder)
    people("old-priority", torn)
    with closing(Life(pair.jira)) as life:
        life.call("PUT", f"issue/{issue_of(pair, torn).key}", {"fields": {"priority": {"name": "Lowest"}}})
        key = issue_of(pair, answered).key
        life.comment(key, "An answer from the new desk")
        life.comment(key, "=among us", public=False)
        key = issue_of(pair, moved_on).key
        life.move(key, [(life.call("GET", f"issue/{key}/transitions")["transitions"][0]["id"], None)])
        life.issue("SUP", "Service request", "Emailed request", summary="born here", description=doc("hello"))
    pair.clock.advance(120)
    writes = len(pair.zendesk.ledger.writes())
    before = old_tickets(pair)

    rules = shipped()["jsm_to_zendesk"].read_text("utf-8").splitlines(keepends=True)
    ours = [line for line in rules if not line.startswith("conflicts:")]
    (folder / "back.yaml").write_text("".join(ours), "utf-8")
    shown = Terminal(folder)("fallback", "pilot", "--mapping", "back.yaml", code=2).stdout
    assert f"{issue_of(pair, torn).key}  the plan says conflict" in shown, "both desks changed its priority"
    assert all(width(line) <= 80 for line in shown.splitlines()), shown
    assert "2 comments – Ana Silva" in shown
    assert "ticketferry -C fallback/pilot apply p-01" in shown
    assert len(pair.zendesk.ledger.writes()) == writes, "a fallback writes to no desk"
    sheet = (folder / "fallback" / "pilot.csv").read_text("utf-8")
    assert "An answer from the new desk" in sheet
    assert "'=among us" in sheet, "a spreadsheet must not take it for a formula"
    back = folder / "fallback" / "pilot"
    with Project.load(back) as project:
        plan = project.plan("p-01")
        counts = dict(plan.endpoint_counts())
        assert {name: count for name, count in counts.items() if name != "user.create"} == {
            "comment.add": 2, "ticket.update": 2, "ticket.import": 1,
        }  # fmt: skip
        confirm(project, plan)
    assert "ZD-G-TRIGGERS" in Terminal(back)("apply", "p-01", "--yes", code=3).stderr
    quiet_old_desk(pair)
    Terminal(back)("apply", "p-01", "--yes")

    now = old_tickets(pair)
    assert [
        public for public, text in now[answered][1][len(before[answered][1]) :] if "An answer" in text
    ] == [True]
    assert [
        public for public, text in now[answered][1][len(before[answered][1]) :] if "among us" in text
    ] == [False]
    assert now[answered][1][: len(before[answered][1])] == before[answered][1]
    assert (before[moved_on][0], now[moved_on][0]) == ("pending", "open")
    assert {number: now[number] for number in (torn, *others)} == {
        number: before[number] for number in (torn, *others)
    }
    born = now.keys() - before.keys()
    assert len(born) == 1
    assert "hello" in now[born.pop()][1][0][1]
    assert not pair.zendesk.notifications

    told = json.loads(Terminal(folder)("fallback", "pilot", "--json", code=2).stdout)
    assert told["operations"] == 0, "it is there already"
    Terminal(folder)("phase", "pilot", "rolled-back", "--by", "M. Ito")
    with Project.load(folder) as project:
        assert not owned_phases(project)
