"""Zendesk to Jira and on to another Zendesk account: three projects, and tickets of the last account beside those of the first."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.desks import Desks, confirm, desks
from tests.flow.importing import administer, by_file, files_of, until_files
from tests.flow.service_pair import into_zendesk

from ticketferry.desired.cases import assemble
from ticketferry.history.timeline import fold
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages
from ticketferry.schema.refs import Kind
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

__all__ = ["Both", "Returned", "words"]

Record = dict[str, Any]
_PART = re.compile(r"^\((\d+)/(\d+)\)|\((\d+)/(\d+)\)$")


def words(body: Any) -> str:
    """What a reader sees of a body: letters, without marks, pictures, spaces and the sign that parts braces."""
    html = str((body or {}).get("html", ""))
    text = unescape(re.sub(r"<[^>]*>", " ", html)).replace("\u2060", "")
    return "".join(text.split())


@dataclass
class Both:
    """A ticket of the first account and what it became in the last."""

    first: Record
    last: Record
    people: dict[str, Record]
    """Of both accounts, by ref."""

    def email(self, ref: str | None) -> str | None:
        person = self.people.get(ref or "") or {}
        email = person.get("email")
        return email.lower() if email else None


class Returned:
    """What was there and came back."""

    def __init__(self, pairs: list[Both]) -> None:
        self.pairs = pairs


def _records(project: Project, kind: Kind) -> Iterator[Record]:
    rows_of = project.snapshots("source")
    for root, rows in rows_of.roots(kind, rows_of.latest().number):
        record = assemble(root, rows, rows_of.content)
        if record is not None:
            yield fold(record) if kind is Kind.TICKET else record


def _there(pair: Desks, root: Path, scope: Scope, way: str) -> None:
    root = by_file(pair, root) if way == "import-file" else pair.project(root)
    _as_they_stand(root)
    with Project.load(root, clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, scope)
        confirm(project, plan)
        if way == "import-file":
            until_files(project, plan)
            administer(pair, files_of(project, plan))
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same


def _as_they_stand(root: Path) -> None:
    """Leave old numbers in texts as they stand: the new ones beside them are another test's business."""
    mapping = root / "mapping.yaml"
    text = re.sub(
        r"links: \{tickets: both, numbers: \w+\}",
        "links: {tickets: keep, numbers: keep}",
        mapping.read_text(),
    )
    mapping.write_text(text)


@contextmanager
def there_and_back(
    root: Path, *, tickets: int, scope: Scope = EVERYTHING, way: str = "rest"
) -> Iterator[tuple[Returned, Desks, Any]]:
    """Run both migrations, read the last account as a source, and pair its tickets with those of the first."""
    with desks(tickets) as pair:
        _there(pair, root / "there", scope, way)
        pair.clock.advance(600)
        marks = {
            id_: str((issue.properties.get("ticketferry.source") or {}).get("ref"))
            for id_, issue in pair.jira.state.issues.items()
        }
        emulator = ZendeskEmulator(clock=pair.clock, plan=None, bulk_users=True, data=empty_desk())
        with emulator.serve() as last, mock.patch.dict(os.environ, {**pair.credentials, **last.credentials}):
            back = into_zendesk(root / "back", pair.jira, last)
            _as_they_stand(back)
            with Project.load(back, clock=pair.clock) as project:
                stages.extract(project)
                plan = stages.make_plan(project)
                assert stages.apply(project, plan).failed == 0
                assert stages.verify(project).same
                assert stages.make_plan(project).endpoint_counts() == {}
            _look(root / "look", last)
            with (
                Project.load(root / "there", clock=pair.clock) as first,
                Project.load(root / "look", clock=pair.clock) as seen,
            ):
                stages.extract(seen, ("source",))
                yield Returned(_paired(first, seen, marks)), pair, last
        assert not last.unserved
        assert not last.crashes
        assert not last.notifications
        pair.healthy()


def _look(root: Path, last: Any) -> None:
    """A project that reads the last account as a source; its target is a folder that nothing is written to."""
    root.mkdir()
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: zendesk, key: last, base_url: '{last.base_url}', "
        f"client_id: {last.credentials['ZENDESK_CLIENT_ID']}, client_secret: env:ZENDESK_CLIENT_SECRET}}\n"
        f"target: {{connector: neutral, key: copy, folder: '{root / 'copy'}'}}\nmapping: mapping.yaml\nworkers: 4\n"
    )
    (root / "mapping.yaml").write_text(
        "version: 1\nsource: zendesk\ntarget: neutral\nphases: [{name: all, where: always}]\n"
    )


def _paired(first: Project, seen: Project, marks: dict[str, str]) -> list[Both]:
    people = {record["ref"]: record for project in (first, seen) for record in _records(project, Kind.PERSON)}
    mine = {record["ref"]: record for record in _records(first, Kind.TICKET)}
    found: list[Both] = []
    for record in _records(seen, Kind.TICKET):
        issue = str(record["external_id"]).removeprefix("tf-jira-")
        found.append(Both(mine[marks[issue]], record, people))
    return found
