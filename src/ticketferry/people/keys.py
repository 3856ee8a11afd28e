"""Exact keys by which people and organizations are recognised."""

from collections.abc import Iterator
from typing import Literal

from ticketferry.schema.records import Record

__all__ = ["email_key", "id_order", "organization_keys", "person_keys", "side_of", "target_keys"]

_AGENTS = frozenset({"agent", "light_agent", "admin", "ai_agent", "automation"})


def email_key(value: str) -> str:
    """Normalise an e-mail: trimmed, lower case. Dots and +tags stay: they part people at most providers."""
    return value.strip().casefold()


def side_of(person: Record) -> Literal["agent", "customer"]:
    """Tell which side of the desk somebody is on; the sides are never one person."""
    return "agent" if person.get("role", "end_user") in _AGENTS else "customer"


def _emails(person: Record) -> Iterator[str]:
    if person.get("email"):
        yield email_key(person["email"])
    for identity in person.get("identities") or ():
        if identity.get("type") == "email" and identity.get("value"):
            yield email_key(identity["value"])


def person_keys(person: Record) -> list[str]:
    """Return the keys of a person, strongest first, each once: `external_id:…`, `email:…`."""
    keys: dict[str, None] = {}
    external = str(person.get("external_id") or "").strip().casefold()
    if external:
        keys[f"external_id:{external}"] = None
    for email in _emails(person):
        if "@" in email:
            keys[f"email:{email}"] = None
    return list(keys)


def organization_keys(organization: Record) -> list[str]:
    """Return the keys of an organization: `domain:…`, `name:…`, and `external_id:…`."""
    keys = [
        f"domain:{domain.strip().casefold()}"
        for domain in organization.get("domains") or ()
        if domain.strip()
    ]
    name = " ".join(str(organization.get("name") or "").split()).casefold()
    if name:
        keys.append(f"name:{name}")
    external = str(organization.get("external_id") or "").strip().casefold()
    if external:
        keys.append(f"external_id:{external}")
    return keys


def target_keys(record: Record, *, organization: bool) -> list[str]:
    """Return the keys under which a record of the target can be found, with its id and the source record that our mark names."""
    keys = organization_keys(record) if organization else person_keys(record)
    keys.append(f"id:{record['ref'].split(':', 2)[2].casefold()}")
    if record.get("origin"):
        keys.append(f"origin:{record['origin']}")
    return keys


def id_order(ref: str) -> str:
    """Return a text by which refs sort with ids that are numbers in order of size, before all others."""
    id_ = ref.split(":", 2)[2]
    if id_.isascii() and id_.isdigit() and len(id_) <= 40:
        return f"0{len(id_.lstrip('0')):02}{id_.lstrip('0')}"
    return f"1{id_}"
