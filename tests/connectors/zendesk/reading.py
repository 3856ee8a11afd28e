"""A source on a served emulator, a catalog without network, and the proof that a translation has a place for every leaf."""

from contextlib import contextmanager

from ticketferry.desired.cases import assemble
from ticketferry.schema.records import validate
from ticketferry.sdk import Kind, Ref, Session
from ticketferry.sdk.trace import finish, leaves, lookup
from ticketferry.testing.astray import astray
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, generate
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk import catalog as catalogs
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.source import ZendeskSource
from ticketferry_zendesk.translate import translate

DESK = "acme"
WHERE = "https://acme.zendesk.com"
SETUP = (
    "ticket_fields",
    "user_fields",
    "organization_fields",
    "custom_statuses",
    "ticket_forms",
    "groups",
    "brands",
    "sla_policies",
)


def sample_names(**lists):
    """The look-ups of the sample desk; keyword arguments replace lists."""
    desk = generate(tickets=1)
    rows = {kind: list(desk.lists[kind]()) for kind in SETUP} | lists
    return Names(catalogs.build(DESK, WHERE, rows))


def neutral(wire, names):
    """Translate, complete, validate, and prove that every leaf has exactly one place that exists."""
    done = finish(translate(wire, names, WHERE), wire)
    heads = set()
    for record in done.records:
        validate(record)
        _, kind, id_ = record["ref"].split(":", 2)
        heads.add(f"{kind}[{id_}]")
    for leaf in leaves(wire.body):
        place = lookup(done.trace, leaf.path, leaf.pattern)
        assert place, leaf
        assert place[0] == "=" or place.split("].", 1)[0] + "]" in heads, (leaf, place)
    assert astray(wire, done) == []
    assert translate(wire, names, WHERE) == translate(wire, names, WHERE)
    return done


@contextmanager
def reading(clock=None, *, options=None, share=1.0, desk=None, **emulator_options):
    """A source on a served emulator; nothing of it may crash."""
    emulator = ZendeskEmulator(clock or ManualClock(), **emulator_options)
    with emulator.serve():
        source = source_on(emulator, share=share, **(options or {}))
        try:
            yield source, emulator
        finally:
            source.close()
    assert emulator.crashes == []


def source_on(emulator, *, share=1.0, note=lambda _: None, **options):
    """Another source on the same desk; without credentials of its own it is an OAuth client."""
    given = emulator.credentials
    if not {"email", "bearer", "client_id"} & options.keys():
        options |= {"client_id": given["ZENDESK_CLIENT_ID"], "client_secret": given["ZENDESK_CLIENT_SECRET"]}
    session = Session(DESK, clock=emulator.clock, share=share, note=note)
    return ZendeskSource(CONNECTOR.options(base_url=emulator.base_url, **options), session)


def drain(source, stream, cursor=None):
    """Read a stream to its end: (wires by kind and id, cursor)."""
    found = {}
    for page in source.read(stream, cursor):
        found.update({(wire.ref.kind, wire.ref.id): wire for wire in page.records})
        cursor = page.cursor
    assert page.last
    return found, cursor


def cases_of(source):
    """Read tickets and history and put them together: number -> case."""
    catalog = source.catalog()
    rows = {}
    for stream in ("tickets", "history"):
        for wire in drain(source, stream)[0].values():
            root = wire.root or wire.ref
            rows.setdefault(root.id, []).extend(finish(source.translate(wire, catalog), wire).records)
    return {id_: assemble(Ref(DESK, Kind.TICKET, id_), [_Row(records)]) for id_, records in rows.items()}


class _Row:
    def __init__(self, records):
        self.records = records
