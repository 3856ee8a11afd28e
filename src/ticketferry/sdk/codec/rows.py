"""What a row says of a field, and what a type says of its values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Severity, Template
from ticketferry.sdk.values import MisfitError

__all__ = [
    "FieldRow",
    "FieldType",
    "NoPlaceError",
    "OnlyWhere",
    "ReadContext",
    "Reason",
    "Written",
    "places",
    "titles",
    "traced_by",
]


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What reading a value needs: the desk's key, and the catalog's tables (name -> id -> name of the entry)."""

    desk: str
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Reason(str):
    """What reading gives of a value that says nothing of the record: why, for the trace (`done by the desk itself`)."""

    __slots__ = ()


class NoPlaceError(MisfitError):
    """This record has no place for a field (a due date on what is no task); the finding has a code and a remedy of its own.

    `stops`: the vendor would refuse the whole record, so that the plan stops.
    """

    def __init__(self, code: str, message: str, remedy: str = "", *, stops: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy
        self.severity = Severity.BLOCKER if stops else Severity.REPAIR


class Written(NamedTuple):
    """A value as a request says it, and as reading will give it.

    `left`: what of it has no place (CCs beyond the most); `misfits`: items of a list that do not fit, each by its number with the reason.
    """

    wire: Template
    back: Json
    left: Json = None
    misfits: Sequence[tuple[int, Json, MisfitError]] = ()


@dataclass(frozen=True, slots=True)
class OnlyWhere:
    """`fits` of a row that has a place only where another key, of a row before it, is expected to have a value."""

    key: str
    value: Json
    code: str
    message: str
    remedy: str = ""
    title: str = ""
    """Of the code, for the table of findings."""

    def __call__(self, _: Any, __: Record, expected: Record) -> None:
        """Raise NoPlaceError where the other key has another value."""
        if expected.get(self.key) != self.value:
            raise NoPlaceError(self.code, self.message, self.remedy)


def _same(value: Any, _: ReadContext) -> Any:
    return value


def _as_it_is(value: Any, _: Any) -> Written:
    return Written(value, value)


@dataclass(frozen=True, slots=True)
class FieldType:
    """How values of a field are read and written.

    `read`: a wire value, never null, as the record holds it; None: it is none that can be read, and stays with what is native.
    `write`: a neutral value, never empty, as a request says it; `site` is the connector's own index of its catalog. Raises
    MisfitError where the product cannot hold it.
    `trace`: of a value with several leaves, where each went, from the value, its path and its place in the record.
    `derivation`: its name, where the record does not hold the very value (see `sdk.trace.derived`).
    `shape`: types of the wire value, as in `wire_shapes`; `sample`: a neutral value that the product takes, for tables and tests.
    `logged`: a value of the change log, where it is written otherwise than in the record; `differs_in_log`: so that leaves do not match.
    """

    read: Callable[[Any, ReadContext], Any] = _same
    write: Callable[[Any, Any], Written] = _as_it_is
    trace: Callable[[Any, str, str], Mapping[str, str]] | None = None
    derivation: str = ""
    logged: Callable[[Any, ReadContext], Any] | None = None
    differs_in_log: bool = False
    shape: Any = (str,)
    sample: Any = "some words"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field. Texts are for people: they stand in findings, in the account of leaves and in docs/limits.md."""

    neutral: str
    """Key of the neutral record."""
    wire: str
    """Path in the wire record, and key in requests and in the change log."""
    type: FieldType = field(default_factory=FieldType)
    to: str | None = ""
    """Key in requests where it is another one; None: it is not written by this row."""
    by: str = ""
    """What people call the field in the product; its key where nothing is said."""
    clears: bool = True
    """An update of what the record has no longer sends `cleared`; False: nothing, for the product takes no empty one."""
    cleared: Template = None
    unset: str | Callable[[Record], str] = ""
    """The product fills the field in by itself: the mark notes under this name that the record says nothing of it."""
    exact: str = ""
    """Why the product's form may differ from the record's, which then is kept beside and given back; "": the product's form counts."""
    default: Template = None
    """What a request says where the record has nothing and the product demands something."""
    blank: bool = False
    """A request says so where the record has nothing: the product would fill the field in by a rule of its own."""
    stands_in: Callable[[Any], Json] | None = None
    """Called with the site: the value that the product gives by itself where the record has nothing, written and expected."""
    without: "Callable[[Any, FieldRow, Json], None] | None" = None
    """Called with the writer, the row and the value: what is done with a value that has no place, where it is not to be kept beside with a finding."""
    fits: Callable[[Any, Record, Record], None] | None = None
    """Called with the site, the desired record and what is expected so far; raises NoPlaceError where this record has no place for it."""
    code: str = ""
    """Of the finding where a value does not fit; then it is kept beside."""
    misfit: str = "{error}"
    """That finding's message: `{error}` what the type says, `{value}` the value, for names that everybody may read."""
    remedy: str = ""
    title: str = ""
    """Of the code, where no other row tells it."""
    cases: Mapping[str, Record] = field(default_factory=dict)
    """Cases of their own for the table of docs/limits.md: in words -> the keys of the record that make it."""
    logged: bool = True
    """The change log tells of it under the name `wire`."""

    @property
    def target(self) -> str | None:
        """Return the key in requests; None where it is not written."""
        return self.wire if self.to == "" else self.to


def traced_by(rows: Iterable[FieldRow]) -> dict[str, str]:
    """Return wire path -> neutral key of rows, for the tables that people read."""
    return {row.wire: row.neutral for row in rows}


def titles(rows: Sequence[FieldRow]) -> dict[str, str]:
    """Return the finding codes that rows explain themselves, with what each means."""
    own = {row.code: row.title for row in rows if row.title}
    conditions = (row.fits for row in rows)
    return own | {fits.code: fits.title for fits in conditions if isinstance(fits, OnlyWhere) and fits.title}


def places(rows: Iterable[FieldRow]) -> frozenset[str]:
    """Return the neutral keys that rows write."""
    return frozenset(row.neutral for row in rows if row.to is not None)
