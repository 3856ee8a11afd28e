"""A migration between small desks, and everything that can change about it: what people do in both, what its makers write, what breaks."""

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.migrations import DESK, write_desk, write_project
from tests.flow.promises import Killed, Killer

from ticketferry.errors import ConfigError, FatalError, FerryError, MappingError
from ticketferry.plan.file.answers import AnswerBook
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages
from ticketferry.project.archive import confirm_archive
from ticketferry.project.conditions import answers_now
from ticketferry.project.refused_now import refused_now
from ticketferry.store.condition_book import ConditionBook
from ticketferry.store.touched import Touched
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_neutral import source as neutral_source

__all__ = ["MAPPINGS", "Changing"]

DAY = 86_400
MAPPINGS = (
    """version: 1
source: neutral
target: neutral
route:
  - {when: {priority: urgent}, project: fast, issue_type: Case}
  - {when: {organization: Globex}, project: globex, issue_type: Case}
  - {when: {requester: someone@else.example}, project: other, issue_type: Case}
  - {when: always, project: main, issue_type: Case}
status: {new: New, open: Open, pending: Waiting, solved: Done, closed: Closed, "*": fail}
priority: {urgent: Highest, high: High, normal: Medium, low: Low, none: {default: Medium}}
clean: [{id: old, when: {created_before: -1200d}, do: skip, because: old}, {id: lost, when: {subject: lost}, do: skip, because: lost}]
fields: [{from: fields.card, drop: true, because: PCI}, {rest: keep_in_provenance}]
exits: {deleted: skip, spam: skip, suspended: skip}
phases: [{name: pilot, where: {updated_after: -1150d}}, {name: rest, where: always}]
""",
    """version: 1
source: neutral
target: neutral
route: [{when: {tag: vip}, project: vip, issue_type: Case}, {when: always, project: main, issue_type: Case}]
status: {new: New, open: Open, pending: Waiting, solved: Done, closed: Closed, "*": Open}
priority: {high: reject, urgent: {to: Highest, when: {comments: "< 2"}, else: reject}, "*": Medium}
fields: [{rest: drop, because: test}]
tags: {keep_if_used: 3, merge: {other: [rare, c]}}
links: {unmigrated: drop, because: test}
conflicts: {default: source}
order: {by: created, serial_keys: true}
phases: [{name: pilot, where: {priority: urgent}}, {name: rest, where: {status: [new, open, pending, solved, closed]}}]
""",
)

TO_JIRA = tuple(
    f"""version: 1
source: neutral
target: jsm
route: [{{when: {{tag: vip}}, project: SUP, issue_type: Incident}}, {{when: always, project: SUP, issue_type: Service request, request_type: Emailed request}}]
status: {{open: Waiting for support, "*": Waiting for support}}
priority: {{"*": Medium}}
people:
  match: [external_id, email]
  customers: {{create: portal_only{when}}}
{survivor}  placeholder: {{name: "{{{{ name }}}} (former)", email: "former-{{{{ id }}}}@placeholder.example"}}
organizations: {{match: [domain, name], share: {share}{drop}}}
groups: {{"*": {{component: Shipping}}}}
fields: [{{from: fields.card, drop: true, because: PCI}}, {{rest: keep_in_provenance}}]
clean: [{{id: lost, when: {{subject: lost}}, do: skip, because: lost}}]
exits: {{deleted: skip, spam: skip, suspended: skip}}
links: {{relates: Relates, problem: Relates}}
phases: [{{name: pilot, where: {{updated_after: -1150d}}}}, {{name: rest, where: always}}]
"""
    for share, when, survivor, drop in (
        ("as_source", "", "", ""),
        (
            "always",
            ', when: {tickets: ">= 2"}',
            "  survivor: {name: longest, phone: verified, fields: most_used}\n",
            ', drop: {when: {any: [{users: "< 3"}, {tickets: 1}]}}',
        ),
    )
)


