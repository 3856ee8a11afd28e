"""Exact keys by which people and organizations are recognised, and what each is worth."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal
from unicodedata import decomposition, normalize

import idna

from ticketferry.schema.records import Record

__all__ = [
    "domain_key",
    "email_key",
    "emails_of",
    "external_key",
    "id_order",
    "is_address",
    "is_free_mail",
    "name_of",
    "organization_keys",
    "person_keys",
    "side_of",
    "target_keys",
    "unverified",
]

_AGENTS = frozenset({"agent", "light_agent", "admin", "ai_agent", "automation"})
_ASCII_LOWER = {ord(sign): sign.lower() for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_NO_ID = frozenset({
    "", "na", "none", "null", "nil", "undefined", "unknown", "unassigned", "no", "nobody", "test", "default", "false", "true",
    "nan", "tbd", "tba", "todo", "empty", "blank", "anonymous", "noid", "nonumber", "novalue", "nodata", "notset", "notavailable",
    "notapplicable", "notprovided", "notassigned", "notknown", "notfound", "missing", "ref", "value", "name", "div0", "num", "spill", "calc",
    "tbc", "inf", "infinity", "objectobject", "externalid", "guest", "pending", "ka", "keine", "kein", "ohne", "aucun", "ninguno",
    "nessuno", "geen",
})  # fmt: skip
"""What forms and spreadsheets write where somebody has no number: small letters and digits, without blanks and signs."""
_ADDRESS = 254
_NO_ADDRESS = re.compile(r'[\s<>,;:()\[\]\\"]')
_NUMBER_LOST = re.compile(r"[-+]?\d(?:[.,]\d*)?e[-+]?\d+|(\w)\1{4,}|[fx]+", re.IGNORECASE)
"""A long number as a spreadsheet shows it, the same for all that begin alike; a sign repeated, as fields are filled that must not be empty."""
_NO_MAILBOX = re.compile(
    r"(?:no|none|null|nil|na|n/a|unknown|nobody|anonymous|undefined|empty|test"
    r"|(?:(?:no|none|dont|donot|do[-_.]not|unknown|not)[-_.]?(?:e?[-_.]?mail|reply|address|available|provided)s?"
    r"|postmaster|mailer[-_.]?daemon|bounces?)[-_.]?\d*)(?:\+.*)?"
)
"""Local parts that are nobody's own address: `noemail@`, `no-reply@`, `do_not_reply@`, `mailer-daemon@`."""
_FREE = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it", "hotmail.es",
    "live.com", "live.co.uk", "live.fr", "live.nl", "msn.com", "outlook.de", "outlook.fr", "outlook.es", "yahoo.com", "yahoo.co.uk",
    "yahoo.fr", "yahoo.de", "yahoo.it", "yahoo.es", "yahoo.co.in", "yahoo.co.jp", "yahoo.com.br", "ymail.com", "rocketmail.com", "aol.com",
    "icloud.com", "me.com", "mac.com", "gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de",
    "arcor.de", "mail.com", "email.com", "mail.ru", "bk.ru", "inbox.ru", "list.ru", "yandex.ru", "yandex.com", "ya.ru", "rambler.ru",
    "proton.me", "protonmail.com", "pm.me", "tutanota.com", "tuta.io", "fastmail.com", "hey.com", "zoho.com", "qq.com", "163.com",
    "126.com", "sina.com", "foxmail.com", "naver.com", "daum.net", "hanmail.net", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net",
    "sfr.fr", "libero.it", "virgilio.it", "tiscali.it", "alice.it", "bluewin.ch", "hispeed.ch", "comcast.net", "verizon.net", "att.net",
    "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net", "btinternet.com", "sky.com", "virginmedia.com", "talktalk.net", "rogers.com",
    "shaw.ca", "bigpond.com", "optusnet.com.au", "xtra.co.nz", "terra.com.br", "uol.com.br", "bol.com.br", "ig.com.br", "wp.pl", "o2.pl",
    "onet.pl", "interia.pl", "seznam.cz", "centrum.cz", "ziggo.nl", "kpnmail.nl", "planet.nl", "telenet.be", "skynet.be", "rediffmail.com",
})  # fmt: skip
"""Domains under which anybody gets an address: they tell nothing of where somebody works."""


@lru_cache(maxsize=1_024)
def email_key(value: str) -> str:
    """Return what two spellings of one address have in common, by the rules of the mail system; "" for what is no address.

    The domain as names are registered (`domain_key`); the local part as it stands but for ASCII letters of either case, which no desk
    tells apart. Unicode's own foldings make one of what are two mailboxes: `straße` and `strasse`, the Kelvin sign and `K`.
    """
    local, sign, domain = _composed(_trimmed(value)).rpartition("@")
    if not sign or not local or not domain:
        return ""
    return f"{local.translate(_ASCII_LOWER)}@{domain_key(domain)}"


def is_address(value: str) -> bool:
    """Tell whether a desk makes an account of a text: one mailbox at a domain of at least two labels, in 254 characters [RFC 5321].

    Quoted local parts and domains without a dot (`root@localhost`) are addresses by the RFC; no help desk takes them.
    """
    text = value.strip()
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        bool(email_key(text))
        and len(text) <= _ADDRESS
        and text.isprintable()
        and not _NO_ADDRESS.search(text)
        and "@" not in local
        and len(labels) > 1
        and all(labels)
    )


