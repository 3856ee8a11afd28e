"""An emulated service site full of life and an empty Zendesk account, and a project between them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.beginnings import Beginnings
from tests.flow.desks import free_port
from tests.flow.jsm_life import Life

from ticketferry.mapping.shipped import shipped
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

__all__ = ["ServicePair", "into_zendesk", "service_pair"]


def into_zendesk(root: Path, jira: Any, zendesk: Any, *, workers: int = 4, options: str = "") -> Path:
    """A project folder from a served site to a served account, with the shipped mapping."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: jsm, key: jira, base_url: '{jira.base_url}', "
        f"email: {jira.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN}}\n"
        f"target: {{connector: zendesk, key: globex, base_url: '{zendesk.base_url}', "
        f"client_id: {zendesk.credentials['ZENDESK_CLIENT_ID']}, client_secret: env:ZENDESK_CLIENT_SECRET, "
        f"bulk_users: true{options}}}\n"
        f"mapping: mapping.yaml\nworkers: {workers}\n"
    )
    shutil.copyfile(shipped()["jsm_to_zendesk"], root / "mapping.yaml")
    return root


class ServicePair:
    """Both on one virtual clock; the account can be made anew at the same address."""

    def __init__(self, stack: ExitStack, requests: int = 20) -> None:
        self.clock = ManualClock()
        self.beginnings = Beginnings(stack)
        self.jira: Any = stack.enter_context(JsmEmulator(clock=self.clock).serve())
        self.life = Life(self.jira).fill(requests)
        stack.callback(self.life.close)
        self._port = free_port()
        self._target_stack = ExitStack()
        stack.callback(self._close)
        self.zendesk: Any = None
        self.new_zendesk()
        credentials = {**self.jira.credentials, **self.zendesk.credentials}
        stack.enter_context(mock.patch.dict(os.environ, credentials))
        self.lived()

    def _close(self) -> None:
        self._target_stack.close()

    def lived(self) -> None:
        """Note how much was written to the site by its own people."""
        self._writes = len(self.jira.ledger.writes())
        self._mails = self.jira.notifications

    def new_zendesk(self) -> Any:
        """Serve an empty account at the same address."""
        self._target_stack.close()
        self._target_stack = ExitStack()
        emulator = ZendeskEmulator(clock=self.clock, plan=None, bulk_users=True, data=empty_desk())
        self.zendesk = self._target_stack.enter_context(emulator.serve(port=self._port))
        return self.zendesk

    def project(self, root: Path, *, workers: int = 4, options: str = "") -> Path:
        return into_zendesk(root, self.jira, self.zendesk, workers=workers, options=options)

    def healthy(self) -> None:
        """Assert what holds after every run: nothing unknown was asked, nothing crashed, nobody was told, the source is as it was."""
        assert self.clock.stalls == 0
        for emulator in (self.jira, self.zendesk):
            unknown = [f"{entry.method} {entry.path}" for entry in emulator.unserved]
            assert not unknown, unknown
            assert not emulator.crashes, emulator.crashes
        assert not self.zendesk.notifications, self.zendesk.state.mails
        assert len(self.jira.ledger.writes()) == self._writes
        assert self.jira.notifications == self._mails


@contextmanager
def service_pair() -> Iterator[ServicePair]:
    with ExitStack() as stack:
        yield ServicePair(stack)
