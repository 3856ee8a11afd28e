"""What an account's people and organizations have in common: fields, the mark, and edits that can be undone.

Their mark is the external id (`tf-acme-7`), which is unique and can be asked for. Where the source has an external id of its own, that is
kept in its place, since other systems look the record up by it; the mark then stands in the last line of the notes, with whatever has
no place in Zendesk. Not in a tag: the tags of users and organizations come upon all their new tickets.
"""

from collections.abc import Collection
from typing import Any, ClassVar

from ticketferry.sdk import FieldDef, From, Json, Lane, Record, Session, Template, parse_ref, slim
from ticketferry.sdk.codec import FieldWriter
from ticketferry.sdk.room import kept_values, made_to_fit, told_of
from ticketferry.sdk.values import MisfitError
from ticketferry_zendesk.compile_ticket import write_value
from ticketferry_zendesk.notes import NOTES, join_notes
from ticketferry_zendesk.people_rows import as_written
from ticketferry_zendesk.site_index import ZendeskCatalogIndex

__all__ = ["APART", "AccountWriter"]

APART = frozenset({"ref", "name", "external_id", "fields", "notes", "origin", "native"})
"""Keys that both have, and that are no rows."""
_NAME = 255


class AccountWriter(FieldWriter):
    """What people and organizations have in common. `kept`: what stands in the notes, key by key."""

    kind: ClassVar[str]
    """What a request calls such a record: `user`, `organization`."""
    placed: ClassVar[frozenset[str]]
    """Keys of the record that have a place of their own."""
    site: ZendeskCatalogIndex

    def __init__(self, desired: Record, site: ZendeskCatalogIndex, session: Session) -> None:
        super().__init__(desired, site, Lane(parse_ref(desired["ref"])), "notes")
        self.session = session
        self.expected["ref"] = desired["ref"]
        self.kept: Record = {
            key: value
            for key, value in desired.items()
            if key not in self.placed and value not in (None, "", [], {})
        }
        self.lane.kept("ref", *sorted(self.kept), by="notes")

    def write_name(self, name: str) -> None:
        """Write the name that Zendesk takes, which may not be the record's own."""
        self.put("name", "name", name)
        self.show("name", "name", self.desired.get("name") or name, name, as_written("name"))

    def name(self, most: int = _NAME) -> str:
        """Return the record's name on one line, cut where it is too long; an empty text where it has none."""
        text = str(self.desired.get("name", ""))
        line = " ".join(text.split())
        if len(line) > most:
            line = line[: most - 1].rstrip() + "…"
        return line

    def fields(self, of: str, target: str) -> None:
        """Write custom fields; what does not fit stands in the notes."""
        written: dict[str, Template] = {}
        read: dict[str, Any] = {}

        def fitted(name: str, value: Json) -> tuple[FieldDef, Json]:
            known = self.site.field(name, of)
            if known is None:
                raise MisfitError("Zendesk has no such field")
            return known, write_value(known, value)

        for _, _, known, done in self.custom_fields(
            fitted, "ZD-FIELD", "{error}: the value is kept in the notes", "Make the field."
        ):
            written[known["key"]] = done  # type: ignore[assignment]
            if done is not False:
                read[known["key"]] = done
            self.of[f'fields["{known["key"]}"]'] = [target]
        if written:
            self.body[target] = written
            self.expected["fields"] = read
        self.lane.carried("fields", by=target)

    def mark(self) -> None:
        """Set the external id and the notes: one of them bears the mark."""
        own = self.desired.get("external_id")
        mark = self.session.mark(self.lane.root.id)
        self.body["external_id"] = own or mark
        self.of["external_id"] = ["external_id"]
        if own:
            self.expected["external_id"] = own
        self.lane.carried("external_id", by="external_id")
        if self.unplaced:
            self.kept["provenance"] = {**self.kept.get("provenance", {}), "unplaced": self.unplaced}
        notes, kept = str(self.desired.get("notes", "")), self.kept

        def pack() -> str | None:
            told = slim({"record": kept, "exact": self.exact})
            text = join_notes(
                notes, str(self.lane.root), self.session.workspace, mark, told, always=bool(own)
            )
            return text if len(text.encode()) <= NOTES or not kept else None

        text = made_to_fit(
            pack,
            lambda: kept_values(kept),
            lambda value: len(repr(value)),
            told_of(self.lane, "ZD-PROVENANCE", "the notes"),
        )
        self.body["notes"] = text
        self.of["notes"] = ["notes"]
        if notes:
            self.expected["notes"] = notes
        self.lane.carried("notes", by="notes")

    def changes(self, entries: Collection[str]) -> dict[str, Template]:
        """Return what an update writes: the keys that moved, and the notes, which hold what is kept beside."""
        moved = {target for entry in entries for target in self.of.get(entry, [])}
        fields = {entry[8:-2] for entry in entries if entry.startswith('fields["')}
        if fields:
            moved.add(self.fields_key)
        return self.values(moved | ({"notes"} if entries else set()), fields)

    @property
    def fields_key(self) -> str:
        """Return the key under which a request holds custom fields."""
        return f"{self.kind}_fields"

    def values(self, targets: Collection[str], fields: Collection[str]) -> dict[str, Template]:
        """Return what stands under some keys; of custom fields those named, emptied where the record lacks them."""
        found: dict[str, Template] = {}
        for target in sorted(targets):
            found[target] = self.value(target)
        if self.fields_key in found:
            mine = self.body.get(self.fields_key)
            held = mine if isinstance(mine, dict) else {}
            found[self.fields_key] = {name: held.get(name) for name in sorted(fields)}
        return found

    def describe(self) -> None:
        """Write all but the mark."""
        raise NotImplementedError

    def edit(self, endpoint: str, written: dict[str, Template], current: Record) -> None:
        """Write what moved, with what undoing it writes: the record as it was read."""
        former = type(self)({**current, "ref": str(self.lane.root)}, self.site, self.session)
        former.describe()
        former.mark()
        fields = written.get(self.fields_key)
        back = former.values(written, fields if isinstance(fields, dict) else ())
        self.lane.edit(
            endpoint,
            f"{self.lane.root}/edit",
            params={"id": From(self.lane.root), "undo": {self.kind: back}},
            body={self.kind: written},
        )
