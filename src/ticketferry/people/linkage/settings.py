"""The model by which near matches are scored: one file, the same for every desk, nothing learned from the data but how common a value is.

Each comparison looks at one trait of two people and falls into one level. A level says how often it is seen among records of one person
(`m`) and among records of two (`u`); the weight is log2(m / u), and all weights together with the prior are the score (Fellegi and
Sunter, 1969). `u` of a common value is how common that value is here. The conditions are SQL of DuckDB over the traits `…_l` and `…_r`.
"""

from typing import NamedTuple

__all__ = [
    "AUTOMATIC",
    "BLOCK",
    "COMPARISONS",
    "FIELDS",
    "NEVER",
    "REVIEW",
    "TIES",
    "Level",
    "TraitComparison",
]

REVIEW = 0.0
"""Score from which a pair is shown to a person: as likely one person as two."""
AUTOMATIC = 8.0
"""Score that a pair needs at least to be joined by the tool: two wrong in five hundred at the most, before all that forbids it."""
BLOCK = 40
"""A value that more people share brings nobody together: it tells nothing of who somebody is."""

FIELDS: dict[str, tuple[str, ...]] = {
    "street_number": ("streetnumber", "streetno", "housenumber", "houseno", "hausnummer", "hausnr"),
    "street": ("street", "streetaddress", "streetname", "address", "address1", "addressline1", "strasse"),
    "street_more": ("address2", "addressline2", "addresssupplement", "adresszusatz"),
    "city": ("city", "town", "suburb", "locality", "ort", "stadt", "ville", "ciudad"),
    "postcode": ("postcode", "postalcode", "zip", "zipcode", "plz", "codepostal"),
    "region": ("state", "region", "province", "county", "bundesland", "kanton"),
    "birth": ("dateofbirth", "birthdate", "birthday", "dob", "geburtsdatum", "datedenaissance", "fechadenacimiento"),
    "number": ("socsecid", "ssn", "socialsecuritynumber", "nationalid", "nationalidnumber", "passportnumber", "personnummer",
               "sozialversicherungsnummer", "ahvnummer", "employeeid", "employeenumber", "personnelnumber", "personalnummer",
               "studentid", "matriculationnumber", "patientid", "taxid"),
}  # fmt: skip
"""Custom fields of people that tell who somebody is: their names in small letters and digits."""


class Level(NamedTuple):
    """One way in which a trait of two people can agree. `common`: the trait whose frequency stands for `u` where it is known."""

    said: str
    when: str
    m: float
    u: float
    common: str = ""


class TraitComparison(NamedTuple):
    """Levels of one trait, read from the first; where `known` does not hold, the trait says nothing."""

    name: str
    known: str
    levels: tuple[Level, ...]


def _both(trait: str) -> str:
    return f'"{trait}_l" IS NOT NULL AND "{trait}_r" IS NOT NULL'


def _lists(trait: str) -> str:
    return f'len("{trait}_l") > 0 AND len("{trait}_r") > 0'


def _same(trait: str) -> str:
    return f'"{trait}_l" = "{trait}_r"'


def _crossed(one: str, other: str) -> str:
    return f'"{one}_l" = "{other}_r" OR "{other}_l" = "{one}_r"'


def _alike(trait: str, least: float, edits: int) -> str:
    near = f'damerau_levenshtein("{trait}_l", "{trait}_r") <= {edits}'
    return f'jaro_winkler_similarity("{trait}_l", "{trait}_r") >= {least} OR {near}'


def _shared(first: str, all_: str) -> str:
    """Compare lists only where somebody has several: that takes ten times as long."""
    return f'"{first}_l" = "{first}_r" OR ((several_l OR several_r) AND list_has_any("{all_}_l", "{all_}_r"))'


