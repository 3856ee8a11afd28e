"""Two emulated desks and a project between them, for the flow tests from Zendesk to Jira Service Management."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.connectors.jsm.watching import WatchedJsm, comments_on_portal
from tests.flow.beginnings import Beginnings

from ticketferry.mapping.shipped import shipped
from ticketferry.project import Project, stages
from ticketferry.project.archive import ARCHIVE, confirm_archive
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_project(
    root: Path, zendesk: str, jsm: str, credentials: dict[str, str], *, workers: int = 4
) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: zendesk, key: acme, base_url: '{zendesk}', email: {credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN}}\n"
        f"target: {{connector: jsm, key: jira, base_url: '{jsm}', email: {credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN}}\n"
        f"mapping: mapping.yaml\nworkers: {workers}\n"
    )
    shutil.copyfile(shipped()["zendesk_to_jsm"], root / "mapping.yaml")
    return root


class Desks:
    """Both emulators on one virtual clock; `jira` can be made anew at the same address."""

    def __init__(self, stack: ExitStack, tickets: int) -> None:
        self.clock = ManualClock()
        self.beginnings = Beginnings(stack)
        self._stack = stack
        self.zendesk: Any = stack.enter_context(ZendeskEmulator(clock=self.clock, tickets=tickets).serve())
        self.port = free_port()
        self._jira_stack = ExitStack()
        stack.callback(self._close)
        self.jira: Any = None
        self._private: set[str] | None = None
        self.new_jira()
        credentials = {**self.zendesk.credentials, **self.jira.credentials}
        stack.enter_context(mock.patch.dict(os.environ, credentials))
        self.credentials = credentials

    def _close(self) -> None:
        self._jira_stack.close()

    def new_jira(self) -> Any:
        """Serve an empty site at the same address."""
        self._jira_stack.close()
        self._jira_stack = ExitStack()
        self.seen: list[str] = []
        jira = WatchedJsm(clock=self.clock, look=self._look)
        self.jira = self._jira_stack.enter_context(jira.serve(port=self.port))
        return self.jira

    def _look(self, jira: WatchedJsm, call: Any) -> None:
        """Note an internal comment of the source that a portal shows, at the request that shows it."""
        for who, issue, comment in comments_on_portal(jira):
            mark = comment.properties.get("ticketferry.comment") or {}
            if mark.get("ref") and self._internal(str(mark["ref"])):
                self.seen.append(f"{call.method} {call.path}: {who} sees {mark['ref']} on {issue.key}")

    def _internal(self, ref: str) -> bool:
        if self._private is None:
            with self.zendesk.state.lock:
                cases = [self.zendesk.state.case(number) for number in self.zendesk.state.heads]
            self._private = {f"acme:comment:{id_}" for case in cases for id_ in _internal_comments(case)}
        return ref in self._private

    def project(self, root: Path, workers: int = 4) -> Path:
        return write_project(
            root, self.zendesk.base_url, self.jira.base_url, self.credentials, workers=workers
        )

    def healthy(self) -> None:
        """Assert what holds after every run: nothing unknown was asked, nothing crashed, nobody was told, nothing leaked."""
        for emulator in (self.zendesk, self.jira):
            unknown = [f"{entry.method} {entry.path}" for entry in emulator.unserved]
            assert not unknown, unknown
            assert not emulator.crashes, emulator.crashes
        assert not self.jira.notifications, self.jira.state.mails
        assert not self.jira.state.leaks(), self.jira.state.leaks()
        assert not self.seen, self.seen[:5]
        assert not self.zendesk.ledger.writes()


def strip_fields(jira: Any) -> None:
    """Take all fields away that an administrator would have made for a migration."""
    state, kind = jira.state, "com.atlassian.jira.plugin.system.customfieldtypes:"
    gone = {id_ for id_, known in state.fields.items() if known.custom.startswith(kind)}
    assert len(gone) > 10
    for id_ in gone:
        del state.fields[id_]
    for project in state.projects.values():
        for screen in (project.create_screen, project.edit_screen):
            screen[:] = [id_ for id_ in screen if id_ not in gone]


@contextmanager
def desks(tickets: int = 24) -> Iterator[Desks]:
    with ExitStack() as stack:
        yield Desks(stack, tickets)


def _internal_comments(value: Any) -> Iterator[Any]:
    """Yield the ids of the internal comments anywhere in a case."""
    if isinstance(value, dict):
        if value.get("type") in ("Comment", "VoiceComment") and value.get("public") is False:
            yield value["id"]
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _internal_comments(item)


def confirm(project: Project, plan: Any) -> None:
    """Confirm, as a person would, what Jira shows through no API."""
    for state in stages.preflight(project, plan):
        if state.proved or state.guard.proof != "person":
            continue
        if state.guard is ARCHIVE:
            confirm_archive(project, "a tester")
        else:
            project.workspace.confirm(state.guard.code, "a tester")


def site_of(jira: Any) -> dict[str, Any]:
    """Return what a site holds by source ref, without ids and times that Jira gives: comparable between runs."""
    dump = jira.dump()
    names: dict[str, str] = {}
    for issue in dump["issues"].values():
        mark = issue["properties"].get("ticketferry.source") or {}
        names[issue["id"]] = names[issue["key"]] = str(mark.get("ref") or issue["key"])
    assert len(set(names.values())) == len(dump["issues"]), "a ticket is there twice"
    links: dict[str, list[Any]] = {}
    for link in dump["links"].values():
        for here, there, side in (
            (link["inward"], link["outward"], "out"),
            (link["outward"], link["inward"], "in"),
        ):
            links.setdefault(names.get(here, here), []).append((link["type"], side, names.get(there, there)))
    found: dict[str, Any] = {}
    for issue in dump["issues"].values():
        files = [dump["attachments"][id_] for id_ in issue["attachments"]]
        found[names[issue["id"]]] = {
            "status": issue["status"],
            "type": issue["type"],
            "summary": issue["values"].get("summary"),
            "labels": sorted(issue["values"].get("labels") or []),
            "comments": [
                (
                    (comment["properties"].get("ticketferry.comment") or {}).get("ref"),
                    comment["properties"].get("sd.public.comment"),
                    str(comment["body"])[:200] if "media" not in str(comment["body"]) else "with files",
                )
                for comment in issue["comments"]
            ],
            "files": sorted((item["name"], item["sha256"]) for item in files),
            "links": sorted(links.get(names[issue["id"]], [])),
        }
    organizations = sorted((item["name"], len(item["members"])) for item in dump["organizations"].values())
    customers = sorted(item["email"] for item in dump["customers"].values())
    return {"tickets": dict(sorted(found.items())), "organizations": organizations, "customers": customers}
