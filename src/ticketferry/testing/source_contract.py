"""What every source keeps, as a base class of tests: a connector's own tests subclass it in a few lines."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from pydantic import TypeAdapter

from ticketferry.errors import RejectedError, UnsupportedError
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record, canonical, validate
from ticketferry.schema.refs import PARTS, ROOTS, Kind, Ref
from ticketferry.sdk.contract import Severity, Source, Wire
from ticketferry.sdk.features import Feature
from ticketferry.sdk.trace import count_leaves, leaves, lookup
from ticketferry.testing.astray import astray
from ticketferry.testing.purity import twice
from ticketferry.testing.source_suite import Key, last_states
from ticketferry.testing.survey_contract import SurveyContract

__all__ = ["SourceContract"]


class SourceContract(SurveyContract):
    """Subclass it with a name that starts with `Test`, set `connector`, and override `make_source`.

    The desk behind the source holds a few records of everything that the connector reads, hostile ones included. Overriding
    `change`, `remove` and `remove_part` lets the suite test deltas; without them those tests are skipped.
    """

    # ---- reading -------------------------------------------------------------------------------------------------

    def test_a_healthy_desk_has_no_blocker(self, source: Source) -> None:
        """`check` answers with findings, none of which stops."""
        assert [finding for finding in source.check() if finding.severity is Severity.BLOCKER] == []

    def test_the_desk_says_which_one_it_is(self, source: Source) -> None:
        """An identity names a place, says the same twice, and is asked without writing."""
        identity = source.identity()
        assert identity.place, "people must be able to tell the desk by it"
        assert identity == source.identity()
        assert identity.same(identity)

    def test_another_desk_has_another_identity(self, tmp_path: Path, source: Source) -> None:
        """Two desks are never taken for one: a folder that knows the one refuses the other."""
        opened = False
        for other in self.other_source(tmp_path):
            opened = True
            try:
                assert not source.identity().same(other.identity())
            finally:
                other.close()
        if not opened:
            pytest.skip("other_source is not given")

    def test_the_catalog_fits_the_schema_and_is_the_same_twice(self, source: Source) -> None:
        """A catalog names its desk and does not change by reading it."""
        catalog = source.catalog()
        TypeAdapter(Catalog).validate_python(catalog)
        assert canonical(dict(catalog)) == canonical(dict(source.catalog()))

    def test_the_streams_hold_something_and_end_once(self, source: Source) -> None:
        """Only the last page of a stream says that it is the last."""
        assert source.streams(), "a source without streams reads nothing"
        total = 0
        for stream in source.streams():
            pages = list(source.read(stream, None))
            assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True], stream
            total += sum(len(page.records) for page in pages)
        assert total, "the desk of the contract suite is empty"

    def test_reading_goes_on_from_every_page(self, source: Source) -> None:
        """Whatever page was stored last before a crash: going on from its cursor skips no record."""
        for stream in source.streams():
            pages = list(source.read(stream, None))
            whole = last_states(pages)
            step = max(1, len(pages) // self.most_pages)
            for number in range(0, len(pages), step):
                again = last_states([*pages[: number + 1], *source.read(stream, pages[number].cursor)])
                assert again.keys() == whole.keys(), (
                    f"{stream}: going on after page {number + 1} skips records"
                )
                changed = [key for key in whole if not self.same(whole[key], again[key])]
                assert not changed, (
                    f"{stream}: going on after page {number + 1} gives another state of {changed[:3]}"
                )

    def test_records_are_named_by_the_desk_and_parts_by_their_root(self, source: Source) -> None:
        """Refs carry the desk's key, and a part names the root that it belongs to."""
        wires = self.all_wires(source)
        desk = source.catalog()["desk"]
        for wire in wires.values():
            assert wire.ref.desk == desk
            if wire.ref.kind in PARTS and not wire.gone:
                assert wire.root is not None, f"{wire.ref} names no root"
                assert wire.root.kind is PARTS[wire.ref.kind]
                assert wire.root.desk == desk

    def test_a_delta_gives_what_changed(self, source: Source) -> None:
        """After a change, reading on gives it, and of the rest at most what stands at the border."""
        self.needs(Feature.DELTA)
        before = {stream: list(source.read(stream, None)) for stream in source.streams()}
        touched = self.change(source)
        if touched is None:
            pytest.skip("the suite was given no change to make")
        known = last_states(page for pages in before.values() for page in pages)
        fresh = last_states(
            page for stream, pages in before.items() for page in source.read(stream, pages[-1].cursor)
        )
        moved = {
            key
            for key, wire in fresh.items()
            if key not in known or wire.gone or not self.same(known[key], wire)
        }
        assert moved >= set(touched), f"the delta lacks {set(touched) - moved}"
        assert moved <= {*touched, *(key for key in moved if self._belongs(fresh[key], touched))}, (
            "the delta gives more than changed"
        )
        assert len(fresh) - len(moved) <= source.limits.page_size * len(before), (
            "the delta reads everything again"
        )

    def _belongs(self, wire: Wire, touched: Iterable[Key]) -> bool:
        return wire.root is not None and (wire.root.kind, wire.root.id) in set(touched)

    def test_what_was_deleted_comes_as_a_tombstone(self, source: Source) -> None:
        """A deletion is told, so that it is not taken for a record that stands still."""
        self.needs(Feature.DELETIONS)
        cursors = {stream: list(source.read(stream, None))[-1].cursor for stream in source.streams()}
        key = self.remove(source)
        if key is None:
            pytest.skip("the suite was given nothing to delete")
        fresh = last_states(
            page for stream, cursor in cursors.items() for page in source.read(stream, cursor)
        )
        assert key in fresh
        assert fresh[key].gone

    def test_a_part_that_is_gone_disappears(self, source: Source) -> None:
        """The delta gives its root whole and without it, or a tombstone of the part: else its words would stand for ever."""
        self.needs(Feature.DELTA)
        before = {stream: list(source.read(stream, None)) for stream in source.streams()}
        removed = self.remove_part(source)
        if removed is None:
            pytest.skip("the suite was given no part to delete")
        root, part = removed
        assert part in last_states(page for pages in before.values() for page in pages), (
            "the part was never there"
        )
        gone = False
        for stream, pages in before.items():
            for page in source.read(stream, pages[-1].cursor):
                given = last_states([page])
                if part in given:
                    gone = given[part].gone
                elif root in given and page.complete:
                    gone = True
        assert gone, f"nothing in the delta says that {part} is gone"
        desk = next(wire.ref.desk for pages in before.values() for page in pages for wire in page.records)
        shown = {(wire.ref.kind, wire.ref.id) for wire in source.fetch([Ref(desk, *root)]) if not wire.gone}
        assert root in shown
        assert part not in shown, f"{part} comes with its root still"

    def test_counts_are_those_of_reading(self, source: Source) -> None:
        """A control total from the desk agrees with what was read; a desk that cannot count says None."""
        for stream in source.streams():
            wires = last_states(source.read(stream, None)).values()
            read = sum(1 for wire in wires if not wire.gone and not wire.met)
            try:
                counted = source.count(stream)
            except UnsupportedError:
                counted = None
            if Feature.COUNTS in self.connector.features and counted is not None:
                assert counted == read, stream
            elif Feature.COUNTS not in self.connector.features:
                assert counted is None, f"{self.connector.name} counts {stream} and does not declare it"

    def test_fetching_by_id_gives_what_reading_gave(self, source: Source) -> None:
        """A root with all its parts is the same by either way."""
        wires = {key: wire for key, wire in self.all_wires(source).items() if not wire.gone}
        for kind in ROOTS:
            for id_ in [key[1] for key in wires if key[0] is kind][: self.most_roots]:
                ref = Ref(source.catalog()["desk"], kind, id_)
                expected = {key: wire for key, wire in wires.items() if ref in (wire.ref, wire.root)}
                fetched = {(wire.ref.kind, wire.ref.id): wire for wire in source.fetch([ref])}
                assert fetched.keys() == expected.keys(), f"{ref}: fetching and reading give different parts"
                for key, wire in fetched.items():
                    assert self.same(expected[key], wire), f"{wire.ref}: fetching and reading differ"
                    assert wire.root == expected[key].root

    def test_what_does_not_exist_is_left_out(self, source: Source) -> None:
        """An id that was never given is no error."""
        desk = source.catalog()["desk"]
        assert list(source.fetch([Ref(desk, Kind.TICKET, "999999999")])) == []
        assert list(source.fetch([])) == []

    # ---- translation ---------------------------------------------------------------------------------------------

    def test_translate_is_pure(self, source: Source, catalog: Catalog) -> None:
        """The same wire gives the same records, without a network, and stays as it was."""
        for wire in self.all_wires(source).values():
            twice(source.translate, wire, catalog)

    def test_every_leaf_is_traced_or_kept(self, source: Source, catalog: Catalog) -> None:
        """After the core has completed a translation, each leaf of the wire has a place in a record that exists."""
        for wire in self.all_wires(source).values():
            if wire.gone and wire.body is None:
                continue
            bodies = self.connector.bodies.get(wire.ref.kind.value, frozenset())
            done = self.finished(source, wire, catalog)
            claimed = source.translate(wire, catalog).trace
            names = {"{1}[{2}]".format(*record["ref"].split(":", 2)) for record in done.records}
            seen = 0
            for leaf in leaves(wire.body, bodies):
                seen += 1
                to = lookup(done.trace, leaf.path, leaf.pattern)
                assert to, f"{wire.ref}: {leaf.path} is lost"
                to = lookup(claimed, leaf.path, leaf.pattern) or to
                if not to.startswith("="):
                    home = to[: to.index("].") + 1] if "]." in to else to
                    assert home in names, (
                        f"{wire.ref}: {leaf.path} goes to {to}, which the translation does not make"
                    )
            assert seen == count_leaves(wire.body, bodies)

    def test_a_value_stands_where_its_trace_says(self, source: Source, catalog: Catalog) -> None:
        """Whatever counts as carried is there: the place holds the value, or what a named derivation makes of it; words keep their letters."""
        for wire in self.all_wires(source).values():
            if wire.gone and wire.body is None:
                continue
            bodies = self.connector.bodies.get(wire.ref.kind.value, frozenset())
            assert astray(wire, self.finished(source, wire, catalog), bodies) == []

    def test_records_fit_the_schema(self, source: Source, catalog: Catalog) -> None:
        """What a translation makes is a valid neutral record of this desk."""
        for wire in self.all_wires(source).values():
            for record in self.finished(source, wire, catalog).records:
                validate(record)
                assert record["ref"].startswith(f"{catalog['desk']}:")

    # ---- attachments ---------------------------------------------------------------------------------------------

    def attachments(self, source: Source, catalog: Catalog) -> Iterator[Record]:
        """Every attachment of the desk."""
        for wire in self.all_wires(source).values():
            if not wire.gone:
                for record in self.finished(source, wire, catalog).records:
                    if record["ref"].split(":", 2)[1] == Kind.ATTACHMENT.value:
                        yield record

    def test_attachments_come_whole(self, source: Source, catalog: Catalog) -> None:
        """The bytes have the checksum and size that the record says; what is gone is a RejectedError."""
        self.needs(Feature.CONTENT)
        for record in self.attachments(source, catalog):
            attachment: Any = record
            if record.get("state") in ("missing", "redacted", "malware"):
                with pytest.raises(RejectedError):
                    b"".join(source.content(attachment))
                continue
            data = b"".join(source.content(attachment))
            assert record.get("size", len(data)) == len(data), record["ref"]
            assert record.get("sha256", sha256(data).hexdigest()) == sha256(data).hexdigest(), record["ref"]

    def test_attachments_come_whole_to_several_readers_at_once(
        self, source: Source, catalog: Catalog, tmp_path: Path
    ) -> None:
        """Files are fetched side by side, by a source that was only just opened: no reader gets the bytes of another one."""
        self.needs(Feature.CONTENT)
        wanted: list[Any] = [
            record
            for record in self.attachments(source, catalog)
            if record.get("state") not in ("missing", "redacted", "malware")
        ]
        alone = [sha256(b"".join(source.content(record))).digest() for record in wanted]
        folder = tmp_path / "again"
        folder.mkdir()
        fresh = self.make_source(folder)
        begin = Barrier(4)

        def read(_: int) -> list[bytes]:
            begin.wait(30)
            return [sha256(b"".join(fresh.content(record))).digest() for record in wanted]

        try:
            with ThreadPoolExecutor(4) as pool:
                together = list(pool.map(read, range(4)))
        finally:
            fresh.close()
        assert together == [alone] * 4

    def test_content_that_is_not_declared_is_unsupported(self, source: Source) -> None:
        """A connector without attachments says so instead of giving nothing."""
        if Feature.CONTENT in self.connector.features:
            pytest.skip(f"{self.connector.name} declares content")
        attachment: Any = {"ref": f"{source.catalog()['desk']}:attachment:1", "name": "a.txt"}
        with pytest.raises(UnsupportedError):
            b"".join(source.content(attachment))

    def test_closing_twice_is_fine(self, source: Source) -> None:
        """A source may be given back more than once."""
        source.close()
        source.close()
