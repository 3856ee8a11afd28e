"""The contract suite on the emulator by way of the import file: what every target keeps, this way keeps too."""

from contextlib import closing
from typing import Any, cast

import pytest
from tests.connectors.jsm.by_file import FileDriver
from tests.connectors.jsm.test_contract import TestJsmTarget as OverRest

from ticketferry.sdk import Kind, Outcome, Session, Target, UnsupportedError
from ticketferry.testing.driver import Driver
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.target import JsmTarget


class TestJsmTargetByFile(OverRest):
    @pytest.fixture
    def driver(self, target: Target, session: Session) -> FileDriver:
        emulator = self._open[-1][0]
        return FileDriver(emulator, target, CONNECTOR, session, self.accounts(target))

    def test_find_tells_what_was_done_and_what_was_not(self, driver: FileDriver) -> None:
        records = self.records()
        compiled = [driver.compile(Outcome.CREATE, record) for record in records]
        operations = [operation for each in compiled for operation in each.operations]
        people = [item for item in operations if item.lane.kind is not Kind.TICKET]
        filed = [item for item in operations if item.endpoint == "import.issue"]
        Driver.apply(driver, people)
        target: Any = driver.target
        last = {"anchor": target.anchor()}
        heads = [driver.head(item) for item in filed]
        assert [result.status for result in target.find(heads, last)] == ["absent"] * len(filed)
        driver.hand_out(filed[:-1])
        with closing(self.another(driver)) as another:
            fresh: Any = another
            found = fresh.find(heads, last)
            assert [result.status for result in found] == ["done"] * (len(filed) - 1) + ["absent"]
            ids = {result.gives["id"] for result in found[:-1]}
            assert ids == set(driver.emulator.state.issues)
            with pytest.raises(UnsupportedError, match="a person imports"):
                fresh.write(next(item for item in fresh.endpoints if item.file), filed)

    def another(self, driver: FileDriver) -> Target:
        """A target as the next run opens it: what was found once is remembered within a run."""
        return JsmTarget(cast("JsmTarget", driver.target).options, driver.session)


del OverRest
