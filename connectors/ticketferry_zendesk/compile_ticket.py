"""A ticket's own fields on their way to an import: what Zendesk takes, what our mark keeps, what reading will give."""

import re
from typing import Any, cast

from ticketferry.sdk import (
    FieldDef,
    Json,
    Lane,
    Record,
    Severity,
    Stage,
    Template,
    id_template,
    parse_ref,
    planned_ref,
    slim,
)
from ticketferry.sdk.codec import FieldWriter, NoPlaceError, places
from ticketferry.sdk.values import MisfitError, day_of, decimal_number, fits_pattern, whole_number
from ticketferry_zendesk.compile_thread import by_time
from ticketferry_zendesk.provenance import BORN_NEW, KEY
from ticketferry_zendesk.site_index import BY_STAGE, ZendeskCatalogIndex
from ticketferry_zendesk.ticket_rows import BESIDE, SECONDS, TICKET
from ticketferry_zendesk.wire import is_before_1970, to_the_second

__all__ = ["ImportHead", "compile_head"]

_TEXT = 65_000
_WRONG_TAG = re.compile(r"[\s,\"'<>]+")
_NATIVE = places(TICKET) | {
    "ref", "body", "stage", "status", "submitter", "tags", "fields", "links", "comments", "attachments", "events", "created", "updated",
    "provenance", "native", "origin", "number", "url", "sla", "side_conversations",
}  # fmt: skip
"""Keys that have a place in Zendesk, or say nothing of its own; every other key goes into our mark as it is."""
_HOLDS = frozenset({"text", "textarea", "regexp", "card"})


