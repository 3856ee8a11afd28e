"""From rows to what is written: bodies of creates and updates, what reading will give, what is kept beside, and the account of all."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from typing import Any, TypeVar

from ticketferry.schema.catalog import FieldDef
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json
from ticketferry.sdk.codec.rows import FieldRow, NoPlaceError, Written
from ticketferry.sdk.contract import Severity, Template
from ticketferry.sdk.lane import Lane
from ticketferry.sdk.trace import join_path
from ticketferry.sdk.values import MisfitError

__all__ = ["FieldWriter"]

T = TypeVar("T")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class FieldWriter:
    """Writes the fields of one desired record, row by row. `kept_in`: where a mark stands, in words (`provenance comment`).

    `body`: key of a request -> value; `of`: entry of the record's hash vector -> keys; `cleared`: key -> what empties it; `expected`: what reading
    will give.
    For the mark: `exact` (key -> [as reading shows it, as the record says it]), `unset`, `unplaced` (path -> value without a place).
    """

    def __init__(self, desired: Record, site: Any, lane: Lane, kept_in: str) -> None:
        self.desired = desired
        self.site = site
        self.lane = lane
        self.place: Any = site
        """What rows write by; a connector whose fields depend on the kind of record puts more there than its site."""
        self.kept_in = kept_in
        self.body: dict[str, Template] = {}
        self.of: dict[str, list[str]] = {}
        self.expected: Record = {}
        self.exact: dict[str, list[Json]] = {}
        self.unset: list[str] = []
        self.unplaced: dict[str, Json] = {}
        self.cleared: dict[str, Template] = {}

    def write(self, rows: Iterable[FieldRow]) -> None:
        """Write what the record says of each row that is written."""
        for row in rows:
            target = row.target
            if target is not None:
                self._write(row, target)

    def _write(self, row: FieldRow, target: str) -> None:
        given = self.desired.get(row.neutral)
        try:
            self.check_place(row, target)
        except NoPlaceError as error:
            if given not in _EMPTY:
                self._without(row, given, error)
            self._unset(row)
            return
        value = row.stands_in(self.place) if given in _EMPTY and row.stands_in is not None else given
        if value in _EMPTY:
            self._nothing(row, target)
            return
        try:
            if row.fits is not None:
                row.fits(self.place, self.desired, self.expected)
            written = row.type.write(value, self.place)
        except MisfitError as error:
            if given not in _EMPTY:
                self._without(row, value, error)
            if not isinstance(error, NoPlaceError) or given in _EMPTY:
                self._nothing(row, target)
            return
        for index, item, misfit in written.misfits:
            self.beside(f"{row.neutral}[{index}]", item, row.code, str(misfit), row.remedy)
        if written.misfits and written.back in _EMPTY:
            self._nothing(row, target)
            return
        self.put(row.neutral, target, written.wire)
        self.cleared[target] = row.cleared
        if written.left not in _EMPTY:
            self._left(row, written)
        self.show(row.neutral, row.by or target, value, written.back, row.exact)

    def check_place(self, row: FieldRow, target: str) -> None:
        """Raise NoPlaceError where this kind of record has no such field at all; a connector says which."""

    def _without(self, row: FieldRow, value: Json, error: MisfitError) -> None:
        stops = isinstance(error, NoPlaceError) and error.severity is Severity.BLOCKER
        if row.without is not None and not stops:
            row.without(self, row, value)
        elif isinstance(error, NoPlaceError):
            self.beside(row.neutral, value, error.code, str(error), error.remedy, error.severity)
        else:
            message = row.misfit.format(error=error, value=value)
            self.beside(row.neutral, value, row.code, message, row.remedy)

    def _nothing(self, row: FieldRow, target: str) -> None:
        if row.default is not None:
            self.put(row.neutral, target, row.default)
            self.exact.setdefault(row.neutral, [row.default, None])  # type: ignore[list-item]
        elif row.clears:
            self.of.setdefault(row.neutral, []).append(target)
            self.cleared[target] = row.cleared
            if row.blank:
                self.body[target] = row.cleared
        self._unset(row)

    def _unset(self, row: FieldRow) -> None:
        unset = row.unset(self.desired) if callable(row.unset) else row.unset
        if unset:
            self.unset.append(unset)

    def _left(self, row: FieldRow, written: Written) -> None:
        count = len(written.back) if isinstance(written.back, list) else 0
        left = len(written.left) if isinstance(written.left, list) else 1
        message = row.misfit.format(error="", value=left)
        self.beside(f"{row.neutral}[{count}]", written.left, row.code, message, row.remedy)

    # ---- for fields that are written apart

    def put(self, entry: str, target: str, value: Template) -> None:
        """Set a key of the request, and note which entry of the vector it stands for."""
        self.body[target] = value
        self.of.setdefault(entry, []).append(target)

    def show(self, entry: str, by: str, value: Json, back: Json, exact: str = "") -> None:
        """Say what reading will give of a value that was put: `back`, with `exact` (as in a row) the value itself out of the mark.

        `by`: what people call the field.
        """
        if not exact or back == value:
            self.expected[entry] = back
            self.lane.carried(entry, by=by)
            return
        self.expected[entry] = value
        self.exact[entry] = [back, value]
        self.lane.transformed(entry, exact)

    def beside(
        self,
        path: str,
        value: Json,
        code: str,
        message: str,
        remedy: str = "",
        severity: Severity = Severity.REPAIR,
    ) -> None:
        """Keep a value that has no place in the mark, with a finding."""
        self.unplaced[path] = value
        self.lane.kept(path, by=f"{self.kept_in} ({code})")
        self.lane.find(code, severity, path, message, remedy)

    def custom_fields(
        self, write: Callable[[str, Json], tuple[FieldDef, T]], code: str, misfit: str, remedy: str
    ) -> Iterator[tuple[str, Json, FieldDef, T]]:
        """Yield the custom fields that fit: path, value, the field, and what `write` makes of name and value.

        Raised by `write`: NoPlaceError where there is no such field here, MisfitError where it cannot hold the value; that one is told
        by `code`, `misfit` with its `{error}`, and `remedy`. Either way the value is kept beside.
        """
        for name, value in self.desired.get("fields", {}).items():
            path = join_path("fields", name)
            try:
                known, written = write(name, value)
            except NoPlaceError as error:
                self.beside(path, value, error.code, str(error), error.remedy)
            except MisfitError as error:
                self.beside(path, value, code, misfit.format(error=error), remedy)
            else:
                yield path, value, known, written

    def keep_rest(self, placed: Container[str], *others: str) -> tuple[Record, Record]:
        """Keep what has no place: return the keys that the mark gives back as they are, and the record's provenance.

        `placed`: keys that have a place, or say nothing; `others`: keys of them that stand in the provenance. Called last.
        """
        record = {
            key: value for key, value in self.desired.items() if key not in placed and value not in _EMPTY
        }
        provenance: Record = {
            key: dict(value) if isinstance(value, dict) else value
            for key, value in self.desired.get("provenance", {}).items()
        }
        for key in others:
            if self.desired.get(key):
                provenance.setdefault(key, self.desired[key])
        if self.unplaced:
            provenance["unplaced"] = dict(self.unplaced)
        self.expected.update(record)
        if provenance:
            self.expected["provenance"] = provenance
        self.lane.kept(*record, "ref", "provenance", *others, by=self.kept_in)
        return record, provenance

    # ---- updates

    def value(self, target: str) -> Template:
        """Return what stands under a key, what empties it where the record has nothing."""
        return self.body.get(target, self.cleared.get(target))

    def moved(
        self, former: "FieldWriter", entries: Collection[str]
    ) -> tuple[dict[str, Template], dict[str, Template]]:
        """Return the body of an update and that of its undoing. `former`: the record as it stands, written by the same rows."""
        new: dict[str, Template] = {}
        back: dict[str, Template] = {}
        for entry in sorted(entries):
            for target in dict.fromkeys([*self.of.get(entry, ()), *former.of.get(entry, ())]):
                new[target], back[target] = self.value(target), former.value(target)
        return new, back
