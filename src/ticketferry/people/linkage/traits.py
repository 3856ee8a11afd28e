"""What is compared of a person: names, mailboxes, phones, ids and the fields that tell who somebody is."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ticketferry.people.keys import emails_of, external_key, is_free_mail, side_of, unverified
from ticketferry.people.linkage.names import folded, is_role_mailbox, name_parts
from ticketferry.people.linkage.phones import phone_key
from ticketferry.people.linkage.settings import FIELDS
from ticketferry.schema.records import Record

__all__ = ["Traits", "traits_of"]

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_AS_FIELD = {word: field for field, words in FIELDS.items() for word in words}
_DATED = str.maketrans("", "", "-/. ")


class Traits(NamedTuple):
    """A person for comparing. What is not known is None; `mails` are the person's own, `shared_mails` those that others may answer to.

    `domain`: of the first address, where it tells of a company; `local`: its local part; `never`: why the person is joined by nobody but a
    human; `created`: ISO time, or empty.
    """

    ref: str
    side: str
    created: str
    never: str | None
    given: str | None
    given_other: str | None
    middle: str | None
    family: str | None
    family_other: str | None
    generation: str | None
    mails: list[str]
    shared_mails: list[str]
    local: str | None
    domain: str | None
    phones: list[str]
    external: str | None
    organizations: list[str]
    street_number: str | None
    street: str | None
    street_more: str | None
    city: str | None
    postcode: str | None
    region: str | None
    birth: str | None
    number: str | None


def traits_of(people: Iterable[Record], region: str | None = None) -> Iterator[Traits]:
    """Yield the traits of all who may be compared: a record that was deleted, or merged by the desk, tells of nobody.

    `region`: two letters of the country in which phone numbers without a prefix are dialled (`DE`); without it they are passed over.
    """
    for person in people:
        if person.get("state") in ("deleted", "merged") or person.get("merged_into"):
            continue
        yield _traits(person, region)


def _traits(person: Record, region: str | None) -> Traits:
    name = name_parts(str(person.get("name") or ""))
    mails, shared_mails, first = _mails(person)
    local, _, domain = first.rpartition("@")
    field = _fields(person).get
    # In the order of the fields: naming them takes twice as long, a million times.
    return Traits(
        person["ref"],
        side_of(person),
        str(person.get("created") or ""),
        _never(person, nobody=name.nobody),
        name.given or None,
        name.given_other or None,
        name.middle or None,
        name.family or None,
        name.family_other or None,
        name.generation or None,
        mails,
        shared_mails,
        local if len(local) > 4 and not is_role_mailbox(local) else None,
        domain if domain and not is_free_mail(domain) else None,
        _phones(person, region),
        external_key(person.get("external_id")) or None,
        list(person.get("organizations") or ()),
        field("street_number"),
        field("street"),
        field("street_more"),
        field("city"),
        field("postcode"),
        field("region"),
        field("birth"),
        field("number"),
    )


def _mails(person: Record) -> tuple[list[str], list[str], str]:
    """Return the mailboxes of a person's own, those that others may answer to or that nobody verified, and the first of all."""
    doubtful = any(item.get("verified") is False for item in person.get("identities") or ())
    own: list[str] = []
    shared: list[str] = []
    first = ""
    for key in dict.fromkeys(emails_of(person)):
        mailbox, role = _mailbox(key)
        first = first or mailbox
        kept = shared if role or (doubtful and unverified(person, key)) else own
        if mailbox not in kept:
            kept.append(mailbox)
    return own, shared, first


def _never(person: Record, *, nobody: bool) -> str | None:
    if side_of(person) == "agent":
        return "agents are joined by people only"
    if nobody:
        return "the name is that of a company, a department or several people"
    if person.get("state", "active") != "active":
        return f"the account is {person['state']}"
    return None


def _mailbox(key: str) -> tuple[str, bool]:
    """Return the mailbox behind an address, and whether several people may answer to it."""
    local, _, domain = key.rpartition("@")
    if domain in _GMAIL:
        # Google delivers with and without dots, and whatever stands behind a plus [support.google.com/mail/answer/7436150].
        local, domain = local.partition("+")[0].replace(".", "") or local, "gmail.com"
        return f"{local}@{domain}", is_role_mailbox(key.rpartition("@")[0])
    return key, is_role_mailbox(local)


def _phones(person: Record, region: str | None) -> list[str]:
    found: dict[str, None] = {}
    for item in person.get("identities") or ():
        if item.get("type") == "phone" and (number := phone_key(str(item.get("value") or ""), region)):
            found[number] = None
    return list(found)


def _fields(person: Record) -> dict[str, str]:
    found: dict[str, str] = {}
    fields = person.get("fields")
    if not fields:
        return found
    for key, value in fields.items():
        trait = _AS_FIELD.get(_field_key(key))
        if trait is None or trait in found or not isinstance(value, (str, int)) or isinstance(value, bool):
            continue
        text = _plain(trait, str(value))
        if text:
            found[trait] = text
    return found


@lru_cache(maxsize=4_096)
def _field_key(key: str) -> str:
    return folded(key).replace(" ", "")


def _plain(trait: str, value: str) -> str:
    if trait == "number":
        return external_key(folded(value).replace(" ", ""))
    if trait == "birth":
        return value[:10].translate(_DATED) if value[:1].isdigit() else ""
    if trait in ("postcode", "street_number"):
        return folded(value).replace(" ", "")
    return folded(value)