class ImportHead(FieldWriter):
    """What an import says of the ticket itself. `custom`: number of a field -> value; `mark`: our own words on it."""

    site: ZendeskCatalogIndex

    def __init__(self, desired: Record, site: ZendeskCatalogIndex, lane: Lane, workspace: str) -> None:
        super().__init__(desired, site, lane, BESIDE)
        self.expected["ref"] = desired["ref"]
        self.mark: dict[str, Any] = {KEY: 1, "ref": str(lane.root), "workspace": workspace}
        self.custom: dict[str, Template] = {}
        self.closed = False

    # ---- field by field

    def status(self) -> None:
        """Write the status: a category, and the custom status where it is none of Zendesk's own."""
        wanted = self.desired.get("status")
        found = self.site.status(wanted) if wanted else None
        if found is not None:
            self.lane.carried("status", by="status")
        else:
            found = self.site.status_of(self.desired.get("stage"))
            if wanted:
                name = found["name"] if found else "new"
                self.beside(
                    "status", wanted, "ZD-STATUS", f"Zendesk has no status {wanted!r}: {name} stands for it",
                    "Map it to a status that is there, or make a custom status.",
                )  # fmt: skip
        name = found["name"] if found else "new"
        planned = found is not None and planned_ref(found["id"]) is not None
        category = (
            BY_STAGE[Stage(found["stage"])]
            if found and planned
            else str(found.get("category", name))
            if found
            else "new"
        )
        if category == "solved" and self.desired.get("stage") == Stage.CLOSED.value:
            category = "closed"  # it keeps the status in which it was solved
        if category == "new" and self.desired.get("assignee"):
            self._taken_on(name)
            name = category = "open"
        elif category == "new":
            self.mark[BORN_NEW] = name
        self.put("status", "status", category)
        self.of["stage"] = ["status"]
        if name.startswith("custom:") and found:
            self.put("status", "custom_status_id", id_template(found["id"], slot="number", as_int=True))
            self.of["stage"].append("custom_status_id")
        self.closed = category == "closed"
        self.expected["status"] = name
        stage = self.site.stage(category)
        if stage:
            self.expected["stage"] = stage
        self.lane.transformed("stage", "the status's category")

    def _taken_on(self, name: str) -> None:
        """Write Open at once for an assigned New ticket: Zendesk makes it so at its next update, and never New again
        [support 4408894213018]. A status that nobody chose would look like somebody's edit otherwise.
        """
        self.unplaced.setdefault("status", name)
        self.lane.transformed("status", f"Open, since it is assigned; {name} in the {BESIDE} (ZD-OPEN)")
        self.lane.find(
            "ZD-OPEN", Severity.REPAIR, "status",
            f"an assigned ticket is not {name} in Zendesk: it becomes Open at its next update, so it is made Open at once",
            "Map the status to another one, or the assignee to nobody, where New must stay.",
        )  # fmt: skip

    def people(self) -> None:
        """Tell where nobody asks, and who submitted the ticket."""
        desired = self.desired
        if not desired.get("requester"):
            self.lane.find(
                "ZD-REQUESTER", Severity.DOUBT, "requester", "nobody asks: Zendesk puts the account that imports in the requester's place",
                "Set people.placeholder in the mapping.",
            )  # fmt: skip
        first = next(iter(by_time(desired.get("comments", []))), {}).get("author")
        if first:
            # Zendesk takes the author of the first comment for the submitter [DOC tickets]; the mark holds who it was.
            self.body["submitter_id"] = self.site.number(first)
        if desired.get("submitter"):
            self.mark["record"] = {"submitter": desired["submitter"]}
            self.expected["submitter"] = desired["submitter"]
            self.lane.kept("submitter", by=BESIDE)

    def times(self) -> None:
        """Give the times that an import sets."""
        for key, target in (("created", "created_at"), ("updated", "updated_at"), ("solved", "solved_at")):
            value = self.desired.get(key)
            written = to_the_second(value)
            if written is None:
                if key == "created":
                    self.unset.append(key)
                continue
            self.body[target] = written
            self.lane.carried(key, by=target)
            if is_before_1970(value):
                # How it was stands in the mark (created) and in the snapshot.
                self.lane.find(
                    "ZD-TIME", Severity.REPAIR if key == "created" else Severity.LOSS, key,
                    f"{value} is before 1970: {written} stands there",
                )  # fmt: skip
            if key == "created":
                self.expected[key] = value
                if written != value:
                    self.exact[key] = [written, value]
                    self.lane.transformed(key, SECONDS)

    def _fitted(self, name: str, value: Json) -> tuple[FieldDef, Json]:
        known = self.site.field(name)
        if known is None or not known.get("active", True):
            what = "no such field" if known is None else "the field, but not in use"
            raise NoPlaceError("ZD-FIELD", f"Zendesk has {what}", "Make the field, or map it to another.")
        written = write_value(known, value)
        if known["id"] in self.custom:
            raise NoPlaceError(
                "ZD-FIELD", f"another value goes into the field {known['name']!r} already", "Map one of the two to another field.",
            )  # fmt: skip
        return known, written

    def write_custom(self) -> None:
        """Write custom fields."""
        read: dict[str, Json] = {}
        for path, value, known, written in self.custom_fields(
            self._fitted,
            "ZD-VALUE",
            "the field cannot hold the value: {error}",
            "Map the value, or add the option.",
        ):
            self.custom[known["id"]] = self.site.option(known, written)
            if written is not False:
                # An empty checkbox and one that nobody touched read alike.
                read[known["key"]] = written
            if written != value:
                self.lane.transformed(path, f"{known['type']} field")
        if read:
            self.expected["fields"] = read
        self.lane.carried("fields", by="custom fields")

    def tags(self) -> None:
        """Write tags and fields consistently: a tag that is the value of a field is in both or in neither."""
        read = self.expected.get("fields", {})
        by_key = {
            key: self.site.tags_of(cast("FieldDef", self.site.field(key)), value)
            for key, value in read.items()
        }
        ours = [tag for tags in by_key.values() for tag in tags]
        chosen: list[str] = []
        for index, tag in enumerate(self.desired.get("tags", [])):
            path = f"tags[{index}]"
            text = _WRONG_TAG.sub("_", tag.strip()).strip("_").lower()
            owner = self.site.owner_of.get(text)
            if not text:
                self.beside(path, tag, "ZD-TAG", "nothing of it can be a tag")
                continue
            if owner is not None and text not in ours:
                self.beside(
                    path, tag, "ZD-TAG-FIELD", f"the tag is a value of the field {owner!r}, which has another one",
                    "Map the field, or drop the tag.",
                )  # fmt: skip
                continue
            if text != tag:
                self.lane.transformed(path, "tags are in lower case and without spaces")
            if text not in chosen:
                chosen.append(text)
        changed = sum(1 for tag in self.desired.get("tags", []) if tag not in chosen)
        if changed:
            self.lane.find(
                "ZD-TAG", Severity.REPAIR, "tags", "tags are in lower case and hold no spaces, commas or quotes",
                "Set tags.spaces and tags.case in the mapping.", count=changed,
            )  # fmt: skip
        written = list(dict.fromkeys([*chosen, *ours]))
        self.put("tags", "tags", cast("Template", written))
        self.mark["tags"] = chosen
        if chosen:
            self.expected["tags"] = chosen
        self.lane.carried("tags", by="tags")

    def links(self) -> None:
        """Problem and follow-up have a place; all other links stand in the mark."""
        kept: list[Record] = []
        native: list[Record] = []
        for index, link in enumerate(self.desired.get("links", [])):
            to, path = link.get("to"), f"links[{index}]"
            if to and link["type"] == "problem" and link.get("inward") and self._is_incident():
                self.put("links", "problem_id", self.site.number(to))
            elif to and link["type"] == "follow_up" and not link.get("inward") and self._is_older(to):
                self.body["via_followup_source_id"] = self.site.number(to)
            else:
                kept.append(link)
                self.lane.kept(path, by=BESIDE)
                continue
            native.append(link)
            self.lane.carried(
                path, by="problem_id" if link["type"] == "problem" else "via_followup_source_id"
            )
        if kept:
            self.mark["links"] = kept
            self.lane.kept("links", by=BESIDE)
        else:
            self.lane.carried("links", by="problem_id, via_followup_source_id")
        if kept or native:
            self.expected["links"] = [*native, *kept]

    def _is_incident(self) -> bool:
        return self.expected.get("type") == "incident" and "problem_id" not in self.body

    def _is_older(self, to: str) -> bool:
        """A follow-up comes after its source; a link that says otherwise could make two tickets wait for each other."""
        mine, other = self.lane.root.id, parse_ref(to).id
        both = mine.isdigit() and other.isdigit()
        return both and int(other) < int(mine) and "via_followup_source_id" not in self.body

    def rest(self) -> None:
        """Put everything without a place of its own into the mark."""
        record, provenance = self.keep_rest(_NATIVE, "number", "url", "sla", "side_conversations", "native")
        if "solved_at" in self.body:
            # Times of solving are imported, and read from metrics that imports do not have [DOC ticket_import].
            self.lane.carried("solved", by="solved_at")
        record = {**self.mark.get("record", {}), **record}
        self.mark |= slim(
            {"exact": self.exact, "unset": self.unset, "record": record, "provenance": provenance}
        )


