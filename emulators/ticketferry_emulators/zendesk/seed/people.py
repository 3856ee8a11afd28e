"""The people of the sample desk: agents, customers with their hard cases, organizations, memberships."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ticketferry_emulators.zendesk.seed.catalog import GROUPS
from ticketferry_emulators.zendesk.seed.dice import BEGINS, ENDS, Dice, WireRecord, api_url, stamp

__all__ = [
    "AGENTS",
    "ORGANIZATIONS",
    "SYSTEM_USER",
    "SamplePerson",
    "customer_count",
    "fixed",
    "new_customer",
    "person",
    "persons",
    "records",
]

SYSTEM_USER = -1
"""Author of what the product itself does."""

_LOCALES = {"en-US": (1, "Eastern Time (US & Canada)", "America/New_York"), "de": (8, "Berlin", "Europe/Berlin"),
            "fr": (16, "Paris", "Europe/Paris"), "ja": (67, "Osaka", "Asia/Tokyo"),
            "ar": (66, "Riyadh", "Asia/Riyadh"), "he": (30, "Jerusalem", "Asia/Jerusalem"),
            "es": (2, "Madrid", "Europe/Madrid"), "pt-BR": (19, "Brasilia", "America/Sao_Paulo")}  # fmt: skip

# name, domains, shared tickets, plan
_ORGANIZATIONS: tuple[tuple[str, tuple[str, ...], bool, str | None], ...] = (
    ("Initech", ("initech.example",), True, "plan_premium"),
    ("Hooli", ("hooli.example", "hooli-labs.example"), False, "plan_premium"),
    ("Stark Ovens", ("stark-ovens.example",), False, "plan_basic"),
    ("Wayne Bakery", ("wayne-bakery.example",), False, "plan_basic"),
    ("Müller & Söhne GmbH", ("mueller-soehne.example",), False, "plan_premium"),
    ("Café du Port", ("cafe-du-port.example",), False, None),
    ("日本ルーター株式会社", ("nihon-router.example",), False, "plan_basic"),
    ("شركة الأمل", ("al-amal.example",), False, None),
    ("Umbrella Shop", (), False, "plan_basic"),
    ("Initech Europe", ("initech-europe.example",), False, "plan_basic"),
    ("  Globex Partners ", ("globex-partners.example",), False, None),
    ("Old Customers (do not use)", (), False, None),
)
ORGANIZATIONS = tuple(42_001 + index for index in range(len(_ORGANIZATIONS)))

_AGENTS = (
    ("Ana Silva", "ana.silva", "admin", ("Tier 1", "Tier 2", "HR-cases")), ("Ben Okoro", "ben.okoro", "admin", ("Tier 2",)),
    ("Chloe Martin", "chloe.martin", "agent", ("Tier 1",)), ("Dmitri Ivanov", "dmitri.ivanov", "agent", ("Tier 2",)),
    ("Emi Tanaka", "emi.tanaka", "agent", ("Tier 1", "Sales")), ("Farid Nasser", "farid.nasser", "agent", ("Billing",)),
    ("Greta Lund", "greta.lund", "agent", ("Billing", "HR-cases")),
    ("Hugo Weber", "hugo.weber", "agent", ("Tier 1", "Tier 2")),
)  # fmt: skip
_STAFF = 50_001
_CUSTOMER = 51_001
AGENTS = tuple(_STAFF + index for index in range(len(_AGENTS)))
LIGHT, LIGHT_TWO, SUSPENDED_AGENT, DELETED_AGENT, AI_AGENT = range(_STAFF + 8, _STAFF + 13)


class SamplePerson(NamedTuple):
    """One person: the user record and what belongs to it."""

    user: WireRecord
    identities: tuple[WireRecord, ...]
    organizations: tuple[int, ...]
    groups: tuple[str, ...] = ()


# name, e-mails (the first is primary), phone, organizations (index), locale, particulars
_Special = tuple[str, tuple[str, ...], str | None, tuple[int, ...], str, WireRecord]
_SPECIAL: tuple[_Special, ...] = (
    # one person under two addresses, the same phone
    ("Maria Gonzalez", ("maria.gonzalez@initech.example",), "+12025550101", (0,), "es", {"customer_no": "C-1001"}),
    ("maria gonzalez", ("mgonzalez.private@mailbox.example",), "+1 (202) 555-0101", (), "es", {"shared_phone": True}),
    # the same customer number, the name shortened
    ("Robert Smith", ("robert.smith@hooli.example",), None, (1,), "en-US", {"customer_no": "C-2002"}),
    ("Bob Smith", ("bob@hooli-labs.example",), None, (1,), "en-US", {"customer_no": "C-2002"}),
    # +tag
    ("Dana Whitfield", ("dana.whitfield@stark-ovens.example",), None, (2,), "en-US", {}),
    ("Dana Whitfield", ("dana.whitfield+support@stark-ovens.example",), None, (2,), "en-US", {}),
    # joined only by a secondary identity
    ("Joel Park", ("joel.park@wayne-bakery.example",), None, (3,), "en-US", {}),
    ("J. Park", ("jpark@mailbox.example", "joel.park+old@wayne-bakery.example"), None, (), "en-US", {}),
    # two people, one name: not duplicates
    ("Anna Schmidt", ("anna.schmidt@mueller-soehne.example",), "+49 30 23125 001", (4,), "de", {}),
    ("Anna Schmidt", ("a.schmidt@initech-europe.example",), "+49 30 23125 777", (9,), "de", {}),
    ("Büro Müller & Söhne", ("info@mueller-soehne.example",), None, (4,), "de", {"tags": ["shared-mailbox"]}),
    ("Accounting", ("billing@initech.example",), None, (0,), "en-US", {"tags": ["shared-mailbox"]}),
    ("noreply", ("noreply@hooli.example",), None, (), "en-US", {"suspended": True}),
    ("Jürgen Groß", ("juergen.gross@mueller-soehne.example",), "+4930 23125002", (4, 9), "de", {"external_id": "CRM-77"}),
    ("Élodie Lefèvre", ("elodie.lefevre@cafe-du-port.example",), "+33 1 99 00 12 34", (5,), "fr", {}),
    ("佐藤 花子", ("hanako.sato@nihon-router.example",), None, (6,), "ja", {}),
    ("محمد الأمين", ("m.alamin@al-amal.example",), None, (7,), "ar", {}),
    ("נועה כהן", ("noa.cohen@mailbox.example",), None, (), "he", {}),
    ("Zoë 🌻 Quist", ("zoe.quist@mailbox.example",), None, (), "en-US", {"tags": ["vip customer", "naïve/tag"]}),
    ("O'Neil, Sean \"Shaun\"", ("sean.oneil@umbrella-shop.example",), None, (8,), "en-US", {"alias": "Shaun"}),
    ("BIG LETTERS LTD", ("BIG.Letters@Umbrella-Shop.example",), None, (8,), "en-US", {}),
    ("Phone Caller +12025550142", (), "+12025550142", (), "en-US", {}),
    ("Messenger guest 8d21", (), None, (), "en-US", {"foreign": "8d21f0"}),
    ("Spam Sender", ("winner@lottery.example",), None, (), "en-US", {"suspended": True}),
    ("Rude Customer", ("rude@mailbox.example",), None, (8,), "en-US", {"suspended": True, "notes": "Suspended 2026-02"}),
    ("Former Customer", (), None, (11,), "en-US", {"active": False}),
    ("Permanently Deleted User", (), None, (), "en-US", {"active": False}),
    ("x" * 120, ("long.name@mailbox.example",), None, (), "en-US", {}),
    ("tom.baker@wayne-bakery.example", ("tom.baker@wayne-bakery.example",), None, (3,), "en-US", {}),
)  # fmt: skip
_FIRST = ("Ada", "Bruno", "Carla", "Dario", "Edda", "Finn", "Gina", "Hanno", "Ines", "Jonas", "Kaja", "Lars", "Mina",
          "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Thea", "Ugo", "Vera", "Wim", "Xenia", "Yara", "Zeno")  # fmt: skip
_LAST = ("Abendroth", "Birchwood", "Castellan", "Dunmore", "Eklund", "Fairweather", "Galanis", "Hollander", "Ivarsson",
         "Jablonski", "Kestrel", "Lindqvist", "Moravec", "Norwood", "Ostrander", "Pellegrin", "Quintero", "Rosenfeld",
         "Stavros", "Thornbury", "Underhill", "Vasquez", "Winterbourne", "Yamagata", "Zielinski")  # fmt: skip
_PLAIN = 21
RUDE = _CUSTOMER + 24
MESSENGER = _CUSTOMER + 22
CALLER = _CUSTOMER + 21
SPAMMER = _CUSTOMER + 23
SPEAKERS = {
    "de": _CUSTOMER + 8,
    "fr": _CUSTOMER + 14,
    "ja": _CUSTOMER + 15,
    "ar": _CUSTOMER + 16,
    "he": _CUSTOMER + 17,
}
_SILENT = frozenset({SPAMMER, RUDE, _CUSTOMER + 25, _CUSTOMER + 26, CALLER, MESSENGER, _CUSTOMER + 12})


def customer_count(tickets: int) -> int:
    """Return how many customers a desk of so many tickets has: 50, and one for each five tickets past the first block."""
    return len(_SPECIAL) + _PLAIN + max(0, tickets - 214) // 5


def pick_requester(dice: Dice, tickets: int) -> int:
    """Return a customer who may write: active, not suspended, with an address."""
    while True:
        number = _CUSTOMER + dice.below(customer_count(tickets))
        if number not in _SILENT:
            return number


def fixed() -> Iterator[SamplePerson]:
    """Yield the staff."""
    yield from (person(_STAFF + index) for index in range(13))


def persons(tickets: int) -> Iterator[SamplePerson]:
    """Yield everybody of a desk with so many tickets, staff first."""
    yield from fixed()
    yield from (person(_CUSTOMER + index) for index in range(customer_count(tickets)))


@lru_cache(maxsize=4096)
def person(number: int) -> SamplePerson:
    """Return the person with this user id; KeyError when there can be none."""
    if _STAFF <= number < _STAFF + 13:
        return _staff(number)
    index = number - _CUSTOMER
    if index < 0:
        raise KeyError(number)
    if index < len(_SPECIAL):
        return _special(number, *_SPECIAL[index])
    return _customer(number, index - len(_SPECIAL))


def new_customer(number: int, name: str, email: str, organization: int | None, made: int) -> SamplePerson:
    """Return somebody who wrote for the first time at `made` (unix seconds)."""
    user = _user(number, name, email.lower(), "end-user", "en-US", made)
    user |= {"organization_id": organization, "updated_at": user["created_at"]}
    places = (organization,) if organization is not None else ()
    return SamplePerson(user, (_identity(user, 0, "email", email.lower(), primary=True),), places)


def records(tickets: int) -> dict[str, Iterator[WireRecord]]:
    """Return the streams of people by kind: users, identities, organizations and both memberships."""
    return {
        "users": (one.user for one in persons(tickets)),
        "identities": (identity for one in persons(tickets) for identity in one.identities),
        "organizations": (_organization(index) for index in range(len(_ORGANIZATIONS))),
        "organization_memberships": (
            row for one in persons(tickets) for row in _organization_memberships(one)
        ),
        "group_memberships": (row for one in fixed() for row in _group_memberships(one)),
    }


def _organization_memberships(one: SamplePerson) -> Iterator[WireRecord]:
    for index, number in enumerate(one.organizations):
        identifier = one.user["id"] * 10 + index
        yield {
            "url": api_url(f"organization_memberships/{identifier}"), "id": identifier, "user_id": one.user["id"],
            "organization_id": number, "default": True if index == 0 else None,
            "organization_name": _ORGANIZATIONS[number - ORGANIZATIONS[0]][0], "view_tickets": index == 0,
            "created_at": one.user["created_at"], "updated_at": one.user["created_at"],
        }  # fmt: skip


def _group_memberships(one: SamplePerson) -> Iterator[WireRecord]:
    for index, name in enumerate(one.groups):
        identifier = one.user["id"] * 10 + index
        yield {
            "url": api_url(f"group_memberships/{identifier}"), "id": identifier, "user_id": one.user["id"],
            "group_id": GROUPS[name], "default": index == 0, "created_at": one.user["created_at"],
            "updated_at": one.user["created_at"],
        }  # fmt: skip


def _organization(index: int) -> WireRecord:
    name, domains, shared, plan = _ORGANIZATIONS[index]
    number = ORGANIZATIONS[index]
    made = stamp(BEGINS - 86_400 * 10 + index * 3_600)
    return {
        "url": api_url(f"organizations/{number}"), "id": number, "name": name, "shared_tickets": shared,
        "shared_comments": shared, "external_id": f"ERP-{number}" if plan else None, "created_at": made,
        "updated_at": stamp(BEGINS + index * 86_400 * 40), "domain_names": list(domains),
        "details": "Key account\r\nCall before visiting" if shared else None, "notes": None,
        "group_id": GROUPS["Tier 2"] if shared else None, "tags": ["key_account"] if shared else [],
        "organization_fields": {
            "plan": plan, "contract_no": f"K-{1000 + index}" if plan else None,
            "renewal": f"2027-{index % 12 + 1:02d}-01T00:00:00+00:00" if plan else None,
            "licences": 10 * index + 5 if plan else None, "discount": 2.5 if shared else None,
        },
    }  # fmt: skip


def _user(number: int, name: str, email: str | None, role: str, locale: str, made: int) -> WireRecord:
    locale_id, zone, iana = _LOCALES[locale]
    agent = role != "end-user"
    return {
        "id": number, "url": api_url(f"users/{number}"), "name": name, "email": email, "created_at": stamp(made),
        "updated_at": stamp(min(ENDS, made + 86_400 * (number % 700))), "time_zone": zone, "iana_time_zone": iana,
        "phone": None, "shared_phone_number": None, "photo": None, "locale_id": locale_id, "locale": locale,
        "organization_id": None, "role": role, "verified": email is not None, "external_id": None, "tags": [],
        "alias": None, "active": True, "shared": False, "shared_agent": False,
        "last_login_at": stamp(ENDS - 86_400 * (number % 90)) if agent else None, "two_factor_auth_enabled": None,
        "signature": f"{name}\nAcme Support" if agent else None, "details": None, "notes": None,
        "role_type": (4 if role == "admin" else 0) if agent else None, "custom_role_id": None, "moderator": agent,
        "ticket_restriction": None if agent else "requested", "only_private_comments": False,
        "restricted_agent": not agent, "suspended": False, "chat_only": False,
        "default_group_id": None, "report_csv": role == "admin",
        "user_fields": {"customer_no": None, "tier": None, "newsletter": False, "customer_since": None, "seats": None},
    }  # fmt: skip


def _identity(user: WireRecord, index: int, kind: str, value: str, *, primary: bool) -> WireRecord:
    number = user["id"] * 10 + index
    return {
        "url": api_url(f"users/{user['id']}/identities/{number}"), "id": number, "user_id": user["id"], "type": kind,
        "value": value, "verified": primary, "primary": primary, "created_at": user["created_at"],
        "updated_at": user["created_at"], "undeliverable_count": 0, "deliverable_state": "deliverable",
    }  # fmt: skip


def _staff(number: int) -> SamplePerson:
    index = number - _STAFF
    made = BEGINS - 86_400 * (25 - index)
    groups: tuple[str, ...] = ("Tier 1",)
    if index < len(_AGENTS):
        name, local, role, groups = _AGENTS[index]
        user = _user(number, name, f"{local}@acme.example", role, "en-US", made)
    else:
        name, email, role_type = {
            LIGHT: ("Nia Holt", "nia.holt@acme.example", 1), LIGHT_TWO: ("Ivo Marsh", "ivo.marsh@acme.example", 1),
            SUSPENDED_AGENT: ("Otto Brandt", "otto.brandt@acme.example", 0),
            DELETED_AGENT: ("Pia Rossi", None, 0), AI_AGENT: ("Ada (AI)", "ada@bots.acme.example", 0),
        }[number]  # fmt: skip
        user = _user(number, name, email, "agent", "en-US", made)
        user |= {
            "role_type": role_type, "suspended": number == SUSPENDED_AGENT, "active": number != DELETED_AGENT,
            "only_private_comments": role_type == 1, "tags": ["ai_agent"] if number == AI_AGENT else [],
        }  # fmt: skip
        groups = () if number in (DELETED_AGENT, AI_AGENT) else groups
    user["default_group_id"] = GROUPS[groups[0]] if groups else None
    identities = (_identity(user, 0, "email", user["email"], primary=True),) if user["email"] else ()
    return SamplePerson(user, identities, (), groups)


def _special(
    number: int, name: str, emails: tuple[str, ...], phone: str | None, organizations: tuple[int, ...], locale: str,
    more: WireRecord,
) -> SamplePerson:  # fmt: skip
    user = _user(
        number, name, emails[0].lower() if emails else None, "end-user", locale, BEGINS + number % 97 * 86_400
    )
    user |= {
        key: more[key]
        for key in ("external_id", "tags", "alias", "suspended", "active", "notes")
        if key in more
    }
    user["user_fields"] |= {
        "customer_no": more.get("customer_no"), "tier": "tier_gold" if organizations == (0,) else None,
        "newsletter": number % 3 == 0, "seats": number % 7 if organizations else None,
        "customer_since": "2023-05-01T00:00:00+00:00" if organizations else None,
    }  # fmt: skip
    places = tuple(ORGANIZATIONS[index] for index in organizations)
    user["organization_id"] = places[0] if places else None
    user["phone"], user["shared_phone_number"] = phone, more.get("shared_phone", False) if phone else None
    identities = [
        _identity(user, index, "email", email.lower(), primary=index == 0)
        for index, email in enumerate(emails)
    ]
    if phone and not more.get("shared_phone"):
        identities.append(_identity(user, 8, "phone_number", phone, primary=not emails))
    if "foreign" in more:
        identities.append(_identity(user, 9, "messaging", more["foreign"], primary=True))
    return SamplePerson(user, tuple(identities), places)


def _customer(number: int, index: int) -> SamplePerson:
    dice = Dice("customer", index)
    first, last = dice.pick(_FIRST), dice.pick(_LAST)
    places = dice.some(range(10), 1) if dice.chance(0.8) else []
    domains = _ORGANIZATIONS[places[0]][1] if places else ()
    email = f"{first}.{last}{index}@{domains[0] if domains else 'mailbox.example'}".lower()
    user = _user(number, f"{first} {last}", email, "end-user", "en-US", BEGINS + dice.below(86_400 * 200))
    user["user_fields"]["customer_no"] = f"C-{3_000 + index}"
    user["external_id"] = f"CRM-{9_000 + index}" if dice.chance(0.5) else None
    organizations = tuple(ORGANIZATIONS[place] for place in places)
    user["organization_id"] = organizations[0] if organizations else None
    if dice.chance(0.3):
        user["phone"], user["shared_phone_number"] = f"+1202555{dice.between(150, 199):04d}", True
    return SamplePerson(user, (_identity(user, 0, "email", email, primary=True),), organizations)