def domain_key(value: str) -> str:
    """Return the registered form of a domain: punycode and Unicode are one, letters of any case, no dot at the end."""
    text = _composed(_trimmed(value)).translate(_ASCII_LOWER).removeprefix("@").rstrip(".")
    if text.isascii():
        return text
    # A letter whose small form is ASCII (the Kelvin sign) is no letter of a domain and stays what it is.
    text = "".join(
        sign if sign.isascii() or sign.lower().isascii() or len(sign.lower()) > 1 else sign.lower()
        for sign in text
    )
    try:
        return idna.encode(text).decode("ascii")
    except idna.IDNAError:
        return text


_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters without width that come along when an address is copied."""


def _trimmed(value: str) -> str:
    return value.strip().strip(_UNSEEN).strip()


def _composed(text: str) -> str:
    """Return the composed form. Signs that Unicode calls another's twin (Kelvin, Angstrom, Ohm) stay: a mail system keeps them apart."""
    if text.isascii():
        return text
    return "".join(
        part if len(part) == 1 and _is_twin(part) else normalize("NFC", part) for part in _parted(text)
    )


def _parted(text: str) -> Iterator[str]:
    start = 0
    for place, sign in enumerate(text):
        if _is_twin(sign):
            yield text[start:place]
            yield sign
            start = place + 1
    yield text[start:]


def _is_twin(sign: str) -> bool:
    parts = decomposition(sign)
    return bool(parts) and not parts.startswith("<") and " " not in parts


def is_free_mail(domain: str) -> bool:
    """Tell whether anybody gets an address under a domain (`domain_key`)."""
    return domain in _FREE


def external_key(value: object) -> str:
    """Return an external id for comparing: case counts (ids of 15 characters differ by it), blanks around it do not.

    "" for what stands in such fields when there is none (`0`, `N/A`, `#N/A`, `(none)`), or where a spreadsheet lost it (`1.23E+15`).
    """
    text = _composed(_trimmed(str(value if value is not None else "")))
    bare = "".join(sign for sign in text.casefold() if sign.isalnum())
    if bare in _NO_ID or not bare.strip("0") or text == "-1" or _NUMBER_LOST.fullmatch(text):
        return ""
    return text


def name_of(record: Record) -> str:
    """Return a name for comparing: letters of any case, blanks and Unicode forms aside."""
    return " ".join(_composed(str(record.get("name") or "")).split()).lower()


def side_of(person: Record) -> Literal["agent", "customer"]:
    """Tell which side of the desk somebody is on; the sides are never one person."""
    return "agent" if person.get("role", "end_user") in _AGENTS else "customer"


def emails_of(person: Record) -> Iterator[str]:
    """Yield the addresses of a person for comparing, the primary one first; a mailbox that is nobody's own is left out."""
    values = [person.get("email") or ""]
    values += [
        item.get("value") or "" for item in person.get("identities") or () if item.get("type") == "email"
    ]
    for value in dict.fromkeys(map(str, values)):
        key = email_key(value)
        if key and not _NO_MAILBOX.fullmatch(key.rpartition("@")[0]):
            yield key


def unverified(person: Record, key: str) -> bool:
    """Tell whether the desk says that nobody has shown an address (`email_key`) to be this person's own."""
    verdicts = [
        item.get("verified")
        for item in person.get("identities") or ()
        if item.get("type") == "email" and email_key(str(item.get("value") or "")) == key
    ]
    return bool(verdicts) and not any(value is not False for value in verdicts)


def person_keys(person: Record) -> list[str]:
    """Return the keys of a person, strongest first, each once: `external_id:…`, `email:…`."""
    keys: dict[str, None] = {}
    external = external_key(person.get("external_id"))
    if external:
        keys[f"external_id:{external}"] = None
    for email in emails_of(person):
        keys[f"email:{email}"] = None
    return list(keys)


def organization_keys(organization: Record) -> list[str]:
    """Return the keys of an organization: `domain:…`, `name:…`, and `external_id:…`. Free-mail domains are none."""
    keys: dict[str, None] = {}
    for domain in organization.get("domains") or ():
        key = domain_key(str(domain))
        if key and key not in _FREE:
            keys[f"domain:{key}"] = None
    name = name_of(organization)
    if name:
        keys[f"name:{name}"] = None
    external = external_key(organization.get("external_id"))
    if external:
        keys[f"external_id:{external}"] = None
    return list(keys)


def target_keys(record: Record, *, organization: bool) -> list[str]:
    """Return the keys under which a record of the target can be found, with its id and the source record that our mark names."""
    keys = organization_keys(record) if organization else person_keys(record)
    keys.append(f"id:{record['ref'].split(':', 2)[2]}")
    if record.get("origin"):
        keys.append(f"origin:{record['origin']}")
    return keys


def id_order(ref: str) -> str:
    """Return a text by which refs sort with ids that are numbers in order of size, before all others."""
    id_ = ref.split(":", 2)[2]
    if id_.isascii() and id_.isdigit() and len(id_) <= 40:
        return f"0{len(id_.lstrip('0')):02}{id_.lstrip('0')}"
    return f"1{id_}"
