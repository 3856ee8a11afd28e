"""What every target keeps, as a base class of tests: plans that are pure, writes that read back as expected, undo that undoes."""

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ticketferry.schema.records import Record, validate
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import (
    Compiled,
    Job,
    Outcome,
    Repeat,
    Severity,
    Target,
)
from ticketferry.sdk.features import Feature
from ticketferry.sdk.session import Session
from ticketferry.sdk.templates import needs
from ticketferry.testing.driver import Done, Driver
from ticketferry.testing.planning_contract import PlanningContract
from ticketferry.testing.records import cases

__all__ = ["TargetContract"]


class TargetContract(PlanningContract):
    """Subclass it with a name that starts with `Test`, set `connector`, and override `make_target`.

    `make_target` gives an empty desk each time. `fit` brings a desired record to names that exist there, and `accounts` names
    the people that a target without `people_created` holds already.
    """

    # ---- writing -------------------------------------------------------------------------------------------------

    def test_what_was_written_reads_as_expected(self, driver: Driver) -> None:
        """translate(read(apply(compile(x)))) is expected(x), for every hostile record."""
        for ref, (compiled, _) in self.created(driver).items():
            assert compiled.expected is not None
            self.same(compiled.expected, driver, ref)

    def test_any_case_reads_as_expected(self, tmp_path: Path, session: Session) -> None:
        """The same for cases that hypothesis makes up."""
        number = 0

        @settings(
            max_examples=self.examples,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(case=cases())
        def holds(case: Record) -> None:
            nonlocal number
            number += 1
            fitted = self.fit(copy.deepcopy(case))
            if fitted is None:
                return
            folder = tmp_path / str(number)
            folder.mkdir()
            target = self.make_target(folder, session)
            try:
                driver = Driver(target, self.connector, session, self.accounts(target))
                people = [
                    record for record in self.records() if parse_ref(record["ref"]).kind is not Kind.TICKET
                ]
                written = self.created(driver, [*people, fitted])
                self.same(written[fitted["ref"]][0].expected, driver, fitted["ref"])
            finally:
                target.close()

        holds()

    def test_history_reads_as_it_was_written(self, driver: Driver) -> None:
        """A target that declares history shows the same steps at the same times."""
        if Feature.HISTORY not in self.connector.features:
            pytest.skip(f"{self.connector.name} does not declare history")
        self.created(driver)
        for record in self.records():
            seen = driver.read(record["ref"]) or {}
            assert _steps(seen) == _steps(record), record["ref"]

    def test_names_and_marks_are_read_back(self, driver: Driver) -> None:
        """Each ticket and comment that was made says which source record it stands for."""
        self.created(driver)
        ticket = self.a_ticket()
        seen = driver.read(ticket["ref"])
        assert seen is not None
        validate(seen)
        assert seen["ref"] == ticket["ref"]
        names = {part.get("origin") or part["ref"] for part in seen.get("comments", [])}
        assert {part["ref"] for part in ticket.get("comments", [])} <= names

    def test_our_tickets_are_read_by_their_streams(self, driver: Driver) -> None:
        """Reading a target gives every ticket that bears our mark."""
        self.created(driver)
        ids = {wire.ref.id for wire in _all(driver.target) if wire.ref.kind is Kind.TICKET and not wire.gone}
        ours = {
            slots["id"]
            for ref, slots in driver.slots.items()
            if parse_ref(ref).kind is Kind.TICKET and "id" in slots
        }
        assert ours <= ids

    def test_an_update_reads_as_expected(self, driver: Driver) -> None:
        """Changed values, a comment more, one that became internal, tags that went: the same as expected."""
        self.created(driver)
        ticket, changed, fields = self.updated()
        compiled = driver.compile(Outcome.UPDATE, changed, driver.read(ticket["ref"]), fields)
        driver.apply(compiled.operations)
        assert compiled.expected is not None
        self.same(compiled.expected, driver, ticket["ref"])

    def updated(self) -> tuple[Record, Record, list[str]]:
        """Return a ticket, the same after changes in the source, and the fields that moved."""
        ticket = self.a_ticket()
        changed = copy.deepcopy(ticket)
        changed["subject"] = "changed 🦀 " + ticket.get("subject", "")[:20]
        changed["tags"] = ["vip"]
        comments = changed["comments"]
        comments[0]["public"] = False
        comments.append(
            {
                **comments[1],
                "ref": "acme:comment:199",
                "body": {"html": "<p>one more</p>"},
                "created": "2024-03-01T13:00:00Z",
            }
        )
        fields = ["subject", "tags", f"comments[{comments[0]['ref']}]", "comments[acme:comment:199]"]
        if changed.get("links"):
            link = changed["links"].pop(0)
            fields.append(
                f"links[{link['type']}:{link.get('to') or link.get('url')}:{int(bool(link.get('inward')))}]"
            )
        return ticket, changed, fields

    def test_an_edit_may_be_sent_twice(self, driver: Driver) -> None:
        """An endpoint that declares `safe` has no second effect."""
        self.created(driver)
        ticket, changed, fields = self.updated()
        compiled = driver.compile(Outcome.UPDATE, changed, driver.read(ticket["ref"]), fields)
        done = driver.apply(compiled.operations)
        safe = {endpoint.name for endpoint in driver.target.endpoints if endpoint.repeat is Repeat.SAFE}
        for operation, _ in done:
            if operation.endpoint in safe:
                assert driver.send([operation])[0].status == "done"
        assert compiled.expected is not None
        self.same(compiled.expected, driver, ticket["ref"])

    def test_one_bad_item_does_not_raise(self, driver: Driver) -> None:
        """An operation for a record that is not there is rejected by itself, with a finding."""
        self.created(driver)
        ticket, changed, fields = self.updated()
        compiled = driver.compile(Outcome.UPDATE, changed, driver.read(ticket["ref"]), fields)
        endpoints = {endpoint.name: endpoint for endpoint in driver.target.endpoints}
        for operation in compiled.operations:
            if not list(needs(dict(operation.params))):
                continue
            broken = driver.resolved(operation, "999999999")
            answer = driver.target.write(endpoints[operation.endpoint], [broken])
            results = _wait(driver, answer)
            assert [result.key for result in results] == [operation.key]
            assert results[0].status == "rejected", f"{operation.key}: {results[0].status}"
            error = results[0].error
            assert error is not None
            assert error.severity is Severity.DOUBT
            return
        pytest.skip("no operation of the update names a record of the target")

    def test_find_tells_what_was_done_and_what_was_not(self, driver: Driver) -> None:
        """Before a write it is absent; after it, it is done, with the slots that the write gave."""
        findable = {endpoint.name for endpoint in driver.target.endpoints if endpoint.repeat is Repeat.FIND}
        records = self.records()
        tickets = [record for record in records if parse_ref(record["ref"]).kind is Kind.TICKET]
        self.created(driver, [record for record in records if record not in tickets])
        for record in tickets[:2]:
            # Links would wait for tickets that this test does not write.
            waiting = list(driver.compile(Outcome.CREATE, {**record, "links": []}).operations)
            for operation in waiting:
                if operation.endpoint in findable:
                    answer = driver.find([operation], {})[0]
                    assert (answer.key, answer.status) == (operation.key, "absent")
                result = driver.send([operation])[0]
                assert result.status == "done", result.error
                if operation.endpoint in findable:
                    answer = driver.find([operation], result.gives)[0]
                    assert (answer.key, answer.status) == (operation.key, "done"), (
                        f"{operation.key} was done and is not found"
                    )
                    assert dict(answer.gives) == dict(result.gives)

    # ---- undoing -------------------------------------------------------------------------------------------------

    def test_undo_of_a_creation_takes_the_record_back(self, driver: Driver) -> None:
        """Afterwards it is gone, or a finding says what stays."""
        written = self.created(driver)
        for ref, (_, done) in reversed(written.items()):
            inverse = self.inverse(driver, done, None)
            driver.apply(inverse.operations)
            if not inverse.findings:
                self.same(None, driver, ref)

    def test_undo_of_an_update_brings_the_former_state_back(self, driver: Driver) -> None:
        """What an update changed is as before, but for what a finding names."""
        self.created(driver)
        ticket, changed, fields = self.updated()
        before = driver.read(ticket["ref"])
        assert before is not None
        compiled = driver.compile(Outcome.UPDATE, changed, before, fields)
        inverse = self.inverse(driver, driver.apply(compiled.operations), before)
        driver.apply(inverse.operations)
        if not inverse.findings:
            self.same(before, driver, ticket["ref"])

    def inverse(self, driver: Driver, done: list[Done], before: Record | None) -> Compiled:
        """Ask for the inverse of a lane, pure and with declared endpoints."""
        names = {endpoint.name for endpoint in driver.target.endpoints}
        first, second = (driver.target.undo(copy.deepcopy(done), copy.deepcopy(before)) for _ in range(2))
        assert first == second, "undo gave two plans for the same"
        sent = {operation.key for operation, _ in done}
        for operation in first.operations:
            assert operation.endpoint in names
            assert operation.key not in sent
        return first

    def test_closing_twice_is_fine(self, target: Target) -> None:
        """A target may be given back more than once."""
        target.close()
        target.close()


def _steps(record: Record) -> list[Any]:
    """The steps of a history, in an order of their own: those of one second have none."""
    keys = ("time", "type", "field", "before", "after", "actor")
    return sorted(repr([event.get(key) for key in keys]) for event in record.get("events", ()))


def _all(target: Target) -> Iterator[Any]:
    for stream in target.streams():
        for page in target.read(stream, None):
            yield from page.records


def _wait(driver: Driver, answer: Any) -> Sequence[Any]:
    while isinstance(answer, Job):
        results = driver.target.poll(answer)
        if results is not None:
            return results
        driver.session.clock.sleep(1.0)
    return list(answer)
