"""A ticket's status, resolution and request type on their way to an issue: what leads there, and what Jira asks on the way."""

from collections.abc import Iterator

from ticketferry.sdk import Lane, Record, Severity, WorkflowDef
from ticketferry.sdk.codec import FieldWriter

from . import marks
from .head import IssueHead
from .issue_rows import IssuePlace
from .paths import find_path
from .site_index import JiraCatalogIndex

__all__ = ["StageWriter"]


class StageWriter(FieldWriter):
    """Writes where a ticket stands into a head; `desired` is what the mapping wants."""

    site: JiraCatalogIndex

    def __init__(self, desired: Record, site: JiraCatalogIndex, lane: Lane, head: IssueHead) -> None:
        super().__init__(desired, site, lane, f"property {marks.SOURCE}")
        self.head = head
        self.body = head.fields
        self.of = head.of
        self.cleared = head.cleared
        self.expected = head.expected
        self.screen = frozenset(head.type.get("fields", []))
        self.place = IssuePlace(site, head.project, head.type)

    def status(self) -> None:
        """Write the status and the way to it, with the resolution."""
        desired, head = self.desired, self.head
        workflow = self.site.workflow(head.type)
        initial = workflow.get("initial", "") if workflow else ""
        wanted = desired.get("status")
        name = (self.site.spelt("statuses", wanted) or wanted) if wanted else initial
        reached = initial
        if workflow and name and name != initial:
            given = {"resolution", *(key for key in self._keys_given())}
            path = find_path(workflow, initial, name, done=self.site.done, given=given)
            if path is None:
                self._no_way(workflow, initial, name)
            else:
                head.hops, reached = path, name
        if reached:
            self.expected["status"] = reached
            stage = self.site.stage(reached)
            if stage:
                self.expected["stage"] = stage
        self.lane.carried("status", by="transitions")
        self.lane.transformed("stage", "the status's category")
        self._resolution(reached)

    def _keys_given(self) -> Iterator[str]:
        """Yield the fields that the ticket has a value for, by the catalog's keys."""
        for name, value in self.desired.get("fields", {}).items():
            known = self.site.field(name)
            if known is not None and value not in (None, "", []):
                yield known["key"]
        if self.desired.get("assignee"):
            yield "assignee"

    def _no_way(self, workflow: WorkflowDef, start: str, end: str) -> None:
        """Tell of a status that cannot be reached. A ticket that is done would stay open: that stops the plan."""
        closed = find_path(workflow, start, end, done=self.site.done, blocked=True)
        severity = Severity.BLOCKER if end in self.site.done else Severity.REPAIR
        self.unplaced["status"] = end
        self.lane.kept("status", by=f"property {marks.SOURCE} (JSM-PATH)")
        remedy = f"Map to a status that can be reached (`status: {{…: {start}}}`), or add a transition."
        if closed is None:
            message = f"the workflow {workflow['name']!r} has no way from {start!r} to {end!r}"
            self.lane.find("JSM-PATH", severity, "status", message, remedy)
            return
        hop = next(hop for hop in closed if hop.blocked)
        self.lane.find(
            "JSM-APPROVAL", severity, "status",
            f"the only way to {end!r} takes the transition {hop.name!r}, which waits for {hop.blocked}",
            remedy.replace("add a transition", "add a transition that the migration account may take"),
        )  # fmt: skip

    def _resolution(self, reached: str) -> None:
        wanted = self.desired.get("resolution")
        found = self.site.entry("resolutions", wanted) if wanted else None
        if wanted and found is None:
            self.beside(
                "resolution",
                wanted,
                "JSM-NAME",
                f"Jira has no resolution {wanted!r}",
                "Make it, or map to another.",
            )
        name = found["name"] if found else None
        asking = [
            hop
            for hop in self.head.hops
            if "resolution" in hop.required or (hop.to in self.site.done and "resolution" in hop.fields)
        ]
        if asking and name is None and reached in self.site.done:
            name = self.site.default_resolution
            self.lane.find(
                "JSM-RESOLUTION", Severity.REPAIR, "resolution", f"the transition {asking[-1].name!r} asks for a resolution: {name!r} is set",
                "Give the status a resolution in the mapping.",
            )  # fmt: skip
        self.lane.carried("resolution", by="resolution")
        if name is None:
            return
        self.expected["resolution"] = name
        on_screen = [hop for hop in asking if "resolution" in hop.fields or "resolution" in hop.required]
        asked = [hop for hop in on_screen if "resolution" in hop.required]
        if on_screen:
            self.head.hop_resolution |= {hop.id: name for hop in [*on_screen[-1:], *asked]}
        else:
            self.head.resolution = name

    def request_type(self) -> None:
        """Write the request type."""
        name = self.desired.get("form")
        if not name:
            return
        found = self.site.form(self.head.project, name)
        if found is None or self.site.special("request_type") is None:
            self.beside(
                "form", name, "JSM-NAME", f"project {self.head.project['key']} has no request type {name!r}",
                "Make the request type; without one the customer does not see the ticket on the portal.",
            )  # fmt: skip
            return
        if found.get("type") not in (None, self.head.type["name"]):
            self.lane.find(
                "JSM-FORM-TYPE", Severity.BLOCKER, "form",
                f"the request type {found['name']!r} is for issues of the type {found.get('type') or 'of another project'!r}, not {self.head.type['name']!r}",
                f"Change the route: `issue_type: {found.get('type') or '…'}`, or another request type.",
            )  # fmt: skip
        self.head.form = found["id"]
        self.expected["form"] = found["name"]
        self.lane.carried("form", by="request type")