def _name(trait: str, other: str, shares: tuple[float, float, float, float, float, float]) -> TraitComparison:
    spelling = f"{trait}_other"
    same, spelled, typo, crossed, similar, apart = shares
    return TraitComparison(
        trait,
        _both(trait),
        (
            Level("the same", _same(trait), same, 0.004, trait),
            Level("the same in another spelling", _crossed(trait, spelling), spelled, 0.004),
            Level("off by a letter", _alike(trait, 0.92, 1), typo, 0.004),
            Level("the other name", _crossed(trait, other), crossed, 0.001),
            Level(
                "similar",
                f'jaro_winkler_similarity("{trait}_l", "{trait}_r") >= 0.82'
                f' OR (damerau_levenshtein("{trait}_l", "{trait}_r") <= 2 AND length("{trait}_l") > 4)',
                similar,
                0.012,
            ),
            Level("different", "ELSE", apart, 0.979),
        ),
    )


def _street(trait: str, other: str) -> TraitComparison:
    return TraitComparison(
        trait,
        _both(trait),
        (
            Level("the same", _same(trait), 0.72, 0.002, trait),
            Level("the other line", _crossed(trait, other), 0.06, 0.0005),
            Level("off by a letter or two", _alike(trait, 0.92, 2), 0.13, 0.004),
            Level("similar", f'jaro_winkler_similarity("{trait}_l", "{trait}_r") >= 0.8', 0.03, 0.02),
            Level("different", "ELSE", 0.06, 0.97),
        ),
    )


COMPARISONS: tuple[TraitComparison, ...] = (
    _name("given", "family", (0.69, 0.02, 0.13, 0.04, 0.05, 0.07)),
    _name("family", "given", (0.71, 0.02, 0.13, 0.04, 0.04, 0.06)),
    TraitComparison(
        "mailbox",
        "mail_l IS NOT NULL AND mail_r IS NOT NULL",
        (
            Level("the same mailbox", _shared("own_mail", "mails"), 0.45, 0.000001),
            Level(
                "the same mailbox, which others may answer to, or which nobody has verified",
                _shared("mail", "all_mails"),
                0.05,
                0.00002,
            ),
            Level("the same name before the @", _same("local"), 0.12, 0.0002),
            Level(
                "an address off by a letter or two",
                'mail_host_l = mail_host_r AND length(mail_user_l) > 4 AND damerau_levenshtein(mail_user_l, mail_user_r) <= 2',
                0.06,
                0.0002,
            ),
            Level("two mailboxes of one domain", _same("domain"), 0.01, 0.002),
            Level("other mailboxes", "ELSE", 0.31, 0.997),
        ),
    ),
    TraitComparison(
        "phone",
        _lists("phones"),
        (
            Level("the same", "list_has_any(phones_l, phones_r)", 0.6, 0.0001),
            Level("different", "ELSE", 0.4, 0.9999),
        ),
    ),
    TraitComparison(
        "external_id",
        _both("external"),
        (Level("the same", _same("external"), 0.95, 0.000001), Level("different", "ELSE", 0.05, 0.999999)),
    ),
    TraitComparison(
        "organization",
        _lists("organizations"),
        (
            Level("the same", "list_has_any(organizations_l, organizations_r)", 0.85, 0.002),
            Level("different", "ELSE", 0.15, 0.998),
        ),
    ),
    TraitComparison(
        "street_number",
        _both("street_number"),
        (
            Level("the same", _same("street_number"), 0.85, 0.02, "street_number"),
            Level("off by a sign", 'damerau_levenshtein("street_number_l", "street_number_r") <= 1', 0.09, 0.1),
            Level("different", "ELSE", 0.06, 0.88),
        ),
    ),
    _street("street", "street_more"),
    _street("street_more", "street"),
    TraitComparison(
        "city",
        _both("city"),
        (
            Level("the same", _same("city"), 0.78, 0.003, "city"),
            Level("off by a letter or two", _alike("city", 0.9, 2), 0.16, 0.004),
            Level("different", "ELSE", 0.06, 0.993),
        ),
    ),
    TraitComparison(
        "postcode",
        _both("postcode"),
        (
            Level("the same", _same("postcode"), 0.85, 0.003, "postcode"),
            Level("off by a sign", 'damerau_levenshtein("postcode_l", "postcode_r") <= 1', 0.1, 0.015),
            Level("different", "ELSE", 0.05, 0.982),
        ),
    ),
    TraitComparison(
        "region",
        _both("region"),
        (Level("the same", _same("region"), 0.93, 0.25, "region"), Level("different", "ELSE", 0.07, 0.75)),
    ),
    TraitComparison(
        "birth",
        _both("birth"),
        (
            Level("the same day", _same("birth"), 0.87, 0.0001),
            Level("off by a digit", 'damerau_levenshtein("birth_l", "birth_r") <= 1', 0.1, 0.002),
            Level("different", "ELSE", 0.03, 0.9979),
        ),
    ),
    TraitComparison(
        "number",
        _both("number"),
        (
            Level("the same", _same("number"), 0.86, 0.00001),
            Level("off by a digit", 'damerau_levenshtein("number_l", "number_r") <= 1', 0.11, 0.0001),
            Level("different", "ELSE", 0.03, 0.9998),
        ),
    ),
)  # fmt: skip
"""What is compared, in the order in which reasons are told."""

