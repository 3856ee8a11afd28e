"""The head of a ticket for the import file: what the file may name, and what it must not."""

from ticketferry.sdk import Lane, Record, Severity
from ticketferry.sdk.messages import html_record, joined, tree_of

from .compile_ticket import HeadWriter
from .file_text import file_drafts
from .head import IssueHead
from .lane import told
from .site_index import JiraCatalogIndex

__all__ = ["FileHeadWriter"]


class FileHeadWriter(HeadWriter):
    """Writes a head for the file: the status is set without a way through the workflow, bodies are wiki markup.

    `refusals`: why the file must not name this ticket: (code, path, message, remedy).
    """

    def __init__(self, desired: Record, site: JiraCatalogIndex, lane: Lane, head: IssueHead) -> None:
        super().__init__(desired, site, lane, head)
        self.refusals: list[tuple[str, str, str, str]] = []

    def description(self, files: frozenset[str]) -> None:
        """Write the body as wiki markup."""
        tree = tree_of(self.desired.get("body"))
        if tree:
            self.head.description = [*file_drafts(tree, files)]
            body = html_record(joined(part.tree for part in self.head.description))
            if body is not None:
                self.expected["body"] = body
            told(self.lane, "body", self.head.description)
        self.show_below(files, tree)
        self.lane.carried("body", by="description (wiki markup)")

    def status(self) -> None:
        """Set the status, and what came of the ticket; refuse what the importer would make."""
        workflow = self.site.workflow(self.head.type)
        wanted = self.desired.get("status")
        initial = workflow.get("initial") if workflow is not None else None
        known = workflow.get("statuses", []) if workflow is not None else []
        name = self.site.spelt("statuses", wanted) if wanted else initial
        if wanted and (name is None or name not in known):
            self.refusals.append(
                (
                    "JSM-IMPORT-STATUS", "status", f"the workflow of {self.head.type['name']!r} has no status {wanted!r}",
                    "Map to one that it has: the importer would make another.",
                )
            )  # fmt: skip
        if name:
            self.expected["status"] = name
            stage = self.site.stage(name)
            if stage:
                self.expected["stage"] = stage
        self.lane.carried("status", by="status (import file)")
        self.lane.transformed("stage", "the status's category")
        self._outcome(name or "")

    def _outcome(self, status: str) -> None:
        wanted = self.desired.get("resolution")
        found = self.site.entry("resolutions", wanted) if wanted else None
        if wanted and found is None:
            self.refusals.append(
                ("JSM-IMPORT-NAME", "resolution", f"Jira has no resolution {wanted!r}", "Make it, or map to another.")
            )  # fmt: skip
        name = found["name"] if found else None
        if name is None and status in self.site.done:
            name = self.site.default_resolution
            self.lane.find(
                "JSM-RESOLUTION", Severity.REPAIR, "resolution", f"a ticket that is done has a resolution in Jira: {name!r} is set",
                "Give the status a resolution in the mapping.",
            )  # fmt: skip
        self.lane.carried("resolution", by="resolution (import file)")
        if name is not None:
            self.expected["resolution"] = name

    def check(self) -> None:
        """Refuse what the file could name only by having something made, or what would be open until it is bound."""
        if self.desired.get("security"):
            self.refusals.append(
                (
                    "JSM-IMPORT-SECURITY", "security", "the file has no security level: every agent could read the ticket until it is bound",
                    "Take such tickets by `way: rest`, in a phase of their own.",
                )
            )  # fmt: skip
        if "labels" not in self.screen:
            self.refusals.append(
                (
                    "JSM-IMPORT-LABELS", "tags", f"issues of the type {self.head.type['name']!r} have no labels: the imported issue could not be found again",
                    "Put Labels on the create screen of the issue type.",
                )
            )  # fmt: skip
        priority = self.desired.get("priority")
        if priority and self.site.entry("priorities", priority) is None:
            self.refusals.append(
                ("JSM-IMPORT-NAME", "priority", f"Jira has no priority {priority!r}", "Make it, or map to another.")
            )  # fmt: skip
