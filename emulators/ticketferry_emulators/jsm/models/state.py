"""The state of the emulated site: records, counters, the search index that lags, and the record of what people saw."""

from __future__ import annotations

import heapq
import itertools
import threading
import uuid
from collections import defaultdict
from dataclasses import asdict
from typing import Any

from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.exposures import Exposure, JiraMail
from ticketferry_emulators.jsm.models.records import (
    ChangelogEntry,
    Field,
    Issue,
    IssueLink,
    IssueType,
    JiraAccount,
    JiraAttachment,
    JiraComment,
    JiraOrganization,
    JiraProject,
    JiraStatus,
    LinkType,
    NotificationScheme,
    Option,
    SecurityLevel,
    ServiceDesk,
    Workflow,
)
from ticketferry_emulators.jsm.models.search_index import Indexed, indexed
from ticketferry_emulators.jsm.models.settings import ImportSettings, JiraTokens, SiteAutomation
from ticketferry_emulators.kit.clock import EmulatorClock, RealClock

__all__ = ["RESIDUE", "SiteState", "without_residue"]

RESIDUE = ("counters", "customers", "trash")
"""Sections of a dump that no rollback through the API can restore: numbers are never reused, customers stay, fields wait in the trash."""


def without_residue(dump: dict[str, Any]) -> dict[str, Any]:
    """Return a dump without what a rollback has to leave behind."""
    return {name: section for name, section in dump.items() if name not in RESIDUE}


