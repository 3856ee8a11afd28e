"""What the tests of every target stand on: the hooks that a connector's tests override, and an apply for tests."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import (
    Compiled,
    Connector,
    Outcome,
    Target,
)
from ticketferry.sdk.features import Feature
from ticketferry.sdk.session import Session
from ticketferry.testing.comparing import differences
from ticketferry.testing.driver import Done, Driver
from ticketferry.testing.hostile import MemoryBlobs, hostile_records

__all__ = ["ROOT_FEATURES", "TargetSuite"]

ROOT_FEATURES = {
    Kind.ORGANIZATION: Feature.ORGANIZATIONS,
    Kind.GROUP: Feature.GROUPS,
    Kind.PERSON: Feature.PEOPLE_CREATED,
}
"""What a target declares that makes such roots."""


class TargetSuite:
    """The hooks and fixtures of `TargetContract`."""

    connector: Connector
    """What the entry point names."""
    examples = 20
    """Generated cases that are written and read back."""

    def make_target(self, folder: Path, session: Session) -> Target:
        """Open a target on an empty desk; `folder` is empty and the test's own, `session` names desk and source."""
        raise NotImplementedError

    def fit(self, record: Record) -> Record | None:
        """Return the record with statuses, types and fields that the target has; None where it cannot hold such a root."""
        return record

    def accounts(self, target: Target) -> Mapping[str, Mapping[str, str]]:
        """Return source ref -> slots of what is in the target before."""
        del target
        return {}

    # ---- what the tests stand on ---------------------------------------------------------------------------------

    @pytest.fixture
    def session(self) -> Session:
        """The target desk `new`, receiving the records of `acme`."""
        return Session(desk="new", origin="acme", workspace="contract", blobs=MemoryBlobs())

    @pytest.fixture
    def target(self, tmp_path: Path, session: Session) -> Iterator[Target]:
        """The target, closed afterwards."""
        target = self.make_target(tmp_path, session)
        yield target
        target.close()

    @pytest.fixture
    def driver(self, target: Target, session: Session) -> Driver:
        """An apply for tests."""
        return Driver(target, self.connector, session, self.accounts(target))

    def records(self) -> list[Record]:
        """The hostile records that this target can hold, in the order of creation."""
        records = []
        for record in hostile_records():
            feature = ROOT_FEATURES.get(parse_ref(record["ref"]).kind)
            if feature is None or feature in self.connector.features:
                fitted = self.fit(copy.deepcopy(record))
                if fitted is not None:
                    records.append(fitted)
        return records

    def created(
        self, driver: Driver, records: Sequence[Record] | None = None
    ) -> dict[str, tuple[Compiled, list[Done]]]:
        """Write records (all hostile ones) and return what was compiled and done, by source ref."""
        wanted = self.records() if records is None else records
        compiled = {record["ref"]: driver.compile(Outcome.CREATE, record) for record in wanted}
        done = driver.apply([operation for each in compiled.values() for operation in each.operations])
        return {
            ref: (each, [pair for pair in done if str(pair[0].lane) == ref]) for ref, each in compiled.items()
        }

    def a_ticket(self) -> Record:
        """The hostile ticket with most in it."""
        return next(record for record in self.records() if parse_ref(record["ref"]).kind is Kind.TICKET)

    def same(self, expected: Record | None, driver: Driver, ref: str) -> None:
        """Fail, naming fields, where reading does not show what was expected."""
        seen = driver.read(ref)
        if expected is None:
            assert seen is None, f"{ref} is still there"
            return
        assert seen is not None, f"{ref} is not there"
        assert differences(expected, seen) == {}, f"{ref} reads otherwise than expected"
