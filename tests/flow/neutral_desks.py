"""A small desk of files, written by the test, and an emulated desk that it is brought to: Jira or Zendesk."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.migrations import SourceDesk

from ticketferry.mapping.shipped import shipped
from ticketferry.project import Project, stages
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

__all__ = ["TO_JIRA", "Ferry", "to_jira", "to_zendesk"]

TO_JIRA = """version: 1
source: neutral
target: jsm
route: [{when: always, project: SUP, issue_type: Service request, request_type: Emailed request}]
status: {open: Waiting for support, "*": Waiting for support}
priority: {"*": Medium}
people:
  match: [external_id, email]
  customers: {create: portal_only}
  placeholder: {name: "{{ name }} (former)", email: "former-{{ id }}@placeholder.example"}
organizations: {match: [domain, name], share: as_source}
fields: [{rest: keep_in_provenance}]
phases: [{name: all, where: always}]
"""


class Ferry:
    """The desk of files (`desk`), the target's emulator, and the folder of the migration."""

    def __init__(self, base: Path, target: Any, line: str, clock: ManualClock, mapping: str) -> None:
        self.desk = SourceDesk(base / "desk")
        self.target = target
        self.clock = clock
        self.root = base / "mig"
        self.root.mkdir(parents=True)
        (self.root / "migration.yaml").write_text(
            f"version: 1\nsource: {{connector: neutral, key: acme, folder: '{base / 'desk'}'}}\n"
            f"target: {{{line}}}\nmapping: mapping.yaml\nworkers: 2\n"
        )
        (self.root / "mapping.yaml").write_text(mapping)

    def organization(self, id_: int, name: str, **more: Any) -> str:
        self.desk.put("organization", id_, {"name": name, **more})
        return f"acme:organization:{id_}"

    def person(self, id_: int, name: str, email: str, **more: Any) -> str:
        record = {"name": name, "email": email, "role": "end_user", "state": "active", **more}
        self.desk.put("person", id_, record)
        return f"acme:person:{id_}"

    def ticket(self, id_: int, requester: str, text: str, **more: Any) -> None:
        base = {
            "number": str(id_), "subject": text, "status": "open", "stage": "in_progress", "requester": requester,
            "created": "2024-01-01T00:00:00Z", "updated": "2024-01-02T00:00:00Z", "public": True,
        }  # fmt: skip
        self.desk.put("ticket", id_, {**base, **more})
        comment = {
            "ticket": f"acme:ticket:{id_}", "author": requester, "public": True, "opening": True,
            "body": {"html": f"<p>{text}</p>"}, "created": "2024-01-01T00:00:00Z",
        }  # fmt: skip
        self.desk.put("comment", id_ * 100, comment, ("ticket", id_))

    def decide(self, *rows: str) -> None:
        path = self.root / "decisions" / "people.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(["ref,name,email,suggestion,decision,why,by", *rows]) + "\n")

    def plan(self, project: Project) -> Any:
        stages.extract(project)
        plan = stages.make_plan(project)
        for state in stages.preflight(project, plan):
            if not state.proved and state.guard.proof == "person":
                project.workspace.confirm(state.guard.code, "a tester")
        return plan

    def project(self) -> Project:
        return Project.load(self.root, clock=self.clock)


@contextmanager
def to_jira(base: Path, mapping: str = TO_JIRA) -> Iterator[Ferry]:
    """Bring the files to an empty site."""
    with ExitStack() as stack:
        clock = ManualClock()
        jira: Any = stack.enter_context(JsmEmulator(clock=clock).serve())
        stack.enter_context(mock.patch.dict(os.environ, jira.credentials))
        line = f"connector: jsm, key: jira, base_url: '{jira.base_url}', email: {jira.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN"
        yield Ferry(base, jira, line, clock, mapping)


@contextmanager
def to_zendesk(base: Path, mapping: str = "") -> Iterator[Ferry]:
    """Bring the files to an empty account, by the shipped mapping unless another is given."""
    with ExitStack() as stack:
        clock = ManualClock()
        account: Any = stack.enter_context(
            ZendeskEmulator(clock=clock, plan=None, bulk_users=True, data=empty_desk()).serve()
        )
        stack.enter_context(mock.patch.dict(os.environ, account.credentials))
        line = (
            f"connector: zendesk, key: globex, base_url: '{account.base_url}', client_id: {os.environ['ZENDESK_CLIENT_ID']},"
            " client_secret: env:ZENDESK_CLIENT_SECRET"
        )
        text = mapping or Path(shipped()["neutral_to_zendesk"]).read_text(encoding="utf-8")
        yield Ferry(base, account, line, clock, text)
