"""What every row of a table of fields keeps, as a base class of tests: round trip, cleared, hostile and longest values, misfits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.codec import FieldRow, FieldWriter, ReadContext, read_fields, restore
from ticketferry.sdk.contract import Disposition, Severity
from ticketferry.sdk.lane import Lane
from ticketferry.sdk.templates import resolve

__all__ = ["CodecContract"]

_HOSTILE = (
    " ", "\u200b", "\x00", "\ud800", "𝕏" * 300, "a\r\nb\tc", "{{ticket.id}}", "{0}{value}{error!r}", "<b>&amp;</b>", "-1", "1e999",
    "x" * 100_000,
)  # fmt: skip


class CodecContract:
    """Subclass it with a name that starts with `Test`, and set rows, site and context.

    `values`: neutral key -> values that the product takes, instead of the sample of the row's type; `misfits`: key -> values that it
    does not take; `echo` makes of the body of a request what the product answers.
    """

    rows: ClassVar[Sequence[FieldRow]]
    site: ClassVar[Any]
    context: ClassVar[ReadContext]
    values: ClassVar[Mapping[str, Sequence[Any]]] = {}
    misfits: ClassVar[Mapping[str, Sequence[Any]]] = {}
    base: ClassVar[Record] = {}
    """What a record must say for a row to have a place (`type: task` for a due date)."""

    def echo(self, row: FieldRow, wire: Any) -> Any:
        """Return the value as the product answers it; as it was sent, unless the two differ."""
        del row
        return wire

    def slot(self, ref: Ref) -> str:
        """Return what the product gave for a record; its id in the source, unless a connector makes refs of its own."""
        return ref.id

    # ---- what the tests stand on

    def written(self, record: Record) -> FieldWriter:
        """Write a record by the rows."""
        desired = {"ref": "acme:ticket:1", **self.base, **record}
        writer = FieldWriter(desired, self.site, Lane(parse_ref(desired["ref"])), "the mark")
        writer.write(self.rows)
        return writer

    def reads(self, row: FieldRow, writer: FieldWriter) -> Any:
        """Return what reading gives of a field that was written."""
        wire: Any = resolve(writer.value(row.target or ""), lambda ref, _: self.slot(ref))
        answer: Any = self.echo(row, wire)
        for key in reversed(row.wire.split(".")):
            answer = {key: answer}
        record, trace = read_fields([row], answer, self.context, "ticket[1]")
        assert all(to.startswith(("=", "ticket[1].")) for path, to in trace.items() if path[0] != ".")
        restore(record, writer.exact, writer.unset)
        return record.get(row.neutral)

    def values_of(self, row: FieldRow) -> Sequence[Any]:
        """Return the values to try a row with."""
        return self.values.get(row.neutral, (row.type.sample,))

    def own(self, value: Any) -> Any:
        """Return a value with its refs as the desk that answers names them."""
        if isinstance(value, list):
            return [self.own(item) for item in value]
        if isinstance(value, str) and value.startswith("acme:"):
            return str(Ref(self.context.desk, Kind(value.split(":")[1]), parse_ref(value).id))
        return value

    def _rows(self) -> Iterator[FieldRow]:
        return (row for row in self.rows if row.target is not None)

    # ---- the promises

    def test_every_row_is_tried(self) -> None:
        """No two rows write one key, and values are given for no row that is not there."""
        written = {row.neutral for row in self._rows()}
        assert {*self.values, *self.misfits} <= written
        targets = [row.target for row in self._rows()]
        assert len(targets) == len(set(targets))

    def test_what_is_written_reads_as_expected(self) -> None:
        """Round trip: what reading gives, with what the mark keeps, is what was expected; and the value has a fate."""
        for row in self._rows():
            for value in self.values_of(row):
                writer = self.written({row.neutral: value})
                assert self.reads(row, writer) == self.own(writer.expected.get(row.neutral)), (
                    row.neutral,
                    value,
                )
                assert writer.expected.get(row.neutral) is not None, (row.neutral, value)
                assert _fate(writer, row.neutral) in (Disposition.CARRIED, Disposition.TRANSFORMED)
                assert _is_same(row, writer.expected[row.neutral], value), (row.neutral, value)

    def test_what_is_cleared_reads_as_nothing(self) -> None:
        """An update that empties a field says so, and undoing it writes the former value; what takes no empty one is noted as unset."""
        for row in self._rows():
            target = row.target or ""
            for value in self.values_of(row):
                full, empty = self.written({row.neutral: value}), self.written({row.neutral: None})
                new, back = empty.moved(full, {row.neutral})
                assert back[target] == full.body[target]
                by_itself = row.stands_in(self.site) if row.stands_in is not None else None
                if by_itself:
                    assert empty.expected[row.neutral] == by_itself
                    assert new[target] == self.written({row.neutral: by_itself}).body[target]
                    continue
                assert row.neutral not in empty.expected
                assert new[target] == (row.cleared if row.default is None else row.default)
                assert self.reads(row, empty) in (None, [], ""), row.neutral

    def test_a_misfit_is_kept_beside(self) -> None:
        """What the product does not take goes into the mark with a finding of the row's own code, and no request holds it."""
        for row in self._rows():
            for value in self.misfits.get(row.neutral, ()):
                writer = self.written({row.neutral: value})
                assert writer.unplaced == {row.neutral: value}
                assert row.neutral not in writer.expected
                assert writer.body.get(row.target or "") in (row.default, row.cleared, None)
                assert [finding.where for finding in writer.lane.findings] == [row.neutral]
                assert all(finding.code and finding.message for finding in writer.lane.findings)
                assert _fate(writer, row.neutral) is Disposition.KEPT

    def test_nothing_hostile_is_lost(self) -> None:
        """Any text ends in the request or in the mark, whole; never an exception, never both."""

        @settings(deadline=None, max_examples=60)
        @given(text=st.one_of(st.sampled_from(_HOSTILE), st.text(min_size=1, max_size=400)))
        def holds(text: str) -> None:
            for row in self._rows():
                if any(
                    not isinstance(value, str) or value.startswith("acme:") for value in self.values_of(row)
                ):
                    continue
                self.ends(row, text)

        holds()

    def test_the_longest_value_is_not_cut_in_silence(self) -> None:
        """Ten times what a product takes of items or signs: what is left over stands in the mark."""
        for row in self._rows():
            for value in self.values_of(row):
                if isinstance(value, list):
                    self.ends(row, [f"{item}{number}" for item in value for number in range(500)])
                elif isinstance(value, str) and not value.startswith("acme:"):
                    self.ends(row, value * 10_000)

    def ends(self, row: FieldRow, value: Any) -> None:
        """Fail unless a value ends in exactly one place: shown to the letter, given back from the mark, or kept beside; or stops the plan."""
        writer = self.written({row.neutral: value})
        shown, beside = writer.expected.get(row.neutral), dict(writer.unplaced)
        fate = _fate(writer, row.neutral)
        if row.neutral in beside:
            assert (beside[row.neutral], shown, fate) == (value, None, Disposition.KEPT)
        elif isinstance(value, list):
            left = [
                item
                for path, items in beside.items()
                if path.startswith(f"{row.neutral}[")
                for item in (items if isinstance(items, list) else [items])
            ]
            assert [*(shown or []), *left] == list(dict.fromkeys(value))
        elif any(finding.severity is Severity.BLOCKER for finding in writer.lane.findings):
            assert (shown, fate) == (None, Disposition.UNSUPPORTED)
        else:
            assert fate in (Disposition.CARRIED, Disposition.TRANSFORMED)
            assert _is_same(row, shown, value)
            if shown == value and writer.exact:
                assert writer.exact[row.neutral][1] == value


def _is_same(row: FieldRow, shown: Any, value: Any) -> bool:
    """Tell whether a value is shown to the letter; where the product's form counts, in another case of letters at most."""
    if isinstance(shown, list) and isinstance(value, list) and len(shown) == len(value) and not row.exact:
        return all(_is_same(row, *pair) for pair in zip(shown, value, strict=True))
    if row.exact or not isinstance(shown, str):
        return bool(shown == value)
    return shown.casefold() == str(value).casefold()


def _fate(writer: FieldWriter, path: str) -> Disposition | None:
    return next((fate.disposition for fate in reversed(writer.lane.fates) if fate.path == path), None)