class SiteState:
    """Everything the site holds. All access under `lock`."""

    def __init__(self, clock: EmulatorClock | None = None) -> None:
        self.lock = threading.RLock()
        self.clock: EmulatorClock = clock if clock is not None else RealClock()
        self.accounts: dict[str, JiraAccount] = {}
        self.projects: dict[str, JiraProject] = {}
        self.desks: dict[str, ServiceDesk] = {}
        self.statuses: dict[str, JiraStatus] = {}
        self.workflows: dict[str, Workflow] = {}
        self.types: dict[str, IssueType] = {}
        self.fields: dict[str, Field] = {}
        self.trash: dict[str, tuple[Field, list[str]]] = {}
        """Fields in the trash, with the screens that they stood on."""
        self.field_brings_context = True
        """Whether a new field has a context for all projects: no document says so, and a migration must hold either way."""
        self.priorities: list[Option] = []
        self.resolutions: list[Option] = []
        self.screens: dict[str, tuple[str, list[str], list[str]]] = {}
        self.link_types: dict[str, LinkType] = {}
        self.notification_schemes: dict[int, NotificationScheme] = {}
        self.organizations: dict[str, JiraOrganization] = {}
        self.issues: dict[str, Issue] = {}
        self.keys: dict[str, str] = {}
        self.attachments: dict[str, JiraAttachment] = {}
        self.blobs: dict[str, bytes] = {}
        self.temporary: dict[str, tuple[str, str, bytes]] = {}
        self.comment_issue: dict[str, str] = {}
        self.links: dict[str, IssueLink] = {}
        self.links_by_issue: defaultdict[str, list[str]] = defaultdict(list)
        self.tasks: dict[str, dict[str, Any]] = {}
        self.preferences: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}
        self.counters: dict[str, int] = {}
        self.customer_notifications_on = True
        self.portal_customers_allowed = True
        self.index_lag = 5.0
        self.fresh_seconds = 0.5
        self.upload_limit = 1_000_000_000
        self.undeletable: dict[str, str] = {}
        """Issue id -> why a bulk deletion leaves it: what only a real site has reasons for."""
        self.archived: set[str] = set()
        """Ids of archived issues: no search finds them, nobody changes them."""
        self.archive_answers = False
        """Whether an archived issue can be read by its id: no document says so, and a migration must hold either way."""
        self.lacking: defaultdict[str, set[str]] = defaultdict(set)
        """Account -> permissions that were taken from it in every project (rights.py)."""
        self.origins: dict[str, str] = {}
        self.cloud_id = ""
        """The site's own id; empty: it goes by the address that it is served at."""
        self.importer = ImportSettings()
        self.oauth = JiraTokens()
        self.search_cache: tuple[Any, list[Indexed]] = (None, [])
        """The last query that was sorted, and its matches."""
        self.automation: set[str] = set()
        """Names of preset automation rules that are on (automation.py); none by default."""
        self.open_projects: set[str] = set()  # keys of those that anybody may browse without signing in
        self.automated = SiteAutomation()
        self.seats = 25
        """Licences of the service desk that were bought; 0: without limit."""
        self.mails: list[JiraMail] = []
        self.exposures: list[Exposure] = []
        self.index: dict[int, Indexed] = {}
        self.index_version = 0
        self.shared: defaultdict[str, set[str]] = defaultdict(set)
        self.labelled: defaultdict[str, set[int]] = defaultdict(set)
        self._pending: list[tuple[float, int, int, Indexed | None]] = []
        self._tick = itertools.count()
        self._typed: dict[str, Field | None] = {}

    @property
    def base_url(self) -> str:
        """Where the API is served; raises RuntimeError while it is not."""
        try:
            return self.origins["api"]
        except KeyError:
            raise RuntimeError("the emulator jsm is not being served") from None

    # --- numbers and times

    def next_id(self, kind: str, first: int = 10000) -> str:
        """Return the next id of a kind; ids are never given twice."""
        self.counters[kind] = self.counters.get(kind, first - 1) + 1
        return str(self.counters[kind])

    def now(self) -> float:
        """Return the time in whole milliseconds, as Jira keeps it."""
        return round(self.clock.time(), 3)

    # --- looking up

    def issue(self, key_or_id: str) -> Issue | None:
        """Return an issue by key (any case) or id."""
        found = self.issues.get(key_or_id)
        if found is None:
            found = self.issues.get(self.keys.get(key_or_id.upper(), ""))
        if found is not None and found.id in self.archived and not self.archive_answers:
            return None
        return found

    def comment(self, comment_id: str) -> tuple[Issue, JiraComment] | None:
        """Return a comment and its issue by the comment's id."""
        issue = self.issues.get(self.comment_issue.get(comment_id, ""))
        found = (c for c in issue.comments if c.id == comment_id) if issue else iter(())
        comment = next(found, None)
        if issue is None or comment is None or self.issue(issue.id) is None:
            return None
        return issue, comment

    def project(self, key_or_id: str) -> JiraProject | None:
        """Return a project by id or key."""
        if key_or_id in self.projects:
            return self.projects[key_or_id]
        return next((p for p in self.projects.values() if p.key == key_or_id.upper()), None)

    def desk(self, desk_id: str) -> ServiceDesk | None:
        """Return a desk by id, or by `projectKey:KEY`."""
        if desk_id.startswith("projectKey:"):
            project = self.project(desk_id.removeprefix("projectKey:"))
            return next((d for d in self.desks.values() if project and d.project == project.id), None)
        return self.desks.get(desk_id)

    def desk_of(self, project_id: str) -> ServiceDesk | None:
        """Return the desk of a project."""
        return next((desk for desk in self.desks.values() if desk.project == project_id), None)

    def workflow_of(self, issue: Issue) -> Workflow:
        """Return the workflow that an issue goes through."""
        return self.workflows[self.projects[issue.project].workflows[issue.type]]

    def field_of_type(self, custom: str) -> Field | None:
        """Return the field of a custom type, such as the desk's request type field."""
        if custom not in self._typed:
            named = (field for field in self.fields.values() if field.custom.endswith(f":{custom}"))
            self._typed[custom] = next(named, None)
        return self._typed[custom]

    def value_of_type(self, issue: Issue, custom: str) -> Any:
        """Return an issue's value in the field of a custom type."""
        field = self.field_of_type(custom)
        return issue.values.get(field.id) if field else None

    def is_fresh(self, issue: Issue) -> bool:
        """Say whether the issue is so new that reading it may still miss it."""
        return self.clock.time() < issue.created + self.fresh_seconds

    def level(self, issue: Issue) -> SecurityLevel | None:
        """Return an issue's security level."""
        levels = self.projects[issue.project].levels
        return next((level for level in levels if level.id == issue.values.get("security")), None)

    # --- changing

    def touch(self, issue: Issue, *, lag: float = 0.0) -> None:
        """Note a change: new `updated`, search index later, and whoever can now see something new."""
        issue.updated = self.now()
        self.reindex(issue, lag=lag)
        self.reveal(issue)

    def reindex(self, issue: Issue, *, lag: float = 0.0) -> None:
        """Queue what the search index will know of the issue after the lag."""
        entry = indexed(self.projects[issue.project], issue)
        due = self.clock.time() + self.index_lag + lag
        heapq.heappush(self._pending, (due, next(self._tick), entry.id, entry))

    def settle_index(self) -> None:
        """Take into the index what is due."""
        now = self.clock.time()
        while self._pending and self._pending[0][0] <= now:
            _, _, issue_id, entry = heapq.heappop(self._pending)
            before = self.index.pop(issue_id, None)
            for label in before.labels if before else ():
                self.labelled[label].discard(issue_id)
            if entry is not None and str(issue_id) in self.issues:
                self.index[issue_id] = entry
                for label in entry.labels:
                    self.labelled[label].add(issue_id)
            self.index_version += 1

    def record(self, issue: Issue, author: str, items: list[dict[str, Any]]) -> None:
        """Append to the issue's history."""
        if items:
            issue.changes.append(ChangelogEntry(self.next_id("change"), author, self.now(), items))

    def delete_issue(self, issue: Issue) -> None:
        """Delete an issue with all that hangs on it; its number stays used."""
        for attachment in list(issue.attachments):
            self.delete_attachment(attachment)
        for link in self.links_of(issue):
            self.delete_link(link)
        for comment in issue.comments:
            self.comment_issue.pop(comment.id, None)
        del self.issues[issue.id]
        self.keys.pop(issue.key, None)
        due = self.clock.time() + self.index_lag
        heapq.heappush(self._pending, (due, next(self._tick), int(issue.id), None))

    def links_of(self, issue: Issue) -> list[IssueLink]:
        """Return an issue's links, oldest first."""
        return [self.links[link_id] for link_id in self.links_by_issue[issue.id]]

    def add_link(self, kind: str, inward: Issue, outward: Issue) -> None:
        """Link two issues; a link that is there already stays alone."""
        for link in self.links_of(inward):
            if (link.type, link.inward, link.outward) == (kind, inward.id, outward.id):
                return
        link = IssueLink(self.next_id("link"), kind, inward.id, outward.id)
        self.links[link.id] = link
        for end in {inward.id, outward.id}:
            self.links_by_issue[end].append(link.id)

    def delete_link(self, link: IssueLink) -> None:
        """Delete a link from both ends."""
        del self.links[link.id]
        for end in {link.inward, link.outward}:
            self.links_by_issue[end].remove(link.id)

    def delete_attachment(self, attachment_id: str) -> None:
        """Delete a file from its issue and from the media store."""
        attachment = self.attachments.pop(attachment_id)
        self.blobs.pop(attachment.media, None)
        issue = self.issues.get(attachment.issue)
        if issue is not None:
            issue.attachments.remove(attachment_id)

    def media_id(self, attachment_id: str) -> str:
        """Return the media services id of an attachment."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"media:{attachment_id}"))

    # --- who sees what

    def viewers(self, issue: Issue) -> set[str]:
        """Return the accounts to which the portal shows the issue: nobody as long as it has no request type."""
        if not self.value_of_type(issue, "vp-origin"):
            return set()
        seen = {account for account in (issue.values.get("reporter"),) if account}
        level = self.level(issue)
        if level is not None and not level.organizations:
            return seen
        seen.update(self.value_of_type(issue, "sd-request-participants") or ())
        for organization in self.value_of_type(issue, "sd-customer-organizations") or ():
            seen.update(self.organizations[organization].members)
        return seen

    def reveal(self, issue: Issue) -> None:
        """Log what has become visible to somebody since the last look."""
        for organization in self.value_of_type(issue, "sd-customer-organizations") or ():
            self.shared[organization].add(issue.id)
        viewers = self.viewers(issue)
        new = viewers - issue.seen_by
        if new:
            accounts = tuple(sorted(new))
            self.exposures.append(
                Exposure(self.now(), issue.key, None, accounts, str(issue.values.get("summary", "")))
            )
            for comment in issue.comments:
                if not comment.internal:
                    self._expose(issue, comment, accounts)
        issue.seen_by = viewers

    def reveal_comment(self, issue: Issue, comment: JiraComment) -> None:
        """Log a comment that is new, edited or made public, if somebody sees it."""
        viewers = self.viewers(issue)
        if viewers and not comment.internal:
            self._expose(issue, comment, tuple(sorted(viewers)))

    def _expose(self, issue: Issue, comment: JiraComment, accounts: tuple[str, ...]) -> None:
        text = adf.plain_text(comment.body)
        self.exposures.append(Exposure(self.now(), issue.key, comment.id, accounts, text))

    def reveal_organization(self, organization_id: str) -> None:
        """Look again at the requests that an organization shares."""
        for issue_id in sorted(self.shared[organization_id], key=int):
            issue = self.issues.get(issue_id)
            if issue is not None:
                self.reveal(issue)

    def portal_view(self, account_id: str) -> dict[str, list[str]]:
        """Return what a customer sees on the portal: issue key -> texts of its public comments."""
        with self.lock:
            return {
                issue.key: [adf.plain_text(c.body) for c in issue.comments if not c.internal]
                for issue in self.issues.values()
                if account_id in self.viewers(issue)
            }

    def leaks(self) -> list[Exposure]:
        """Return the exposures of comments that are, or whose text is in another comment of the issue, internal."""
        internal: dict[str, set[str]] = defaultdict(set)
        texts: dict[str, set[str]] = defaultdict(set)
        with self.lock:
            for issue in self.issues.values():
                for comment in issue.comments:
                    if comment.internal:
                        internal[issue.key].add(comment.id)
                        texts[issue.key].add(adf.plain_text(comment.body))
            return [
                exposure
                for exposure in self.exposures
                if exposure.comment is not None
                and (exposure.comment in internal[exposure.issue] or exposure.text in texts[exposure.issue])
            ]

    # --- mail

    @property
    def notifications(self) -> int:
        """How many mails the real product would have sent."""
        return len(self.mails)

    # --- the whole

    def dump(self) -> dict[str, Any]:
        """Return the state as JSON-able data in a canonical order; see RESIDUE for what no rollback restores."""
        with self.lock:
            customers = {key: asdict(a) for key, a in sorted(self.accounts.items()) if a.kind == "customer"}
            return {
                "issues": {issue.key: self._issue_dump(issue) for issue in self.issues.values()},
                "attachments": {key: asdict(item) for key, item in sorted(self.attachments.items())},
                "archived": sorted(self.archived),
                "links": {key: asdict(item) for key, item in sorted(self.links.items())},
                "organizations": {key: asdict(item) for key, item in sorted(self.organizations.items())},
                "desks": {
                    key: {"customers": sorted(desk.customers), "organizations": sorted(desk.organizations)}
                    for key, desk in sorted(self.desks.items())
                },
                "users": {key: asdict(a) for key, a in sorted(self.accounts.items()) if a.kind != "customer"},
                "projects": {
                    project.key: {
                        name: value for name, value in asdict(project).items() if name != "last_number"
                    }
                    for project in self.projects.values()
                },
                "notification_schemes": {
                    str(key): asdict(scheme) for key, scheme in sorted(self.notification_schemes.items())
                },
                "preferences": {key: dict(value) for key, value in sorted(self.preferences.items())},
                "fields": {key: asdict(known) for key, known in sorted(self.fields.items()) if known.custom},
                "trash": sorted(self.trash),
                "customers": customers,
                "counters": {
                    **dict(sorted(self.counters.items())),
                    **{f"number:{p.key}": p.last_number for p in self.projects.values()},
                },
            }

    def _issue_dump(self, issue: Issue) -> dict[str, Any]:
        data = asdict(issue)
        data["seen_by"] = sorted(issue.seen_by)
        return data
