"""A made-up desk in memory with tickets, files, control totals, gaps in its numbers and an inventory, for tests of extraction."""

from ticketferry.errors import RejectedError
from ticketferry.extract.snapshot import extract
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Connector, Page, Translated, Wire
from ticketferry.sdk.features import Feature, Limits
from ticketferry.sdk.options import Options
from ticketferry.sdk.survey import Absence, ControlTotal
from ticketferry.store.blobs import Blobs
from ticketferry.store.snapshots import Snapshots
from ticketferry_emulators.kit.clock import ManualClock

DESK = "acme"
CONNECTOR = Connector(
    "made-up", "A made-up desk", Options, frozenset({Feature.TOTALS, Feature.INVENTORY, Feature.DELTA}), "x:Y"
)
APART = ("deleted", "spam", "suspended")


class SurveyedDesk:
    """Tickets 1 … n as a log with a cursor; what `hidden` names is in no list, what `absent` names has a reason."""

    def __init__(self, tickets: int = 6, *, prefix: str = "") -> None:
        self.limits = Limits(page_size=4, fetch_batch=3)
        self.log: list[Wire] = []
        self.hidden: set[str] = set()
        self.unreadable: set[str] = set()
        self.absent: dict[str, Absence] = {}
        self.things: list = []
        self.asked: list[list[str]] = []
        self.counts: dict[tuple[str, str], int] = {}
        """(stage, month) -> what the desk says in the place of the truth."""
        self.inexact: set[str] = set()
        self.at_totals = lambda: None
        self.prefix = prefix
        self.files: dict[str, list] = {}
        for number in range(1, tickets + 1):
            self.ticket(number)

    def ticket(
        self, number, *, stage="in_progress", created="2024-03-05T00:00:00Z", updated="", gone=False, id_=None
    ) -> None:
        body = {"number": f"{self.prefix}{number}", "stage": stage, "created": created, "updated": updated}
        self.log.append(Wire(Ref(DESK, Kind.TICKET, str(id_ or number)), body, None, gone, None))

    def purge(self, number):
        self.log.append(Wire(Ref(DESK, Kind.TICKET, str(number)), None, None, gone=True))

    def attach(self, id_, *answers, ticket=1, **more):
        """Hang a file on a ticket; `answers` are bytes or errors, one for each time that it is asked for."""
        body = {"name": f"f{id_}", "ticket": ticket, **more}
        self.log.append(
            Wire(Ref(DESK, Kind.ATTACHMENT, str(id_)), body, None, False, Ref(DESK, Kind.TICKET, str(ticket)))
        )
        self.files[str(id_)] = list(answers)

    def catalog(self):
        return {"desk": DESK, "product": "made-up"}

    def streams(self):
        return ["everything"]

    def count(self, stream):
        return None

    def read(self, stream, cursor):
        at = int(cursor or 0)
        while True:
            page = self.log[at : at + 4]
            at += len(page)
            shown = [wire for wire in page if wire.body is None or wire.body.get("number") not in self.hidden]
            yield Page(shown, str(at), last=at >= len(self.log))
            if at >= len(self.log):
                return

    def fetch(self, refs):
        live = {wire.ref: wire for wire in self.log}
        return [
            wire
            for wire in live.values()
            if (wire.root or wire.ref) in refs
            and not wire.gone
            and wire.body.get("number") not in self.unreadable
        ]

    def translate(self, wire, catalog):
        record = {"ref": str(wire.ref), **{key: value for key, value in wire.body.items() if value != ""}}
        if wire.ref.kind is Kind.ATTACHMENT:
            record["ticket"] = f"{DESK}:ticket:{wire.body['ticket']}"
        return Translated([record], dict.fromkeys(wire.body, "=same"))

    def content(self, attachment):
        answers = self.files[attachment["ref"].rsplit(":", 1)[1]]
        answer = answers.pop(0) if answers else RejectedError("it was asked for too often")
        if isinstance(answer, BaseException):
            raise answer
        yield answer

    # ---- what it tells about itself

    def totals(self):
        self.at_totals()
        live = {wire.ref: wire for wire in self.log if wire.ref.kind is Kind.TICKET}
        found: dict[tuple[str, str], int] = {}
        for wire in live.values():
            if wire.body is not None:
                key = (wire.body["stage"], wire.body["created"][:7])
                found[key] = found.get(key, 0) + 1
        for stage, month in sorted(found.keys() | self.counts.keys()):
            count = self.counts.get((stage, month), found.get((stage, month), 0))
            yield ControlTotal(count, f"count {stage} {month}", stage, month, exact=stage not in self.inexact)

    def explain_absent(self, numbers):
        self.asked.append(list(numbers))
        return {number: self.absent[number] for number in numbers if number in self.absent}

    def inventory(self):
        return iter(self.things)

    def close(self):
        return None


class Workspace:
    """A folder with a snapshot file and blobs, and a clock that jumps."""

    def __init__(self, folder) -> None:
        self.clock = ManualClock()
        self.snapshots = Snapshots(folder / "source.db", DESK)
        self.blobs = Blobs(folder / "blobs")

    def extract(self, desk, **more):
        more = {"totals": True, "inventory": True, **more}
        return extract(desk, CONNECTOR, self.snapshots, self.clock, **more)

    def findings(self):
        return {finding.code: finding for finding in self.snapshots.findings.all()}
