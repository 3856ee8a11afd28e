"""Quarantine while reading: one record that cannot be read or translated stops nothing, hollows nothing, and is tried again."""

import pytest

from ticketferry.errors import FatalError, RejectedError, UsageError
from ticketferry.extract.snapshot import extract
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Connector, Page, Translated, Wire
from ticketferry.sdk.features import Limits
from ticketferry.sdk.options import Options
from ticketferry.store.quarantine import Quarantine
from ticketferry.store.snapshots import Snapshots
from ticketferry_emulators.kit.clock import ManualClock

CONNECTOR = Connector("made-up", "A made-up desk", Options, frozenset(), "x:Y")
DESK = "acme"


def ticket(number):
    return Ref(DESK, Kind.TICKET, str(number))


class Desk:
    """Tickets with comments in a log; `unread` says why a ticket cannot be read now, `broken` which wire records translate badly."""

    def __init__(self, tickets=5) -> None:
        self.limits = Limits(page_size=3, fetch_batch=4)
        self.log: list[Wire] = []
        self.unread: dict[str, str] = {}
        self.refused: set[str] = set()
        self.broken: set[str] = set()
        self.asked: list[list[str]] = []
        self.names = ["Acme"]
        for number in range(1, tickets + 1):
            self.put(number)

    def put(self, number, subject="hello") -> None:
        self.log.append(Wire(ticket(number), {"subject": subject}, None))
        self.log.append(
            Wire(Ref(DESK, Kind.COMMENT, f"{number}0"), {"body": "words"}, None, root=ticket(number))
        )

    def catalog(self):
        return {
            "desk": DESK,
            "product": "made-up",
            "brands": [{"id": "1", "name": name} for name in self.names],
        }

    def streams(self):
        return ["tickets"]

    def count(self, stream):
        return None

    def read(self, stream, cursor):
        at = int(cursor or 0)
        page = self.log[at:]
        yield Page(list(self._shown(page)), str(len(self.log)), last=True)

    def _shown(self, wires):
        told = set()
        for wire in wires:
            root = wire.root or wire.ref
            if root.id not in self.unread:
                yield wire
            elif root not in told:
                told.add(root)
                yield Wire(root, None, None, unread=self.unread[root.id])

    def fetch(self, refs):
        self.asked.append([ref.id for ref in refs])
        if self.refused & {ref.id for ref in refs}:
            raise RejectedError("no", status=422)
        live = {wire.ref: wire for wire in self.log}
        return list(self._shown([wire for wire in live.values() if (wire.root or wire.ref) in refs]))

    def translate(self, wire, catalog):
        if wire.ref.id in self.broken:
            raise KeyError("author_id")
        record = {"ref": str(wire.ref), **wire.body, "brand": catalog["brands"][0]["name"]}
        if wire.root is not None:
            record["ticket"] = str(wire.root)
        return Translated([record], dict.fromkeys(wire.body, "=same"))


class World:
    def __init__(self, folder) -> None:
        self.clock = ManualClock()
        self.snapshots = Snapshots(folder / "source.db", DESK)

    def extract(self, desk, **more):
        return extract(desk, CONNECTOR, self.snapshots, self.clock, **more)

    def held(self):
        return [(one.root.id, one.stage, one.part) for one in Quarantine(self.snapshots).held(10_000)]

    def parts(self, number):
        latest = self.snapshots.latest()
        return [row.kind.value for row in self.snapshots.root(ticket(number), latest.number)]


@pytest.fixture
def world(tmp_path):
    found = World(tmp_path)
    yield found
    found.snapshots.close()


def test_a_ticket_that_cannot_be_read_is_named_and_the_rest_comes(world):
    desk = Desk()
    desk.unread["3"] = "its history: the desk answered 500"
    done = world.extract(desk)
    (held,) = done.quarantine
    assert (held.root, held.stage, held.cause) == (ticket(3), "reading", "its history: the desk answered 500")
    assert "extract --retry" in held.remedy
    assert world.snapshots.count(Kind.TICKET, done.snapshot.number) == 4
    assert world.parts(3) == [], "no empty shell of it"


def test_what_was_read_before_is_kept_while_a_ticket_cannot_be_read(world):
    desk = Desk()
    world.extract(desk)
    desk.put(3, "newer")
    desk.unread["3"] = "403"
    world.extract(desk)
    assert world.parts(3) == ["comment", "ticket"]
    assert world.held() == [("3", "reading", "")]


def test_a_fault_that_came_once_is_mended_by_the_same_extract(world):
    desk = Desk()
    desk.unread["3"] = "404"
    shown = desk.fetch

    def well_again(refs):
        desk.unread.clear()
        return shown(refs)

    desk.fetch = well_again
    done = world.extract(desk)
    assert (done.quarantine, world.held()) == ([], [])
    assert world.parts(3) == ["comment", "ticket"]