_GIVEN_SAME = "coalesce(l.given = r.given OR l.given_other = r.given OR l.given = r.given_other, FALSE)"
_FAMILY_SAME = (
    "coalesce(l.family = r.family OR l.family_other = r.family OR l.family = r.family_other, FALSE)"
)
_FAMILY_NEAR = "coalesce(damerau_levenshtein(l.family, r.family) <= 1 AND least(length(l.family), length(r.family)) > 3, FALSE)"
_GIVEN_NEAR = "coalesce(damerau_levenshtein(l.given, r.given) <= 2 OR jaro_winkler_similarity(l.given, r.given) >= 0.92, FALSE)"
_CROSSED = "coalesce(l.given = r.family AND l.family = r.given, FALSE)"
_NUMBER = "coalesce(l.number = r.number, FALSE)"
_BIRTH = "coalesce(l.birth = r.birth, FALSE)"
_ALL_SAME = f"(({_GIVEN_SAME} AND {_FAMILY_SAME}) OR {_CROSSED})"

NEVER: dict[str, str] = {
    "their external ids differ": "l.external <> r.external",
    "one is senior, one junior": "l.generation IS DISTINCT FROM r.generation",
    "their middle initials differ": f"left(l.middle, 1) <> left(r.middle, 1) AND NOT ({_NUMBER} AND {_BIRTH})",
    "their first names differ, as in a family": (
        f"NOT ({_GIVEN_SAME} OR {_CROSSED} OR ({_GIVEN_NEAR} AND {_NUMBER} AND {_BIRTH}))"
    ),
    "their family names differ": (
        f"NOT ({_FAMILY_SAME} OR {_CROSSED} OR {_FAMILY_NEAR} OR ({_GIVEN_SAME} AND {_NUMBER} AND {_BIRTH}))"
    ),
    "they were born on different days": f"l.birth <> r.birth AND NOT ({_NUMBER} AND {_ALL_SAME})",
    "their personal numbers differ": (
        f"damerau_levenshtein(l.number, r.number) > 1 OR (l.number <> r.number AND NOT ({_BIRTH} AND {_ALL_SAME}))"
    ),
    "they belong to different organizations": (
        "len(l.organizations) > 0 AND len(r.organizations) > 0 AND NOT list_has_any(l.organizations, r.organizations)"
    ),
    "each has a mailbox of their own at one company": (
        "len(l.mails) > 0 AND len(r.mails) > 0 AND NOT list_has_any(l.mails, r.mails) AND l.domain = r.domain"
    ),
}
"""What keeps two people from being joined by the tool, however high the score: said so, and when it holds."""

TIES: dict[str, str] = {
    "one mailbox of their own": "list_has_any(l.mails, r.mails)",
    "one personal number": _NUMBER,
    "one name, one day of birth, and one home or phone": (
        f"{_BIRTH} AND {_ALL_SAME} AND (list_has_any(l.phones, r.phones) OR (coalesce(l.street = r.street, FALSE)"
        " AND (coalesce(l.street_number = r.street_number, FALSE) OR coalesce(l.postcode = r.postcode, FALSE))"
        " AND coalesce(l.postcode = r.postcode, TRUE) AND coalesce(damerau_levenshtein(l.city, r.city) <= 2, TRUE)))"
    ),
}
"""What is one person's alone: without any of these nobody is joined by the tool, since families share all else."""
