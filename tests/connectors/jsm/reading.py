"""A Jira source on an emulated site, what it reads, and what becomes of it."""

from typing import Any

from pydantic import SecretStr
from tests.connectors.jsm.emulated_site import Site

from ticketferry.sdk import Record, Session, Wire
from ticketferry.sdk.trace import count_leaves, finish, leaves, lookup
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.source import JsmSource


def options(jira: Site, **more: Any) -> JsmOptions:
    who = jira.emulator.credentials
    signed = {"email": who["JIRA_EMAIL"], "token": SecretStr(who["JIRA_TOKEN"])}
    return JsmOptions(**{"base_url": jira.emulator.base_url, **signed, **more})


def source(jira: Site, **more: Any) -> JsmSource:
    return JsmSource(options(jira, **more), Session(desk="old", clock=jira.emulator.clock))


def read(found: JsmSource, stream: str = "tickets", cursor: str | None = None) -> tuple[list[Wire], str]:
    pages = list(found.read(stream, cursor))
    return [wire for page in pages for wire in page.records], pages[-1].cursor


def records(found: JsmSource, wires: list[Wire]) -> list[Record]:
    """Neutral records, after a look that every leaf has a place."""
    catalog = found.catalog()
    made: list[Record] = []
    for wire in wires:
        bodies = CONNECTOR.bodies.get(wire.ref.kind.value, frozenset())
        done = finish(found.translate(wire, catalog), wire, bodies)
        names = {"{1}[{2}]".format(*record["ref"].split(":", 2)) for record in done.records}
        seen = 0
        for leaf in leaves(wire.body, bodies):
            seen += 1
            to = lookup(done.trace, leaf.path, leaf.pattern)
            assert to, f"{wire.ref}: {leaf.path} is lost"
            assert to.startswith("=") or to[: to.index("].") + 1] in names, (leaf.path, to)
        assert seen == count_leaves(wire.body, bodies)
        made.extend(done.records)
    return made


def of_kind(found: list[Record], kind: str) -> list[Record]:
    return [record for record in found if f":{kind}:" in record["ref"]]
