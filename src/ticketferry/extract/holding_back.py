"""What an extract reads of somebody who was forgotten is taken out before it is stored: the old desk still has them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import orjson

from ticketferry.schema.forgotten import ADDRESS, Forgotten
from ticketferry.schema.forgotten_records import authored, people_in, without_texts
from ticketferry.schema.refs import Kind
from ticketferry.sdk.contract import Translated, Wire

__all__ = ["HeldBack"]

Triple = tuple[Wire, Translated, int]
_NOTHING = Forgotten(b"", {})


@dataclass(slots=True)
class HeldBack:
    """The list at work while a desk is read. `erasing`: of those whose texts went too.

    `accounts`: references of those that were held back, `records`: how many others were changed; `met`: accounts and tickets that belong on the list from now on, as digests.
    """

    forgotten: Forgotten
    erasing: Forgotten = _NOTHING
    accounts: set[str] = field(default_factory=set)
    records: int = 0
    met: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    """Ids of attachments of theirs that came with this extract."""

    def before(self, wire: Wire) -> Wire:
        """Return a wire record as it may be translated: without their words, or as one that is gone."""
        root = wire.root or wire.ref
        if root.kind is Kind.PERSON and self.forgotten.person(str(root)):
            if wire.body is not None:
                self.accounts.add(str(root))
            return Wire(wire.ref, None, None, gone=True, root=wire.root)
        if wire.body is None:
            return wire
        body = self.forgotten.value(wire.body, own=self.forgotten.root(str(root)))
        if body is wire.body:
            return wire
        self.records += 1
        return replace(wire, body=body)

    def after(self, given: Wire, done: Triple, translated: Callable[[Wire], Triple | str]) -> Triple | str:
        """Return what is stored of a record, when it is known whom it names. `given`: as the desk gave it."""
        wire, made, _ = done
        root = wire.root or wire.ref
        if root.kind is Kind.PERSON:
            return self._known_again(given, wire, made) or done
        if root.kind is not Kind.TICKET:
            return done
        for record in made.records:
            if ":attachment:" in record["ref"] and self.forgotten.file(record["ref"]):
                self.files.append(record["ref"].split(":", 2)[2])
        names = people_in(orjson.dumps(list(made.records)))
        if not self.forgotten.root(str(root)) and any(map(self.forgotten.person, names)):
            self.forgotten = self.forgotten.with_roots([str(root)])
            self.met[self.forgotten.digest(str(root))] = "root"
            body = self.forgotten.value(wire.body, own=True)
            if body is not wire.body:
                return translated(replace(wire, body=body))
        return self._without_texts(wire, made, translated) or done

    def _known_again(self, given: Wire, wire: Wire, made: Translated) -> Triple | None:
        """Hold back an account that bears an address of theirs: the desk knows them under another number now."""
        addresses = {str(record.get("email") or record.get("value")) for record in made.records}
        addresses |= {
            str(item.get("value")) for record in made.records for item in record.get("identities") or ()
        }
        if given.body is wire.body or ADDRESS not in addresses:
            return None
        ref = str(wire.root or wire.ref)
        self.forgotten = self.forgotten.with_people([ref])
        self.met[self.forgotten.digest(ref)] = "person"
        self.accounts.add(ref)
        return Wire(wire.ref, None, None, gone=True, root=wire.root), Translated((), {}), 0

    def _without_texts(
        self, wire: Wire, made: Translated, translated: Callable[[Wire], Triple | str]
    ) -> Triple | str | None:
        written: set[str] = set()
        for record in made.records:
            if self.erasing and authored(record, self.erasing, written):
                written.add(record["ref"])
        if not written:
            return None
        self.files += [ref.split(":", 2)[2] for ref in written if ":attachment:" in ref]
        body, _ = without_texts(wire.body, made.records, written)
        again = translated(replace(wire, body=body))
        if isinstance(again, str):
            return again
        _, left = without_texts(body, again[1].records, written)
        self.records += body != wire.body
        return again[0], replace(again[1], records=left), again[2]