DECISIONS = "ref,name,email,suggestion,decision,why,by\n"


class Changing:
    """The migration in `base`, changed step by step by one chance."""

    def __init__(self, base: Path, seed: int, jira: Any = None) -> None:
        """`jira`: a served stand-in to migrate to; else to files."""
        self.chance = random.Random(seed)
        self.base = base
        self.tickets = 9
        self.people = 5
        self.clock = ManualClock() if jira is None else jira.clock
        self.mappings = MAPPINGS if jira is None else TO_JIRA
        self.desk = write_desk(base / "src", self.tickets)
        self.root = write_project(base / "mig", base / "src", base / "target", mapping=self.mappings[0])
        if jira is not None:
            self._migrate_to(jira)
        self.broken: set[str] = set()
        self.done: list[str] = []
        self.comments = 1_000
        self.steps: list[Callable[[], None]] = [
            self.change_ticket, self.change_ticket, self.change_ticket, self.change_person, self.add_comment, self.add_comment, self.add_ticket,
            self.delete_ticket, self.change_organization, self.break_record, self.decide, self.change_mapping, self.pass_time,
            self.edit_target, self.plan_phase, self.plan_phase, self.apply, self.apply, self.apply_some, self.apply_killed, self.roll_back,
            self.fetch_files, self.break_book, self.lose, self.kill_plan,
        ]  # fmt: skip

    def _migrate_to(self, jira: Any) -> None:
        path = self.root / "migration.yaml"
        line = f"target: {{connector: jsm, key: jira, base_url: '{jira.base_url}', email: {jira.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN}}"
        lines = [line if one.startswith("target:") else one for one in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")

    def project(self) -> Project:
        return Project.load(self.root, clock=self.clock)

    def run(self, steps: int) -> None:
        """Change something so many times; each time plan."""
        with mock.patch.object(neutral_source.NeutralSource, "translate", self._translating()):
            self.plan()
            for _ in range(steps):
                for _ in range(self.chance.choice((1, 1, 2))):
                    step = self.chance.choice(self.steps)
                    self.done.append(step.__name__)
                    step()
                self.plan()

    def plan(self, scope: Scope = EVERYTHING) -> None:
        with self.project() as project:
            self._extract(project)
            try:
                stages.make_plan(project, scope).close()
            except MappingError:
                self.done.append("refused")
            except ConfigError as error:
                if "was decided to be" not in str(error):
                    raise
                # An agent and an end user are never one: who wrote so takes it back.
                self.done.append("decision refused")
                (self.root / "decisions" / "people.csv").write_text(DECISIONS)
                stages.make_plan(project, scope).close()
            self._check_conditions(project)

    def _check_conditions(self, project: Project) -> None:
        """What the conditions of the mapping hold for, and what it rejects, is the same whether all tickets are asked or those that changed."""
        mapping = project.mapping()
        catalogs = [
            project.snapshots(role).catalog(project.snapshots(role).latest().catalog)
            for role in ("source", "target")
        ]
        kept = answers_now(project, mapping, *catalogs)
        assert kept.refused == refused_now(project, mapping, *catalogs)
        with mock.patch.object(ConditionBook, "open", side_effect=sqlite3.OperationalError):
            assert answers_now(project, mapping, *catalogs) == kept

    def _extract(self, project: Project, **more: Any) -> None:
        try:
            stages.extract(project, **{"files": False, **more})
        except FatalError:
            # A ticket that is in quarantine leaves a number that nobody explains; what was read is kept.
            self.done.append("incomplete")

    # ---- what people do in the source ------------------------------------------------------------------------------------

    def _ticket(self) -> int:
        return self.chance.randrange(1, self.tickets + 1)

    def change_ticket(self) -> None:
        number, other = self._ticket(), self._ticket()
        changes: dict[str, Any] = self.chance.choice(
            (
                {"subject": self.chance.choice(("lost", "found", f"see #{other}"))},
                {"status": self.chance.choice(("open", "solved", "nobody's"))},
                {"priority": self.chance.choice(("urgent", "low"))},
                {"requester": f"{DESK}:person:{self.chance.randrange(1, self.people + 3)}"},
                {"links": [{"type": "relates", "to": f"{DESK}:ticket:{other}"}, {"type": "problem", "to": f"{DESK}:ticket:{number}"}]},
                {"stage": self.chance.choice(("deleted", "spam", "in_progress"))},
                {"tags": ["vip"], "organization": f"{DESK}:organization:{self.chance.choice((1, 2))}"},
                {"number": f"N-{other}"},
                {"tags": self.chance.choice((["rare"], ["c", "rare"], ["Ünïcode"], []))},
                {"created": self.chance.choice(("2023-08-01T00:00:00Z", "2099-01-01T00:00:00Z"))},
                {"updated": self.chance.choice(("2023-12-01T00:00:00Z", "2099-01-01T00:00:00Z"))},
            )
        )  # fmt: skip
        self.desk.ticket(number, self.tickets, **changes)

    def add_comment(self) -> None:
        self.comments += 1
        number = self._ticket()
        html = f"<p>as in #{self._ticket()} and #N-{self._ticket()}, {self.comments}</p>"
        author = f"{DESK}:person:{self.chance.randrange(1, self.people + 3)}"
        self.desk.comment(self.comments, number, html, public=self.chance.random() < 0.5, author=author)

    def add_ticket(self) -> None:
        self.tickets += 1
        self.desk.ticket(self.tickets, self.tickets)
        self.desk.comment(5_000 + self.tickets, self.tickets, "<p>new</p>", opening=True)

    def delete_ticket(self) -> None:
        self._gone(self.base / "src", "ticket", str(self._ticket()))

    def change_person(self) -> None:
        number = self.chance.randrange(1, self.people + 2)
        self.people = max(self.people, number)
        other = self.chance.randrange(1, self.people + 1)
        person = {
            "name": f"Person {number}.{self.chance.randrange(3)}", "role": "agent" if number == 1 else "end_user", "state": "active",
            "email": f"P{self.chance.choice((number, number, other))}@X.example",
            "organizations": self.chance.choice(([], [f"{DESK}:organization:1"], [f"{DESK}:organization:2"])),
        }  # fmt: skip
        self.desk.put("person", number, person)

    def change_organization(self) -> None:
        number = self.chance.choice((1, 2, 3))
        name = self.chance.choice(("Globex", "Initech", "Nobody's"))
        self.desk.put(
            "organization", number, {"name": name, "domains": self.chance.choice((["x.example"], []))}
        )
        self.desk.put("group", 1, {"name": self.chance.choice(("Billing", "Refunds"))})

    def break_record(self) -> None:
        """A record that cannot be translated, or can be again; it has to change to be read."""
        number = self._ticket()
        self.broken ^= {f"{DESK}:ticket:{number}"}
        self.desk.ticket(number, self.tickets, subject=f"read again {self.chance.random()}")

    def _translating(self) -> Any:
        real = neutral_source.NeutralSource.translate

        def translate(source: Any, wire: Any, catalog: Any) -> Any:
            if str(wire.ref) in self.broken:
                raise KeyError("broken")
            return real(source, wire, catalog)

        return translate

    # ---- what the makers of the migration do -----------------------------------------------------------------------------

    def decide(self) -> None:
        path = self.root / "decisions" / "people.csv"
        path.parent.mkdir(exist_ok=True)
        one, other = self.chance.sample(range(1, 6), 2)
        row = self.chance.choice(
            (f"{DESK}:person:{one},,,,leave,,", f"{DESK}:person:{one},,,,{DESK}:person:{other},,", "")
        )
        path.write_text(f"{DECISIONS}{row}\n")

    def change_mapping(self) -> None:
        (self.root / "mapping.yaml").write_text(self.chance.choice(self.mappings))

    def pass_time(self) -> None:
        """The bounds of the conditions on time go past some tickets."""
        self.clock.sleep(self.chance.choice((1, 30, 200)) * DAY)

    def plan_phase(self) -> None:
        self.plan(Scope(self.chance.choice(("pilot", "rest"))))

    def fetch_files(self) -> None:
        with self.project() as project:
            self._extract(project, files=True)

    # ---- what is done to the target --------------------------------------------------------------------------------------

    def apply(self, on_point: Callable[[str], None] | None = None) -> None:
        with self.project() as project:
            row = project.plan_rows()[-1]
            try:
                more = {"on_point": on_point} if on_point is not None else {}
                plan = project.plan(row["id"])
                self._confirm(project, plan)
                stages.apply(project, plan, **more)
            except FerryError:
                self.done.append("refused")

    def apply_some(self) -> None:
        with self.project() as project:
            try:
                plan = stages.make_plan(project, Scope(only=(str(self._ticket()), str(self._ticket()))))
                self._confirm(project, plan)
                stages.apply(project, plan)
            except FerryError:
                self.done.append("refused")

    @staticmethod
    def _confirm(project: Project, plan: Any) -> None:
        """Say what only a person can: a rehearsal's guards, and that somebody has looked into the old desk's archive."""
        for state in stages.preflight(project, plan):
            if not state.proved and state.guard.proof == "person":
                project.workspace.confirm(state.guard.code, "a tester")
        confirm_archive(project, "a tester")

    def apply_killed(self) -> None:
        try:
            self.apply(Killer(self.chance.randrange(60)))
        except Killed:
            self.done.append("killed")

    def roll_back(self) -> None:
        with self.project() as project:
            applied = [
                row for row in project.plan_rows() if row["state"] == "applied" and row["kind"] == "apply"
            ]
            if applied:
                try:
                    stages.apply(project, stages.plan_rollback(project, applied[-1]["id"]))
                except FerryError:
                    self.done.append("refused")

    def edit_target(self) -> None:
        path = self.base / "target" / "ticket.jsonl"
        if not path.exists():
            return
        last = {line["id"]: line for line in map(json.loads, path.read_text().splitlines())}
        there = [line for line in last.values() if not line.get("gone")]
        if not there:
            return
        line = self.chance.choice(there)
        if self.chance.random() < 0.3:
            self._gone(self.base / "target", "ticket", line["id"])
            return
        line["record"][self.chance.choice(("subject", "priority"))] = f"edited {self.chance.random()}"
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    @staticmethod
    def _gone(folder: Path, kind: str, id_: str) -> None:
        with (folder / f"{kind}.jsonl").open("a") as file:
            file.write(json.dumps({"id": id_, "gone": True, "updated": "2024-01-01T00:00:00Z"}) + "\n")

    # ---- what breaks -----------------------------------------------------------------------------------------------------

    def break_book(self) -> None:
        for book in (self.root / "answers").glob("*.db"):
            if self.chance.random() < 0.5:
                book.write_bytes(
                    b"torn" * 4_000 if self.chance.random() < 0.5 else book.read_bytes()[:-8_192]
                )

    def lose(self) -> None:
        """A plan file, all books, or the whole of what was read of a desk."""
        what = self.chance.choice(("plans/*.plan", "answers", "source.db*"))
        for path in self.root.glob(what):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def kill_plan(self) -> None:
        """A process that dies while the answers of a plan are kept."""
        place, name = self.chance.choice(
            ((AnswerBook, "save"), (Touched, "set_anchor"), (AnswerBook, "set_aside"))
        )
        with mock.patch.object(place, name, side_effect=Killed("here")):
            self.desk.ticket(self._ticket(), self.tickets, subject=f"killed {self.chance.random()}")
            try:
                self.plan()
            except Killed:
                self.done.append("killed")
