"""Contacts, companies and notes of the sample workspace."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ticketferry_emulators.intercom.models.records import Company, Contact, ContactNote, Tagging
from ticketferry_emulators.intercom.seed.set_up import BEGUN, tags
from ticketferry_emulators.intercom.seed.texts import pick

__all__ = ["DELETED", "MERGED", "SamplePeople", "hex_id", "people"]

_FIRST = (
    "Ann",
    "Björn",
    "Chloé",
    "Dmitri",
    "Eva",
    "Farid",
    "Grace",
    "Hiro",
    "Inês",
    "Jürgen",
    "Katarzyna",
    "Lê",
)
_LAST = ("Baker", "Núñez", "O'Dell", "Řehák", "van der Berg", "Wu", "Zimmermann", "Smith-Jones")
DELETED = "65010000000000000000dead"
"""The id of a contact that was deleted for good: it only stands at what he wrote."""
MERGED = "650100000000000000000fff"
"""The id of a lead that was merged into the first user."""


@dataclass(slots=True)
class SamplePeople:
    """The people of a workspace; `free` are those who can begin a conversation."""

    contacts: list[Contact] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    notes: list[ContactNote] = field(default_factory=list)

    @property
    def free(self) -> list[Contact]:
        """Return who can begin a conversation: neither merged, archived nor blocked."""
        return [row for row in self.contacts if not (row.merged_into or row.archived or row.blocked)]


def hex_id(kind: str, number: int) -> str:
    """Return an id of 24 hexadecimal digits; kinds: 6501 contacts, 66aa companies, f1 files."""
    return f"{kind}{number:0{24 - len(kind)}x}"


def people(count: int, seed: int) -> SamplePeople:
    """Return `count` everyday contacts and those that make trouble, with companies and notes."""
    found = SamplePeople(companies=_companies())
    for place in range(count):
        found.contacts.append(_everyday(place, seed, found.companies))
    found.contacts += _strange(found)
    crowded = found.contacts[0]
    crowded.companies = [company.id for company in found.companies[:12]]
    crowded.tags = [Tagging(tag.id, BEGUN + 500, "admin", "3001") for tag in tags()[:12]]
    for place in range(13):
        body = f"<p>Note {place}: prefers phone &amp; mornings</p>"
        found.notes.append(
            ContactNote(str(26 + place), crowded.id, 3001 if place % 3 else 3006, body, BEGUN + place)
        )
    return found


def _companies() -> list[Company]:
    """Return fourteen companies; the last but one has no people, the last a name of markup."""
    rows = []
    for place in range(14):
        name = ("Globex", "Initech", "Umbrella – Süd", "Hooli")[place % 4] + f" {place}"
        rows.append(
            Company(
                hex_id("66aa", place + 1), f"remote-{place + 1}", name, plan="Pro" if place % 2 else None,
                size=10 * place or None, website=f"https://c{place}.example" if place % 3 else None, industry="Software",
                monthly_spend=100 * place, created_at=BEGUN + place, updated_at=BEGUN + place,
                remote_created_at=BEGUN - 86_400, last_request_at=BEGUN + 1_000 * place if place % 2 else None,
                custom_attributes={"tier": "gold", "employees": place},
            )
        )  # fmt: skip
    rows[12].name = "Nobody works here AG"
    rows[13].name = "<b>Markup</b> & Söhne\t"
    return rows


def _everyday(place: int, seed: int, companies: list[Company]) -> Contact:
    dice = random.Random(f"intercom-contact:{seed}:{place}")
    name = f"{pick(dice, _FIRST)} {pick(dice, _LAST)}"
    user = place % 5 != 4
    moment = BEGUN + 86_400 * (place % 900) + int(dice.random() * 80_000)
    attributes: dict[str, object] = {"plan_tier": pick(dice, ("gold", "silver", "free"))}
    if place % 3 == 0:
        attributes |= {"seats": place, "newsletter": place % 2 == 0, "renewal": moment, "score": 0.5 * place}
    home = place % 13
    return Contact(
        hex_id("6501", place + 1), "user" if user else "lead", email=f"contact{place}@customer{home}.example", name=name,
        external_id=str(70 + place) if user else None, phone=f"+4144{place:07}" if place % 4 == 0 else None,
        owner_id=3002 if place % 7 == 0 else None, created_at=moment, updated_at=moment + 3_600, signed_up_at=moment if user else None,
        last_seen_at=moment + 60, language="de" if place % 6 == 0 else None, browser="chrome", os="OS X 10.14.6",
        unsubscribed=place % 9 == 8, location={"country": "Switzerland", "region": "Zürich", "city": "Zürich"} if place % 2 else {},
        custom_attributes=attributes, companies=[companies[home].id] if home != 12 else [],
        tags=[Tagging(pick(dice, tags()).id, moment, "admin", "3002")] if place % 4 == 1 else [],
    )  # fmt: skip


def _strange(found: SamplePeople) -> list[Contact]:
    """Return those who make trouble: without a name, doubled, merged, archived, blocked, bounced, with hostile values."""
    first, moment = len(found.contacts) + 1, BEGUN + 4_000_000
    into = found.contacts[0].id if found.contacts else None
    rows = [
        Contact("", "lead"),
        Contact("", "user", email="twin@customer1.example", name="Twin One", external_id="twin-1"),
        Contact("", "user", email="twin@customer1.example", name="Twin Two", external_id="twin-2"),
        Contact("", "lead", email="twin@customer1.example", name="Twin Lead"),
        Contact("", "user", email="archived@customer2.example", name="Archie", external_id="arch", archived=True),
        Contact("", "user", email="blocked@spam.example", name="Blocked", external_id="blk", blocked=True, spam=True),
        Contact("", "user", email="bounce@nowhere.example", name="Bouncing Betty", external_id="bnc", bounced=True),
        Contact("", "user", email="x@y.example", name='<img src=x onerror="alert(1)">\u202eevil', external_id="ab/c d?e#f"),
        Contact("", "user", email="Straße.Ünïcode@exämple.example", name="名前 " + "n" * 200, external_id="long"),
        Contact("", "user", email="", name="Only an id", external_id="only-id"),
        Contact("", "user", email="ada@acme.example", name="Ada as a customer", external_id="ada-private"),
    ]  # fmt: skip
    if into is not None:
        rows.append(
            Contact(MERGED, "lead", email="merged@customer0.example", name="Merged Lead", merged_into=into)
        )
    for place, row in enumerate(rows):
        row.id = row.id or hex_id("6501", first + place)
        row.created_at = moment + 7 * place
        row.updated_at = row.created_at
    rows[7].custom_attributes = {"Größe (m²)": "=1+1 & <b>5</b>", "old_field": "kept"}
    return rows
