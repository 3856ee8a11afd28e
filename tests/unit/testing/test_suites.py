"""The contract suites find what they are for: each connector here breaks one promise, and one test says so."""

import contextlib
import json
import random
import socket
from dataclasses import replace

import pytest

from ticketferry.errors import UnsupportedError
from ticketferry.schema.refs import Kind
from ticketferry.sdk.contract import Compiled, Connector, Severity, Translated, WriteResult
from ticketferry.sdk.features import Feature, Guard
from ticketferry.sdk.session import Session
from ticketferry.testing import Driver, MemoryBlobs, SourceContract, TargetContract, write_sample
from ticketferry_neutral import CONNECTOR
from ticketferry_neutral.options import NeutralOptions
from ticketferry_neutral.source import NeutralSource
from ticketferry_neutral.target import NeutralTarget


class Skipping(NeutralSource):
    """Goes on one record too far."""

    def read(self, stream, cursor):
        skip = 0 if cursor is None else 1
        for page in super().read(stream, cursor):
            yield replace(page, records=page.records[skip:])
            skip = 0


class NeverLast(NeutralSource):
    def read(self, stream, cursor):
        for page in super().read(stream, cursor):
            yield replace(page, last=False)


class Losing(NeutralSource):
    """Says that a leaf went to a record that it does not make."""

    def translate(self, wire, catalog):
        done = super().translate(wire, catalog)
        return Translated(done.records, dict.fromkeys(done.trace, "ticket[0].subject"))


class Claiming(NeutralSource):
    """Says that a leaf stands where something else does."""

    def translate(self, wire, catalog):
        done = super().translate(wire, catalog)
        head = done.records[0] if done.records else {"ref": ""}
        place = "{1}[{2}].ref".format(*head["ref"].split(":", 2)) if head["ref"] else ""
        return Translated(done.records, dict.fromkeys(done.trace, place))


class Rolling(NeutralSource):
    """Translates otherwise each time."""

    def translate(self, wire, catalog):
        done = super().translate(wire, catalog)
        return Translated([{**done.records[0], "native": {"x": random.random()}}], done.trace)


class Calling(NeutralSource):
    """Opens a connection to translate."""

    def translate(self, wire, catalog):
        with socket.socket() as connection, contextlib.suppress(OSError):
            connection.connect(("127.0.0.1", 9))
        return super().translate(wire, catalog)


class Miscounting(NeutralSource):
    def count(self, stream):
        return super().count(stream) + 1


class Partial(NeutralSource):
    """Fetches a root without its parts."""

    def fetch(self, refs):
        return [wire for wire in super().fetch(refs) if wire.root is None]


class Cutting(NeutralSource):
    def content(self, attachment):
        for chunk in super().content(attachment):
            yield chunk[:-1]


class Rootless(NeutralSource):
    def read(self, stream, cursor):
        for page in super().read(stream, cursor):
            yield replace(page, records=[replace(wire, root=None) for wire in page.records])


class Hoarding(NeutralSource):
    """Tells of a root that goes and of no part that does."""

    def read(self, stream, cursor):
        for page in super().read(stream, cursor):
            kept = [wire for wire in page.records if not (wire.gone and wire.ref.kind is Kind.COMMENT)]
            yield replace(page, records=kept, complete=False)


@pytest.mark.parametrize("broken", [False, True])
def test_a_source_that_keeps_the_words_of_a_deleted_comment_is_caught(tmp_path, broken):
    class Suite(SourceContract):
        connector = CONNECTOR

        def remove_part(self, source):
            wires = {wire.ref.id: wire for page in source.read("comment", None) for wire in page.records}
            root = wires["201"].root
            line = {"id": "201", "root": {"kind": root.kind.value, "id": root.id}, "gone": True}
            with (tmp_path / "comment.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            return (root.kind, root.id), (Kind.COMMENT, "201")

    write_sample(tmp_path, tickets=3)
    source = (Hoarding if broken else NeutralSource)(
        NeutralOptions(folder=tmp_path, page_size=2), Session("acme")
    )
    with (
        pytest.raises(AssertionError, match="nothing in the delta says that")
        if broken
        else contextlib.nullcontext()
    ):
        Suite().test_a_part_that_is_gone_disappears(source)


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Skipping, "test_reading_goes_on_from_every_page"),
        (NeverLast, "test_the_streams_hold_something_and_end_once"),
        (Losing, "test_every_leaf_is_traced_or_kept"),
        (Claiming, "test_a_value_stands_where_its_trace_says"),
        (Rolling, "test_translate_is_pure"),
        (Calling, "test_translate_is_pure"),
        (Miscounting, "test_counts_are_those_of_reading"),
        (Partial, "test_fetching_by_id_gives_what_reading_gave"),
        (Cutting, "test_attachments_come_whole"),
        (Rootless, "test_records_are_named_by_the_desk_and_parts_by_their_root"),
    ],
)
def test_a_source_that_breaks_a_promise_is_caught(tmp_path, broken, test):
    write_sample(tmp_path, tickets=3)
    suite = SourceContract()
    suite.connector = CONNECTOR
    outcomes = []
    for kind in (NeutralSource, broken):
        source = kind(NeutralOptions(folder=tmp_path, page_size=2), Session("acme"))
        arguments = (
            (source, source.catalog())
            if test.startswith(("test_translate", "test_every", "test_att", "test_a_value"))
            else (source,)
        )
        try:
            getattr(suite, test)(*arguments)
            outcomes.append("kept")
        except AssertionError:
            outcomes.append("caught")
    assert outcomes == ["kept", "caught"]