def write_value(known: FieldDef, value: Json) -> Json:
    """Return a custom field's value as it is written and read; raises MisfitError."""
    kind = known["type"]
    if kind in ("select", "multiselect"):
        table = {option["value"]: option["value"] for option in known.get("options", [])}
        names = {option["name"].casefold(): option["value"] for option in reversed(known.get("options", []))}

        def option(item: Json) -> str:
            found = table.get(str(item)) or names.get(str(item).casefold())
            if found is None:
                raise MisfitError(f"{item!r} is no option")
            return found

        if kind == "select":
            if isinstance(value, list):
                raise MisfitError("it takes one option")
            return option(value)
        items = value if isinstance(value, list) else [value]
        return cast("Json", list(dict.fromkeys(option(item) for item in items)))
    if kind == "checkbox":
        found = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            str(value).lower()
        )
        if found is None:
            raise MisfitError("it takes yes or no")
        return found
    if kind in ("integer", "decimal"):
        return whole_number(value) if kind == "integer" else decimal_number(value)
    if kind == "date":
        return day_of(value)
    if kind in _HOLDS:
        text = value if isinstance(value, str) else str(value)
        if not text.strip():
            raise MisfitError("it is blank, which Zendesk takes for nothing")
        if not fits_pattern(known.get("pattern", ""), text):
            raise MisfitError(f"it does not fit the field's pattern {known['pattern']}")
        if len(text.encode("utf-8", "replace")) > _TEXT:
            raise MisfitError("it is longer than 64 kB")
        if kind == "card":
            return text if len(text) <= 4 else "X" * (len(text) - 4) + text[-4:]
        if kind != "textarea" and "\n" in text:
            raise MisfitError("it takes one line")
        return text
    raise MisfitError(f"values of the type {kind} name records by numbers that this account does not have")


def compile_head(desired: Record, site: ZendeskCatalogIndex, lane: Lane, *, workspace: str) -> ImportHead:
    """Compile a ticket's own fields."""
    head = ImportHead(desired, site, lane, workspace)
    head.status()
    head.write(TICKET)
    head.people()
    head.times()
    head.write_custom()
    head.tags()
    head.links()
    head.rest()
    return head
