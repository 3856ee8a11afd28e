"""The ways on which mappings are drawn: a small desk and its target, and the fields, places and conditions that both have."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.desks import desks
from tests.flow.importing import by_file
from tests.flow.migrations import write_desk
from tests.flow.neutral_desks import TO_JIRA
from tests.flow.service_pair import ServicePair
from tests.flow.zendesk_pair import pair

from ticketferry.mapping.shipped import shipped
from ticketferry.project import Project
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

__all__ = ["PRIVACY", "WAYS", "Way"]

PRIVACY = {"drop": ["metadata.system.*"], "because": "drawn"}
"""For mappings that have no such rule of their own."""
OWN = (
    "subject",
    "external_id",
    "url",
    "satisfaction.comment",
    "channel",
    "brand",
    "handled_by",
    "organization",
    "tags",
    "due",
)
"""Values of a ticket that are no fields."""

Opened = tuple[Path, Any]
"""A folder of a migration between desks that are served, and their clock."""


@dataclass(frozen=True)
class Way:
    """`texts`: keys of text fields of the source that get a secret; `places`: fields of the target by name, some of them
    of other types and one in other letters; `conditions` take a part of the desk's tickets.
    """

    name: str
    served: Callable[[ExitStack, Path], Opened]
    mapping: Callable[[], str]
    texts: tuple[str, ...]
    places: tuple[str, ...]
    own: tuple[str, ...] = OWN
    conditions: tuple[dict[str, str], ...] = ({"tag": "vip"}, {"brand": "Acme"}, {"type": "incident"})

    @contextmanager
    def open(self, base: Path) -> Iterator[Project]:
        with ExitStack() as stack:
            root, clock = self.served(stack, base)
            yield stack.enter_context(Project.load(root, clock=clock))


def _shipped(name: str, more: str = "") -> Callable[[], str]:
    return lambda: Path(shipped()[name]).read_text(encoding="utf-8") + more


# ---- desks


def _zendesk_to_jira(stack: ExitStack, base: Path) -> Opened:
    found = stack.enter_context(desks(8))
    return found.project(base / "mig"), found.clock


def _zendesk_to_jira_by_file(stack: ExitStack, base: Path) -> Opened:
    found = stack.enter_context(desks(8))
    return by_file(found, base / "mig"), found.clock


def _zendesk_to_zendesk(stack: ExitStack, base: Path) -> Opened:
    found = stack.enter_context(pair(8))
    return found.project(base / "mig"), found.clock


def _jira_to_zendesk(stack: ExitStack, base: Path) -> Opened:
    found = ServicePair(stack, requests=5)
    return found.project(base / "mig"), found.clock


def _between(base: Path, source: str, target: str) -> Path:
    root = base / "mig"
    root.mkdir()
    (root / "migration.yaml").write_text(
        f"version: 1\nsource: {{{source}}}\ntarget: {{{target}}}\nmapping: mapping.yaml\nworkers: 2\n"
    )
    (root / "mapping.yaml").write_text("version: 1\n")
    return root


def _files(base: Path) -> str:
    write_desk(base / "desk", 6)
    return f"connector: neutral, key: acme, folder: '{base / 'desk'}'"


def _account(stack: ExitStack, clock: ManualClock, key: str, **options: Any) -> str:
    account: Any = stack.enter_context(ZendeskEmulator(clock=clock, plan=None, **options).serve())
    stack.enter_context(mock.patch.dict(os.environ, account.credentials))
    who = account.credentials["ZENDESK_CLIENT_ID"]
    return (
        f"connector: zendesk, key: {key}, base_url: '{account.base_url}', client_id: {who}, "
        "client_secret: env:ZENDESK_CLIENT_SECRET"
    )


def _zendesk_to_files(stack: ExitStack, base: Path) -> Opened:
    clock = ManualClock()
    source = _account(stack, clock, "acme", tickets=8)
    return _between(base, source, f"connector: neutral, key: files, folder: '{base / 'files'}'"), clock


def _files_to_zendesk(stack: ExitStack, base: Path) -> Opened:
    clock = ManualClock()
    target = _account(stack, clock, "globex", bulk_users=True, data=empty_desk())
    return _between(base, _files(base), target), clock


def _files_to_jira(stack: ExitStack, base: Path) -> Opened:
    clock = ManualClock()
    jira: Any = stack.enter_context(JsmEmulator(clock=clock).serve())
    stack.enter_context(mock.patch.dict(os.environ, jira.credentials))
    who = jira.credentials["JIRA_EMAIL"]
    target = f"connector: jsm, key: jira, base_url: '{jira.base_url}', email: {who}, token: env:JIRA_TOKEN"
    return _between(base, _files(base), target), clock


# ---- what they have in common

_ZENDESK_TEXTS = ("serial_no", "steps_to_reproduce", "card_number", "refund_amount_note", "city", "zip")
_JIRA_TEXTS = (
    "Serial no.",
    "Steps to reproduce",
    "CSAT comment",
    "Order id",
    "Former assignee",
    "Zendesk ticket",
)
_FILE_TEXTS = ("serial", "card", "note", "city", "steps", "Serial no.")
_JIRA_PLACES = (
    "Serial no.", "Steps to reproduce", "CSAT comment", "Zendesk ticket", "Zendesk link", "Former assignee", "Origin", "Due date",
    "Original created", "Original resolved", "steps to reproduce",
)  # fmt: skip
_ZENDESK_PLACES = (
    "Serial", "City", "Zip", "Old region", "Фаза проекта", "Steps to reproduce", "Serial no", "Card number", "Refund reason",
    "Delivery date", "steps to reproduce",
)  # fmt: skip
_OF_FILES = ({"tag": "c"}, {"priority": "urgent"}, {"status": "closed"})

WAYS = (
    Way("zendesk-jira", _zendesk_to_jira, _shipped("zendesk_to_jsm"), _ZENDESK_TEXTS, _JIRA_PLACES),
    Way(
        "zendesk-jira-by-file", _zendesk_to_jira_by_file, _shipped("zendesk_to_jsm", "\nway: import-file\n"),
        _ZENDESK_TEXTS, _JIRA_PLACES,
    ),
    Way("zendesk-zendesk", _zendesk_to_zendesk, _shipped("zendesk_to_zendesk"), _ZENDESK_TEXTS, _ZENDESK_PLACES),
    Way(
        "jira-zendesk", _jira_to_zendesk, _shipped("jsm_to_zendesk"), _JIRA_TEXTS, _ZENDESK_PLACES,
        own=("subject", "external_id", "url", "satisfaction.comment", "form", "resolution", "organization", "tags", "due"),
        conditions=({"tag": "vip"}, {"project": "SUP"}, {"type": "Incident"}),
    ),
    Way("zendesk-files", _zendesk_to_files, _shipped("zendesk_to_neutral"), _ZENDESK_TEXTS, _ZENDESK_PLACES),
    Way("files-zendesk", _files_to_zendesk, _shipped("neutral_to_zendesk"), _FILE_TEXTS, _ZENDESK_PLACES, conditions=_OF_FILES),
    Way("files-jira", _files_to_jira, lambda: TO_JIRA, _FILE_TEXTS, _JIRA_PLACES, conditions=_OF_FILES),
)  # fmt: skip
