"""Names of people taken apart for comparing: any script, any order, without titles."""

import re
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

__all__ = ["NO_PERSON", "ROLE_WORDS", "NameParts", "folded", "is_role_mailbox", "name_parts"]

_SIGNS = re.compile(r"[^0-9a-z]+")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "madam", "herr", "frau", "hr", "fr", "dipl", "ing", "mag", "monsieur",
    "madame", "mme", "mlle", "senor", "senora", "sr", "sra", "dott", "dottssa", "phd", "md", "mba", "msc", "bsc", "esq",
})  # fmt: skip
_GENERATIONS = {
    "jr": "2", "jun": "2", "junior": "2", "ii": "2", "2nd": "2", "fils": "2", "filho": "2",
    "snr": "1", "sen": "1", "senior": "1", "pere": "1", "i": "1", "1st": "1",
    "iii": "3", "3rd": "3", "neto": "3", "iv": "4", "4th": "4",
}  # fmt: skip
"""What parts a father from a son of his name; `sr` is Spanish for mister before a name and senior behind it."""
ROLE_WORDS = frozenset({
    "info", "support", "sales", "billing", "admin", "administrator", "contact", "office", "hello", "help", "helpdesk", "service", "services",
    "servicedesk", "team", "teams", "mail", "email", "mailbox", "post", "postmaster", "kontakt", "buero", "accounts", "account", "accounting",
    "finance", "finances", "hr", "jobs", "career", "careers", "invoice", "invoices", "rechnung", "rechnungen", "buchhaltung", "orders",
    "order", "bestellung", "bestellungen", "purchasing", "procurement", "einkauf", "it", "edv", "webmaster", "hostmaster", "marketing",
    "press", "presse", "legal", "reception", "empfang", "verwaltung", "sekretariat", "secretary", "secretariat", "zentrale", "familie",
    "family", "famille", "familia", "fam", "household", "shop", "store", "ventas", "facturacion", "compta", "comptabilite", "direction",
    "commercial", "vertrieb", "all", "everyone", "staff", "group", "gruppe", "dispatch", "lager", "warehouse", "reservations", "booking",
    "bookings", "privacy", "security", "abuse", "root", "dev", "developers", "qa", "ops", "noc", "test", "noreply", "no", "reply", "department",
    "dept", "abteilung", "desk", "frontdesk", "customer", "customers", "kunde", "kunden", "client", "clients", "user", "users", "guest",
    "anfrage", "anfragen", "enquiries", "inquiries", "feedback", "newsletter", "news", "notifications", "alerts", "monitoring", "backup",
    "scanner", "printer", "kasse", "praxis", "kanzlei", "atelier", "studio", "hotel", "restaurant", "management", "manager", "ceo", "cfo",
    "partner", "partners", "vendor", "vendors", "payroll", "lohn", "payments", "payment", "shipping", "versand", "logistics", "technik",
    "technical", "tech", "operations", "facilities", "hausmeister", "board", "vorstand", "club", "verein", "shared", "anonymous", "unknown",
})  # fmt: skip
"""Words of addresses and names that several people answer to, or that nobody is called."""
NO_PERSON = frozenset({
    "gmbh", "ag", "inc", "llc", "ltd", "limited", "corp", "corporation", "company", "co", "kg", "ohg", "ug", "sarl", "sas", "sa", "srl", "spa",
    "bv", "nv", "oy", "ab", "aps", "plc", "pty", "und", "and", "et", "deleted", "permanently", "familie", "family", "famille", "familia",
    "team", "support", "department", "accounts", "accounting", "billing", "info", "sales", "service", "helpdesk", "reception", "admin",
    "administrator", "office", "user", "customer", "unknown", "anonymous", "guest", "test", "shared", "mailbox", "frontdesk", "payroll",
    "invoices", "orders", "staff", "buchhaltung", "sekretariat", "empfang", "einkauf", "vertrieb", "verwaltung", "kunde", "warehouse",
})  # fmt: skip
"""Words that no name of one person has: legal forms, departments, two people in one record."""
_COUPLE = re.compile(r"[+&/]")
_PARTS = re.compile(r"[._+-]")
_OF_TWO = re.compile(r"(?:^|[._-])(?:und|and|et|y)(?:[._-]|$)|(?:^|[._-])the[._-]?\w+s$")


class NameParts(NamedTuple):
    """A name taken apart, in small Latin letters; what is not known is empty.

    `given_other`, `family_other`: the same by German spelling (`Müller` is `muller`, and `mueller` here); `middle`: initials between the
    two; `generation`: `1` senior, `2` junior, and so on; `nobody`: the words are those of a company, a department or two people.
    """

    given: str = ""
    family: str = ""
    given_other: str = ""
    family_other: str = ""
    middle: str = ""
    generation: str = ""
    nobody: bool = False


_MARKED = _TITLES | _GENERATIONS.keys() | NO_PERSON
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def folded(text: str) -> str:
    """Return small Latin letters and digits, words parted by one blank."""
    return _SIGNS.sub(" ", (text if text.isascii() else anyascii(text)).lower()).strip()


def _words(text: str) -> list[str]:
    return folded(text.replace("'", "").replace("’", "")).split()


@lru_cache(maxsize=65_536)
def name_parts(name: str) -> NameParts:
    """Take a name apart: `Dr. Ann B. Smith`, `SMITH, Ann`, `ann.smith`; an address for a name says nothing."""
    if "@" in name:
        return NameParts()
    if (
        name.isascii()
        and len(plain := name.lower().split()) == 2
        and plain[0].isalpha()
        and plain[1].isalpha()
        and _MARKED.isdisjoint(plain)
    ):
        # Most names: two words of letters, which are none of those below.
        return NameParts(plain[0], plain[1])
    couple = _COUPLE.search(name) is not None
    if "(" in name or "[" in name:
        name = _BRACKETS.sub(" ", name) if _BRACKETS.sub("", name).strip() else name
    family_first, comma, rest = name.partition(",")
    words = _words(name)
    if comma and rest.strip():
        behind = [word for word in _words(rest) if word not in _TITLES and word not in _GENERATIONS]
        if behind:
            name = f"{rest} {family_first}"
            words = _words(name)
    nobody = couple or not NO_PERSON.isdisjoint(words)
    generation = ""
    for word in words[1:]:
        generation = _GENERATIONS.get(word, generation)
    if words[1:] and words[-1] == "sr":
        generation = "1"
    kept = [word for word in words if word not in _TITLES and (word not in _GENERATIONS or word == words[0])]
    if not kept:
        return NameParts(nobody=nobody, generation=generation)
    given, family = (kept[0], kept[-1]) if len(kept) > 1 else ("", kept[0])
    middle = "".join(word[0] for word in kept[1:-1])
    if name.isascii() or not (other := name.translate(_GERMAN)).isascii():
        return NameParts(given, family, "", "", middle, generation, nobody)
    german = [word for word in _words(other) if word not in _TITLES and word not in _GENERATIONS]
    if len(german) != len(kept):
        return NameParts(given, family, "", "", middle, generation, nobody)
    return NameParts(
        given, family, german[0] if len(kept) > 1 else "", german[-1], middle, generation, nobody
    )


def is_role_mailbox(local: str) -> bool:
    """Tell whether several people may answer to a local part: `info`, `billing.uk`, `team-berlin2`, `anna-und-peter`, `the-smiths`."""
    if local.isalnum():
        return local.strip("0123456789") in ROLE_WORDS
    if _OF_TWO.search(local):
        return True
    return any(word.strip("0123456789") in ROLE_WORDS for word in _PARTS.split(local))
