"""The way through files: a Zendesk account into neutral files, those into an empty account, which then shows what the first one shows."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.flow.test_zendesk_round_trip import Rules
from tests.flow.zendesk_desks import read_account
from tests.flow.zendesk_pair import pair

from ticketferry.mapping.shipped import shipped
from ticketferry.project import Project, stages


def move(root: Path, source: str, target: str, mapping: str, clock: Any) -> None:
    """Extract, plan, apply and verify by a shipped mapping; nothing may be left, and nothing is lost."""
    root.mkdir()
    (root / "migration.yaml").write_text(
        f"version: 1\nsource: {source}\ntarget: {target}\nmapping: mapping.yaml\nworkers: 2\n"
    )
    shutil.copyfile(shipped()[mapping], root / "mapping.yaml")
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        losses = [row for row in plan.findings() if row.severity.value in ("loss", "blocker")]
        assert losses == []
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left) == (0, 0)
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}


def numbers_in(folder: Path) -> dict[str, str]:
    """Number in the account -> number in the files."""
    lines = (folder / "ticket.jsonl").read_text("utf-8").splitlines()
    return {row["record"]["number"]: row["id"] for row in map(json.loads, lines)}


def test_a_desk_comes_through_files_as_it_was(tmp_path):
    files = tmp_path / "files"
    with pair(12) as desks:
        desks.new_target()
        who = desks.source.credentials["ZENDESK_CLIENT_ID"]
        keys = f"client_id: {who}, client_secret: env:ZENDESK_CLIENT_SECRET"
        first = f"{{connector: zendesk, key: acme, base_url: '{desks.source.base_url}', {keys}}}"
        folder = f"{{connector: neutral, key: files, folder: '{files}'}}"
        last = f"{{connector: zendesk, key: globex, base_url: '{desks.target.base_url}', bulk_users: true, {keys}}}"
        move(tmp_path / "out", first, folder, "zendesk_to_neutral", desks.clock)
        assert "4242" not in (files / "ticket.jsonl").read_text("utf-8"), "card numbers leave no trace"
        move(tmp_path / "in", folder, last, "neutral_to_zendesk", desks.clock)
        desks.clock.advance(180)
        before = read_account(tmp_path / "before", desks.source, desks.clock, "acme")
        after = read_account(tmp_path / "after", desks.target, desks.clock, "globex")
        desks.healthy()
    found = {ticket["external_id"].removeprefix("tf-files-"): id_ for id_, ticket in after.tickets.items()}
    copies = {number: found[id_] for number, id_ in numbers_in(files).items()}
    assert copies.keys() == before.tickets.keys()
    rules = Rules(before, copies, label="")
    for number, copy in copies.items():
        seen = after.ticket(copy)
        assert "ticketferry" in seen["comments"].pop()["text"]
        assert seen == rules.ticket(number), number
    assert {"Outcome", "Фаза проекта", "Refund reason"} <= after.ticket(copies["3"])["fields"].keys()
