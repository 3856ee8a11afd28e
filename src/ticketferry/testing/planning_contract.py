"""What every target keeps while a plan is made: pure compilation, operations that can be saved, a fate for every leaf."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from ticketferry.errors import UnsupportedError
from ticketferry.schema.records import compact
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import (
    Change,
    Disposition,
    Fate,
    Job,
    Outcome,
    Target,
)
from ticketferry.sdk.templates import decode, encode, needs
from ticketferry.sdk.trace import leaves, parents, pattern_of
from ticketferry.testing.driver import Driver
from ticketferry.testing.hostile import hostile_records
from ticketferry.testing.purity import twice
from ticketferry.testing.target_suite import ROOT_FEATURES, TargetSuite

__all__ = ["PlanningContract"]

_STRUCTURE = frozenset({"ref", "origin", "ticket", "person"})
"""Names that a record has in the source; they are the mark, not content."""


class PlanningContract(TargetSuite):
    """A part of `TargetContract`: nothing of it writes."""

    def test_compile_is_pure(self, target: Target) -> None:
        """The same change gives the same operations, without a network, and stays as it was."""
        catalog = target.catalog()
        for record in self.records():
            twice(target.compile, Change(Outcome.CREATE, record, None), catalog)

    def test_what_is_expected_is_what_a_new_record_compiles_to(self, driver: Driver) -> None:
        """`expected` is pure, says of each record the same as writing it does, and gives every leaf the same fate."""
        for record in self.records():
            expected = twice(driver.expected, record)
            compiled = driver.compile(Outcome.CREATE, record)
            assert expected.record == compiled.expected, record["ref"]
            assert dict(_ends(expected.fates)) == dict(_ends(compiled.fates)), record["ref"]
            assert expected.refused == compiled.refused

    def test_operations_are_well_formed(self, driver: Driver) -> None:
        """Declared endpoints, keys of their own, one lane a root, bodies that a plan can save."""
        names = {endpoint.name for endpoint in driver.target.endpoints}
        keys: set[str] = set()
        for record in self.records():
            for operation in driver.compile(Outcome.CREATE, record).operations:
                assert operation.endpoint in names, (
                    f"{operation.key} goes to {operation.endpoint}, which is not declared"
                )
                assert str(operation.lane) == record["ref"]
                assert operation.key not in keys, f"{operation.key} is there twice"
                keys.add(operation.key)
                for template in (dict(operation.params), operation.body):
                    assert decode(encode(template)) == template, (
                        f"{operation.key} is not the same after saving"
                    )

    def test_every_symbolic_value_has_a_giver(self, driver: Driver) -> None:
        """What an operation waits for is given by another operation, or was there before."""
        gives = {endpoint.name: endpoint.gives for endpoint in driver.target.endpoints}
        compiled = [driver.compile(Outcome.CREATE, record) for record in self.records()]
        known = {(ref, slot) for ref, slots in driver.slots.items() for slot in slots}
        operations = [operation for each in compiled for operation in each.operations]
        for operation in operations:
            known |= {(str(operation.subject), slot) for slot in gives[operation.endpoint]}
        for operation in operations:
            for need in [*needs(dict(operation.params)), *needs(operation.body)]:
                assert (str(need.ref), need.slot) in known, (
                    f"{operation.key} waits for {need}, which nothing gives"
                )

    def test_every_leaf_of_a_desired_record_has_a_fate(self, driver: Driver) -> None:
        """Nothing is lost silently: each leaf is carried, kept, or unsupported with a finding."""
        for record in self.records():
            compiled = driver.compile(Outcome.CREATE, record)
            table = {fate.path: fate for fate in compiled.fates}
            for leaf in leaves(compact(record), frozenset({"body", "comments[].body", "worklogs[].body"})):
                if leaf.pattern.rsplit(".", 1)[-1] in _STRUCTURE:
                    continue
                fate = _fate(table, leaf.path)
                assert fate is not None, f"{record['ref']}: {leaf.path} has no fate"
                if fate.disposition is Disposition.UNSUPPORTED:
                    assert compiled.findings, (
                        f"{record['ref']}: {leaf.path} is unsupported, and no finding says why"
                    )

    def test_guards_are_declared_and_checked(self, target: Target) -> None:
        """An endpoint that could notify names guards that the connector declares; `check` speaks of those that are read."""
        declared = {guard.code: guard for guard in self.connector.guards}
        named = {code for endpoint in target.endpoints for code in endpoint.guards}
        assert named <= declared.keys(), f"not declared: {named - declared.keys()}"
        checked = {finding.code for finding in target.check()}
        by_reading = {code for code in named if declared[code].proof == "read"}
        assert by_reading <= checked, f"`check` says nothing of {by_reading - checked}"

    def test_roots_that_are_not_declared_are_unsupported(self, target: Target) -> None:
        """A target that cannot make organizations, groups or people says so."""
        catalog = target.catalog()
        for record in hostile_records():
            feature = ROOT_FEATURES.get(parse_ref(record["ref"]).kind)
            if feature is not None and feature not in self.connector.features:
                with pytest.raises(UnsupportedError):
                    target.compile(Change(Outcome.CREATE, record, None), catalog)
                with pytest.raises(UnsupportedError):
                    target.expected(record, catalog)

    def test_polling_without_jobs_is_unsupported(self, target: Target) -> None:
        """Only a target with jobs is asked for them."""
        if any(endpoint.job for endpoint in target.endpoints):
            pytest.skip(f"{self.connector.name} works by jobs")
        with pytest.raises(UnsupportedError):
            target.poll(Job("1", ()))


def _ends(fates: Sequence[Fate]) -> Iterator[tuple[str, Fate]]:
    return ((fate.path, fate) for fate in fates)


def _fate(table: Mapping[str, Fate], path: str) -> Fate | None:
    for candidate in (path, *parents(path)):
        fate = table.get(candidate) or table.get(pattern_of(candidate))
        if fate is not None:
            return fate
    return None
