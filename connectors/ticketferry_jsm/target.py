"""Writing a site: what compile plans is sent as it stands, looked up where an answer was lost, and taken back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ticketferry.sdk import (
    REST,
    Attempt,
    Catalog,
    Change,
    Compiled,
    CopyOf,
    Endpoint,
    Expected,
    Finding,
    Job,
    Kind,
    NameKind,
    Operation,
    Record,
    Ref,
    Session,
    Severity,
    Sight,
    Template,
    Translated,
    UnsupportedError,
    Wire,
    WriteResult,
)
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem

from . import marks
from .bind import Binder, ImportedIssues
from .catalog import read_catalog
from .client import JsmClient
from .compile import compile_change, expected_of
from .copies import find_copies
from .definitions import fetch_definitions
from .endpoints import ENDPOINTS, GUARD_COMMENTS
from .find import JiraFinder
from .guards import check_site, read_guards
from .import_file import assemble, import_limits, import_steps
from .inspecting import SiteInspector
from .name_keys import name_key
from .newcomers import SIGHTED
from .options import JsmOptions
from .send import JiraSender
from .set_up_sights import SET_UP
from .site_reader import SiteReader
from .target_issues import TargetIssues
from .translate import translate_wire
from .undo import undo_lane

__all__ = ["JsmTarget"]


class JsmTarget(SiteReader):
    """A Jira Service Management site to write. Only tickets that carry our mark are read."""

    def __init__(self, options: JsmOptions, session: Session) -> None:
        client = JsmClient(options, session)
        super().__init__(options, session, client, TargetIssues(client, session, options))
        self.label = marks.label(session.origin)
        self.clauses = (f'labels = "{self.label}"',)
        self._comments: Finding | None = None
        self._sender = JiraSender(self.client, session)
        self._binder = Binder(self.client)
        self._imported = ImportedIssues(self.client, session.origin)
        self._endpoints = tuple(
            replace(endpoint, batch=options.import_issues) if endpoint.file else endpoint
            for endpoint in ENDPOINTS
        )

    def check(self) -> Sequence[Finding]:
        """Read identity, projects, rights, and what a write would set off. Raises AuthError."""
        return check_site(self.client, self.options, self.session.desk)

    def inspect(self, planned: PlannedWrites | None) -> Iterable[PreflightItem]:
        """Judge what only a site can tell: automation, SLA clocks, licences, limits."""
        return SiteInspector(self.client, self.options).items(planned)

    def catalog(self) -> Catalog:
        """Read what the site defines, as far as writing needs it."""
        return self.keep_limits(read_catalog(self.client, self.options, self.session.desk, whole=False))

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records, with what our marks say put back. Pure."""
        return translate_wire(wire, self.site(catalog), self.session.origin, self.session.workspace)

    def takes_part(self, issue: Mapping[str, Any]) -> bool:
        """Tell of an issue read by id what `jql` tells of one that is searched."""
        labels = (issue.get("fields") or {}).get("labels") or []
        return self.label in labels and super().takes_part(issue)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots by id; entries of the set-up too."""
        made = [ref for ref in refs if ref.kind is Kind.DEFINITION]
        others = [ref for ref in refs if ref.kind is not Kind.DEFINITION]
        return [*fetch_definitions(self.client, made), *(super().fetch(others) if others else ())]

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Return every write that exists."""
        return self._endpoints

    def expected(self, desired: Record, catalog: Catalog, way: str = REST) -> Expected:
        """Say what reading gives where a record was written. Pure."""
        return expected_of(desired, self.site(catalog), self.session, way)

    def compile(self, change: Change, catalog: Catalog) -> Compiled:
        """Turn a change into operations and what reading will give afterwards. Pure."""
        return compile_change(change, self.site(catalog), self.session)

    def name_key(self, kind: NameKind, name: str) -> str:
        """Return what Jira compares where only one record may bear a name. Pure."""
        return name_key(kind, name)

    def undo(self, done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> Compiled:
        """Return the inverse operations of one lane. Pure."""
        return undo_lane(done, before)

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Send resolved operations."""
        if endpoint.file:
            raise UnsupportedError("tickets of an import file are not sent: a person imports them")
        if endpoint.name in ("comment.hide", "comment.mark"):
            return [self._binder.send(endpoint, operation) for operation in batch]
        return self._sender.send(endpoint, batch)

    def guards(self) -> Sequence[Finding]:
        """Read whether anybody would be mailed."""
        found = read_guards(self.client, self.options, self._comments)
        self._comments = next(
            (one for one in found if one.code == GUARD_COMMENTS and one.severity is Severity.INFO), None
        )
        return found

    def ping(self) -> None:
        """Ask one cheap read."""
        self.client.ping()

    def prepared(self, operation: Operation) -> Operation | None:
        """Return a resolved operation as it is sent; None where what it asks for came by itself: a context, with a field."""
        if operation.endpoint != "field.add_context" or not isinstance(operation.body, dict):
            return operation
        rows = self._sender.set_up.contexts(str(operation.params["field"]))
        return operation if any(row.get("name") == operation.body["name"] for row in rows) else None

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Ask for a job's results; None: still working."""
        return self._sender.poll(job)

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:
        """Tell by our marks which operations were done."""
        return self.find_since(operations, last, {})

    @property
    def sighted(self) -> frozenset[str]:
        """Return the endpoints that make what bears no mark and tells of no date."""
        return SIGHTED | SET_UP

    def sight(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Mapping[str, Sight]:
        """Read which accounts have the addresses of new customers, which entries of the set-up the names that are about to be made."""
        if endpoint.name in SET_UP:
            return self._sender.sights.before(batch)
        return self._sender.newcomers.before(batch)

    def find_since(
        self, operations: Sequence[Operation], last: Mapping[str, str], attempts: Mapping[str, Attempt]
    ) -> Sequence[WriteResult]:
        """Answer as `find` does; customers and organizations are held against what was there before their requests."""
        if operations and operations[0].endpoint == "import.issue":
            return self._imported.find(operations, last.get("anchor", ""))
        return JiraFinder(self.client, self._sender, self.session.origin, attempts).find(operations, last)

    def copies(self, known: Callable[[str], bool]) -> Iterator[CopyOf]:
        """Yield the issues that are there more than once."""
        projects = self.projects()
        if projects:
            yield from find_copies(self.client, projects, self.session.origin, known)

    # ---- the import file

    def anchor(self) -> str:
        """Return the highest number of every project that takes part."""
        return self._imported.anchor(sorted(self.desks()))

    def taken_keys(self, heads: Sequence[Operation]) -> Sequence[str]:
        """Return the keys that a file asks for and that other issues have."""
        return self._imported.taken(heads)

    def assemble(self, heads: Sequence[Operation], body: Callable[[Operation], Template]) -> Iterator[bytes]:
        """Yield the bytes of one import file."""
        return assemble(heads, body)

    def import_steps(self, files: Sequence[str]) -> Sequence[str]:
        """Say what the administrator does with the files."""
        return import_steps(files)

    def import_limits(self) -> Sequence[str]:
        """Say what the files cannot hold."""
        return import_limits()