def test_the_next_extract_tries_again_and_so_does_retry_without_reading_the_rest(world):
    desk = Desk()
    desk.unread |= {"2": "500", "4": "403"}
    first = world.extract(desk)
    del desk.unread["2"]
    desk.put(9)
    second = world.extract(desk, retry=True)
    assert world.held() == [("4", "reading", "")]
    assert world.parts(2) == ["comment", "ticket"]
    assert world.parts(9) == [], "only what is in quarantine was read"
    assert desk.asked[-1] == ["2", "4"]
    assert second.quarantine[0].tries > first.quarantine[1].tries
    desk.unread.clear()
    world.extract(desk)
    assert (world.held(), world.parts(4), world.parts(9)) == (
        [],
        ["comment", "ticket"],
        ["comment", "ticket"],
    )


def test_retry_needs_a_desk_that_was_read_to_the_end(world):
    with pytest.raises(UsageError, match="not read to the end"):
        world.extract(Desk(), retry=True)


def test_a_record_that_cannot_be_translated_holds_its_ticket_and_is_kept_verbatim(world):
    desk = Desk()
    desk.broken.add("20")
    done = world.extract(desk)
    (held,) = done.quarantine
    assert (held.root, held.stage, held.part) == (ticket(2), "translating", "comment:20")
    assert held.cause.startswith("KeyError: 'author_id' at test_quarantine.py:")
    row = world.snapshots.row(Kind.COMMENT, "20", done.snapshot.number)
    assert (row.body(), row.records, row.leaves) == ({"body": "words"}, [], 1)
    desk.broken.clear()
    again = world.extract(desk)
    assert (again.quarantine, world.held()) == ([], [])
    assert world.snapshots.row(Kind.COMMENT, "20", again.snapshot.number).records


def test_a_refused_batch_is_halved_until_the_bad_one_is_alone(world):
    desk = Desk()
    desk.unread |= {"1": "500", "2": "500", "3": "500"}
    world.extract(desk)
    desk.unread.clear()
    desk.refused.add("2")
    world.extract(desk, retry=True)
    assert world.held() == [("2", "reading", "")]
    assert world.parts(1) == world.parts(3) == ["comment", "ticket"]


def test_quarantine_is_part_of_what_a_plan_was_made_from(world):
    desk = Desk()
    whole = world.extract(desk).snapshot.digest
    desk.put(3, "newer")
    desk.unread["3"] = "500"
    held = world.extract(desk).snapshot.digest
    desk.log = desk.log[:-2]
    desk.unread.clear()
    assert whole != held
    assert world.extract(desk, retry=True).snapshot.digest == whole
    roots = Quarantine(world.snapshots).roots
    assert (list(roots(1)), list(roots(2)), list(roots(3))) == ([], [ticket(3)], [])


# ---- what a desk defines ---------------------------------------------------------------------------------------------


def test_a_brand_that_was_renamed_is_renamed_on_tickets_that_did_not_change(world):
    desk = Desk()
    world.extract(desk)
    desk.names = ["Acme & Sons"]
    done = world.extract(desk)
    assert done.changed["translated anew"] == 10
    assert desk.asked == [], "no request is needed for it"
    assert world.snapshots.row(Kind.TICKET, "4", done.snapshot.number).records[0]["brand"] == "Acme & Sons"
    assert "translated anew" not in world.extract(desk).changed


def test_an_extract_that_was_broken_off_keeps_what_it_read_when_names_change_before_it_goes_on(world):
    class Killed(BaseException):
        pass

    desk = Desk()
    world.extract(desk)
    desk.put(3, "newer")

    def kill(stream) -> None:
        raise Killed

    with pytest.raises(Killed):
        world.extract(desk, on_page=kill)
    desk.names = ["New"]
    done = world.extract(desk)
    record = world.snapshots.row(Kind.TICKET, "3", done.snapshot.number).records[0]
    assert (record["subject"], record["brand"]) == ("newer", "New")


def test_a_list_of_the_set_up_that_is_gone_stops_the_extract_before_anything_is_read(world):
    desk = Desk()
    world.extract(desk)
    kept = desk.names
    desk.names = []
    desk.translate = lambda wire, catalog: pytest.fail("nothing is translated without its brands")
    with pytest.raises(FatalError, match=r"none of its brands \(1 before\)") as caught:
        world.extract(desk)
    assert "--without brands" in caught.value.remedy
    del desk.translate
    desk.names = kept
    assert world.extract(desk).snapshot.digest


def test_a_target_may_lose_a_list_that_a_plan_had_made(world):
    desk = Desk()
    world.extract(desk, without=None)
    kept, desk.names = desk.names, []
    desk.translate = lambda wire, catalog: Translated(
        [{"ref": str(wire.ref)}], dict.fromkeys(wire.body, "=same")
    )
    assert world.extract(desk, without=None).snapshot.digest
    desk.names = kept