class Forgetful(NeutralTarget):
    """Writes every comment as public."""

    def write(self, endpoint, batch):
        if endpoint.name == "comment.create":
            batch = [replace(op, body={"record": {**op.body["record"], "public": True}}) for op in batch]
        return super().write(endpoint, batch)


class Promising(NeutralTarget):
    """Expects what it does not write."""

    def compile(self, change, catalog):
        done = super().compile(change, catalog)
        return replace(done, expected={**done.expected, "resolution": "Done"})


class Dreaming(NeutralTarget):
    """Expects of a record what compiling it does not."""

    def expected(self, desired, catalog, way="rest"):
        found = super().expected(desired, catalog, way)
        return replace(found, record={**found.record, "resolution": "Done"})


class Unfated(NeutralTarget):
    def compile(self, change, catalog):
        done = super().compile(change, catalog)
        return replace(done, fates=[fate for fate in done.fates if fate.path != "tags"])


class Undeclared(NeutralTarget):
    def compile(self, change, catalog):
        done = super().compile(change, catalog)
        return replace(done, operations=[replace(op, endpoint="secret.write") for op in done.operations])


class Orphaned(NeutralTarget):
    """Its tickets give no number, and its comments wait for it."""

    @property
    def endpoints(self):
        return [replace(endpoint, gives=()) for endpoint in super().endpoints]


class Raising(NeutralTarget):
    def write(self, endpoint, batch):
        results = super().write(endpoint, batch)
        if any(result.status == "rejected" for result in results):
            raise ValueError("no such record")
        return results


class Guessing(NeutralTarget):
    """Finds everything done."""

    def find(self, operations, last):
        return [WriteResult(operation.key, "done", {"id": "1"}) for operation in operations]


class Keeping(NeutralTarget):
    """Undoes nothing and says nothing of it."""

    def undo(self, done, before):
        return Compiled((), before)


class Silent(NeutralTarget):
    def check(self):
        return [finding for finding in super().check() if finding.severity is Severity.BLOCKER]

    @property
    def endpoints(self):
        return [replace(endpoint, guards=("NF-MAIL",)) for endpoint in super().endpoints]


class Doubling(NeutralTarget):
    """An edit that says it may be sent twice, and adds each time."""

    def write(self, endpoint, batch):
        if endpoint.name == "ticket.update":
            batch = [self._longer(op) for op in batch]
        return super().write(endpoint, batch)

    def _longer(self, op):
        if "tags" not in op.body["set"]:
            return op
        line = self.folder.get(op.subject.kind, op.params["id"])
        return replace(
            op, body={"set": {**op.body["set"], "tags": [*line.record["tags"], *op.body["set"]["tags"]]}}
        )


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Forgetful, "test_what_was_written_reads_as_expected"),
        (Promising, "test_what_was_written_reads_as_expected"),
        (Dreaming, "test_what_is_expected_is_what_a_new_record_compiles_to"),
        (Unfated, "test_what_is_expected_is_what_a_new_record_compiles_to"),
        (Unfated, "test_every_leaf_of_a_desired_record_has_a_fate"),
        (Undeclared, "test_operations_are_well_formed"),
        (Orphaned, "test_every_symbolic_value_has_a_giver"),
        (Raising, "test_one_bad_item_does_not_raise"),
        (Guessing, "test_find_tells_what_was_done_and_what_was_not"),
        (Keeping, "test_undo_of_a_creation_takes_the_record_back"),
        (Keeping, "test_undo_of_an_update_brings_the_former_state_back"),
        (Silent, "test_guards_are_declared_and_checked"),
        (Doubling, "test_an_edit_may_be_sent_twice"),
    ],
)
def test_a_target_that_breaks_a_promise_is_caught(tmp_path, broken, test):
    suite = TargetContract()
    suite.connector = replace(CONNECTOR, guards=(Guard("NF-MAIL", "mail is off", "read", "switch it off"),))
    outcomes = []
    for kind in (NeutralTarget, broken):
        session = Session("new", "acme", "contract", blobs=MemoryBlobs())
        target = kind(NeutralOptions(folder=tmp_path / kind.__name__), session)
        takes_target = test.startswith("test_guards")
        try:
            getattr(suite, test)(target if takes_target else Driver(target, suite.connector, session))
            outcomes.append("kept")
        except (AssertionError, ValueError):
            outcomes.append("caught")
    assert outcomes == ["kept", "caught"]


def test_a_feature_that_is_not_declared_has_to_be_refused(tmp_path):
    suite = TargetContract()
    suite.connector = replace(CONNECTOR, features=CONNECTOR.features - {Feature.GROUPS})
    target = NeutralTarget(NeutralOptions(folder=tmp_path), Session("new", "acme"))
    with pytest.raises(pytest.fail.Exception):
        suite.test_roots_that_are_not_declared_are_unsupported(target)
    assert not any(record["ref"].startswith("acme:group:") for record in suite.records())


def test_a_target_without_jobs_that_answers_a_poll_is_caught(tmp_path):
    target = NeutralTarget(NeutralOptions(folder=tmp_path), Session("new", "acme"))
    TargetContract.test_polling_without_jobs_is_unsupported(TargetContract(), target)
    target.poll = lambda job: []
    with pytest.raises(pytest.fail.Exception):
        TargetContract.test_polling_without_jobs_is_unsupported(TargetContract(), target)


def test_the_suite_is_not_collected_by_itself():
    assert not SourceContract.__name__.startswith("Test")
    assert not TargetContract.__name__.startswith("Test")
    assert isinstance(CONNECTOR, Connector)
    assert issubclass(UnsupportedError, Exception)
