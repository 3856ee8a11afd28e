"""People of a help desk who are hard to tell apart, or hard to recognise, in sixty kinds, each with who they really are.

`people(count, seed)` yields (who, record): records of one `who` are one person. Nobody is real: names are syllables, domains are reserved.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

Named = tuple[str, dict[str, Any]]

GIVEN = [
    "Anna",
    "Maria",
    "Peter",
    "Thomas",
    "Laura",
    "Michael",
    "Julia",
    "Andreas",
    "Sarah",
    "Daniel",
    "Lisa",
    "Stefan",
    "Katharina",
    "Martin",
    "Nina",
    "Paul",
    "Eva",
    "Lukas",
    "Sophie",
    "Felix",
    "Emma",
    "Jonas",
    "Lena",
    "David",
    "Clara",
    "Simon",
    "Ida",
    "Oliver",
    "Nora",
    "Erik",
    "Ines",
    "Hugo",
    "Alma",
    "Victor",
    "Rosa",
    "Leon",
    "Greta",
    "Oscar",
    "Tilda",
    "Axel",
]
PAIRS = (
    ("Jan", "Jana"), ("Marie", "Maria"), ("Eric", "Erica"), ("Paul", "Paula"), ("Anna", "Anne"), ("Mia", "Mila"), ("Luca", "Lucas"),
    ("Daniel", "Daniela"), ("Max", "Marx"), ("Simon", "Simone"), ("Martin", "Martina"), ("Leon", "Leona"), ("Robin", "Robina"),
)  # fmt: skip
NICKNAMES = (
    ("Robert", "Bob"),
    ("William", "Bill"),
    ("Elisabeth", "Lisa"),
    ("Katharina", "Kathi"),
    ("Alexander", "Sascha"),
)
CYRILLIC = (("Юрий", "Yurii"), ("Иван", "Ivan"), ("Мария", "Mariya"), ("Павел", "Pavel"))
UMLAUTS = (
    ("Müller", "Mueller"),
    ("Schröder", "Schroeder"),
    ("Jäger", "Jaeger"),
    ("Köhler", "Koehler"),
    ("Günther", "Guenther"),
)
SYLLABLES = [
    "ba",
    "ber",
    "bo",
    "bran",
    "da",
    "del",
    "do",
    "du",
    "fal",
    "fer",
    "gar",
    "gel",
    "gon",
    "hal",
    "han",
    "hel",
    "hor",
    "ka",
    "kel",
    "kir",
    "lan",
    "lem",
    "lor",
    "mar",
    "mel",
    "mon",
    "nel",
    "nor",
    "pa",
    "pel",
    "ran",
    "rel",
    "ros",
    "sal",
    "sel",
    "sor",
    "tal",
    "tel",
    "tor",
    "val",
    "ver",
    "vin",
    "wal",
    "wen",
    "zan",
    "zel",
]
ENDS = [
    "berg",
    "mann",
    "son",
    "sen",
    "ski",
    "feld",
    "ner",
    "ler",
    "holm",
    "dorf",
    "stein",
    "ova",
    "ard",
    "ini",
    "ez",
    "ton",
    "ley",
    "wick",
    "gaard",
    "quist",
]
STREETS = [
    "Oak",
    "Elm",
    "Mill",
    "Church",
    "Station",
    "Park",
    "Garden",
    "Hill",
    "Lake",
    "River",
    "Market",
    "Bridge",
    "School",
    "Forest",
    "Castle",
]
CITIES = [
    "Norberg",
    "Althaus",
    "Feldkirch",
    "Westholm",
    "Seedorf",
    "Marbury",
    "Linden",
    "Hartfield",
    "Oststadt",
    "Kingsmoor",
]
FREE = ("gmail.com", "gmx.de", "web.de", "outlook.com", "yahoo.com")


class World:
    """What names, companies and addresses are drawn from; everything by the seed."""

    def __init__(self, seed: int, families: int) -> None:
        self.chance = random.Random(seed)
        self.number = 0
        self.families = sorted({self._family() for _ in range(families)})

    def _family(self) -> str:
        pick = self.chance.choice
        return (
            pick(SYLLABLES) + (pick(SYLLABLES) if self.chance.random() < 0.7 else "") + pick(ENDS)
        ).capitalize()

    def given(self) -> str:
        # Some names are far more common than others.
        return GIVEN[int(len(GIVEN) * self.chance.random() ** 2)]

    def family(self) -> str:
        return self.families[int(len(self.families) * self.chance.random() ** 2)]

    def name(self) -> tuple[str, str]:
        return self.given(), self.family()

    def unlike(self, given: str) -> str:
        while (other := self.given())[0] == given[0]:
            pass
        return other

    def company(self) -> tuple[str, str]:
        """A domain, and the organization that it belongs to."""
        number = self.chance.randrange(20_000)
        return f"firm{number}.example", f"acme:organization:{number}"

    def phone(self) -> str:
        return f"+49 151 {self.chance.randrange(10_000_000, 99_999_999)}"

    def line(self) -> str:
        return f"+49 30 {self.chance.randrange(1_000_000, 9_999_999)}"

    def home(self) -> dict[str, Any]:
        pick = self.chance
        return {
            "street": f"{pick.choice(STREETS)} Street",
            "house_number": str(pick.randrange(1, 200)),
            "postcode": f"{pick.randrange(10_000, 99_999)}",
            "city": pick.choice(CITIES),
        }

    def birth(self) -> str:
        pick = self.chance
        return f"{pick.randrange(1940, 2005)}-{pick.randrange(1, 13):02}-{pick.randrange(1, 29):02}"

    def serial(self) -> str:
        self.number += 1
        return f"{self.number:06}"


def record(
    name: str,
    *mails: str,
    phones: tuple[str, ...] = (),
    verified: bool | None = None,
    organization: str = "",
    **more: Any,
) -> dict[str, Any]:
    identities: list[dict[str, Any]] = [{"type": "email", "value": mail} for mail in mails]
    if verified is not None:
        for item in identities:
            item["verified"] = verified
    identities += [{"type": "phone", "value": phone} for phone in phones]
    found: dict[str, Any] = {
        "name": name,
        "role": "end_user",
        "state": "active",
        "identities": identities,
        **more,
    }
    if mails:
        found["email"] = mails[0]
    if organization:
        found["organizations"] = [organization]
    return found


def _local(given: str, family: str) -> str:
    return f"{given}.{family}".lower()


def _typo(chance: random.Random, text: str) -> str:
    at = chance.randrange(1, len(text) - 1)
    return (
        text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if text[at] != text[at + 1]
        else text[:at] + text[at:][1:]
    )


def _one(*records: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("a", item) for item in records]


def _several(*records: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(chr(97 + place), item) for place, item in enumerate(records)]


Kind = Callable[[World], list[tuple[str, dict[str, Any]]]]
KINDS: dict[str, Kind] = {}


def kind(function: Kind) -> Kind:
    KINDS[function.__name__.strip("_")] = function
    return function


# ---- one person in several records -----------------------------------------------------------------------------------


def _work(world: World) -> tuple[str, str, str, str]:
    given, family = world.name()
    domain, organization = world.company()
    return given, family, f"{_local(given, family)}{world.serial()}@{domain}", organization


@kind
def alone(world: World):
    given, family, mail, organization = _work(world)
    return _one(record(f"{given} {family}", mail, organization=organization, phones=(world.phone(),)))


@kind
def alone_with_free_mail(world: World):
    given, family = world.name()
    return _one(
        record(f"{given} {family}", f"{_local(given, family)}{world.serial()}@{world.chance.choice(FREE)}")
    )


@kind
def alone_with_address(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail, fields={**world.home(), "date_of_birth": world.birth()}))


@kind
def typo_in_family_name(world: World):
    given, family, mail, organization = _work(world)
    return _one(
        record(f"{given} {family}", mail, organization=organization),
        record(f"{given} {_typo(world.chance, family)}", mail),
    )


@kind
def names_crossed(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{family} {given}", mail))


@kind
def family_name_first(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{family.upper()}, {given}", mail))


@kind
def title(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"Dr. {given} {family}", mail), record(f"{given} {family}", mail))


@kind
def umlaut(world: World):
    given = world.given()
    written, spelled = world.chance.choice(UMLAUTS)
    mail = f"{given.lower()}.{spelled.lower()}{world.serial()}@{world.company()[0]}"
    return _one(record(f"{given} {written}", mail), record(f"{given} {spelled}", mail))


@kind
def accents_dropped(world: World):
    given, family, mail, _ = _work(world)
    return _one(
        record(f"{given.replace('a', 'á')} {family.replace('e', 'é')}", mail),
        record(f"{given} {family}", mail),
    )


@kind
def cyrillic(world: World):
    written, spelled = world.chance.choice(CYRILLIC)
    mail = f"{spelled.lower()}{world.serial()}@{world.company()[0]}"
    return _one(record(f"{written} Петров", mail), record(f"{spelled} Petrov", mail))


@kind
def dots_of_gmail(world: World):
    given, family = world.name()
    local = f"{_local(given, family)}{world.serial()}"
    return _one(
        record(f"{given} {family}", f"{local}@gmail.com"),
        record(f"{given} {family}", f"{local.replace('.', '')}@googlemail.com"),
    )


@kind
def plus_address(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{given} {family}", mail.replace("@", "+help@")))


@kind
def moved_company(world: World):
    given, family, mail, organization = _work(world)
    domain, other = world.company()
    return _one(
        record(f"{given} {family}", mail, organization=organization, phones=(phone := world.phone(),)),
        record(f"{given} {family}", f"{mail.split('@')[0]}@{domain}", organization=other, phones=phone),
    )


@kind
def private_and_at_work(world: World):
    given, family, mail, organization = _work(world)
    phone = (world.phone(),)
    return _one(
        record(f"{given} {family}", mail, organization=organization, phones=phone),
        record(f"{given} {family}", f"{given.lower()}{world.serial()}@gmx.de", phones=phone),
    )


@kind
def married(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{given} {world.family()}-{family}", mail))


@kind
def initial(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{given[0]}. {family}", mail))


@kind
def typo_in_address(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{given} {family}", mail.replace(".", "", 1)))


@kind
def capitals(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{given} {family}".upper(), mail.upper()))


@kind
def middle_name(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(f"{given} {world.given()} {family}", mail))


@kind
def personal_number(world: World):
    given, family, mail, _ = _work(world)
    fields = {
        "national_id": f"ID{world.serial()}{world.chance.randrange(10**6)}",
        "date_of_birth": world.birth(),
    }
    return _one(
        record(f"{given} {family}", mail, fields=fields),
        record(f"{_typo(world.chance, given + 'x')} {family}", fields=fields),
    )


@kind
def same_day_and_home(world: World):
    given, family, mail, _ = _work(world)
    fields = {**world.home(), "date_of_birth": world.birth()}
    return _one(
        record(f"{given} {family}", mail, fields=fields),
        record(f"{given} {family}", f"x{world.serial()}@web.de", fields=fields),
    )


@kind
def three_records(world: World):
    given, family, mail, _ = _work(world)
    other = f"{given.lower()}{world.serial()}@gmail.com"
    return _one(
        record(f"{given} {family}", mail),
        record(f"{family}, {given}", mail, other),
        record(f"Mr. {given} {family}", other),
    )


@kind
def phones_written_otherwise(world: World):
    given, family, mail, organization = _work(world)
    phone = world.phone()
    return _one(
        record(f"{given} {family}", mail, organization=organization, phones=(phone,)),
        record(
            f"{given} {family}",
            phones=(phone.replace(" ", "").replace("+49", "0049"),),
            organization=organization,
        ),
    )


@kind
def address_for_a_name(world: World):
    given, family, mail, _ = _work(world)
    return _one(record(f"{given} {family}", mail), record(mail, mail))


@kind
def nickname(world: World):
    given, short = world.chance.choice(NICKNAMES)
    mail = f"{given.lower()}{world.serial()}@{world.company()[0]}"
    family = world.family()
    return _one(record(f"{given} {family}", mail), record(f"{short} {family}", mail))


@kind
def apostrophe(world: World):
    given, family, mail, _ = _work(world)
    return _one(
        record(f"{given} O'{family}", mail),
        record(f"{given} O’{family}", mail),
        record(f"{given} O{family.lower()}", mail),
    )


@kind
def one_external_id(world: World):
    given, family, mail, _ = _work(world)
    external = f"C-{world.serial()}"
    return _one(
        record(f"{given} {family}", mail, external_id=external),
        record(f"{given} {family}", external_id=external),
    )


@kind
def day_and_month_crossed(world: World):
    given, family, _, _ = _work(world)
    home = world.home()
    return _one(
        record(f"{given} {family}", fields={**home, "date_of_birth": "1980-03-04"}),
        record(f"{given} {family}", fields={**home, "date_of_birth": "1980-04-03"}),
    )


@kind
def not_verified(world: World):
    given, family, mail, _ = _work(world)
    return _one(
        record(f"{given} {family}", mail, verified=True), record(f"{family} {given}", mail, verified=False)
    )


@kind
def of_two_brands(world: World):
    given, family, mail, organization = _work(world)
    return _one(
        record(f"{given} {family}", mail, organization=organization),
        record(f"{family}, {given}", mail, organization=world.company()[1]),
    )


# ---- several people, who look like one -------------------------------------------------------------------------------


@kind
def namesakes_in_one_company(world: World):
    given, family, mail, organization = _work(world)
    other = f"{given[0].lower()}{family.lower()}{world.serial()}@{mail.split('@')[1]}"
    return _several(
        record(f"{given} {family}", mail, organization=organization),
        record(f"{given} {family}", other, organization=organization),
    )


@kind
def numbered_namesakes(world: World):
    given, family, mail, organization = _work(world)
    line = (world.line(),)
    return _several(
        *(
            record(
                f"{given} {family}", mail.replace("@", f"{number}@"), organization=organization, phones=line
            )
            for number in ("", "2", "3")
        )
    )


@kind
def namesakes_of_two_companies(world: World):
    given, family, mail, organization = _work(world)
    domain, other = world.company()
    return _several(
        record(f"{given} {family}", mail, organization=organization),
        record(f"{given} {family}", f"{mail.split('@')[0]}@{domain}", organization=other),
    )


@kind
def namesakes_with_free_mail(world: World):
    given, family = world.name()
    return _several(
        *(
            record(f"{given} {family}", f"{_local(given, family)}{world.serial()}@{domain}")
            for domain in FREE[:3]
        )
    )


@kind
def father_and_son_by_birth(world: World):
    given, family, mail, _ = _work(world)
    home, line = world.home(), (world.line(),)
    return _several(
        record(f"{given} {family}", mail, fields={**home, "date_of_birth": "1955-05-01"}, phones=line),
        record(
            f"{given} {family}",
            f"{given.lower()}{world.serial()}@gmx.de",
            fields={**home, "date_of_birth": "1985-05-01"},
            phones=line,
        ),
    )


@kind
def father_and_son_without_birth(world: World):
    given, family, mail, _ = _work(world)
    home, line = world.home(), (world.line(),)
    return _several(
        record(f"{given} {family}", mail, fields=home, phones=line),
        record(f"{given} {family}", f"{given.lower()}{world.serial()}@gmx.de", fields=home, phones=line),
    )


@kind
def junior_at_one_mailbox(world: World):
    given, family, mail, _ = _work(world)
    return _several(record(f"{given} {family} Sr.", mail), record(f"{given} {family} Jr.", mail))


@kind
def junior_and_plain(world: World):
    given, family, mail, _ = _work(world)
    return _several(record(f"{given} {family}", mail), record(f"{given} {family} II", mail))


@kind
def couple_at_one_mailbox(world: World):
    given, family, mail, _ = _work(world)
    return _several(record(f"{given} {family}", mail), record(f"{world.unlike(given)} {family}", mail))


@kind
def siblings_of_like_names(world: World):
    one, other = world.chance.choice(PAIRS)
    family = world.family()
    mail = f"{family.lower()}{world.serial()}@gmx.de"
    return _several(record(f"{one} {family}", mail), record(f"{other} {family}", mail))


@kind
def twins(world: World):
    one, other = world.chance.choice(PAIRS)
    family = world.family()
    fields = {**world.home(), "date_of_birth": world.birth()}
    mail = f"{family.lower()}{world.serial()}@web.de"
    return _several(
        record(f"{one} {family}", mail, fields=fields), record(f"{other} {family}", mail, fields=fields)
    )


@kind
def twins_of_one_number(world: World):
    one, other = world.chance.choice(PAIRS)
    family = world.family()
    fields = {**world.home(), "date_of_birth": world.birth()}
    number = world.chance.randrange(10**8, 10**9 - 1)
    return _several(
        record(f"{one} {family}", fields={**fields, "ssn": str(number)}),
        record(f"{other} {family}", fields={**fields, "ssn": str(number + 1)}),
    )


@kind
def initials_at_one_mailbox(world: World):
    given, family, mail, _ = _work(world)
    twin = (
        next(name for name in [*GIVEN, given] if name[0] == given[0] and name != given)
        if given[0] in "AMLESNI"
        else world.unlike(given)
    )
    return _several(record(f"{given} {family}", mail), record(f"{twin} {family}", mail))


@kind
def initial_of_somebody_else(world: World):
    _, family, mail, _ = _work(world)
    return _several(record(f"Paul {family}", mail), record(f"P. {family}", mail))


@kind
def role_address(world: World):
    domain, organization = world.company()
    serial = world.serial()
    return _several(
        *(
            record(" ".join(world.name()), f"info{serial}@{domain}", organization=organization)
            for _ in range(3)
        )
    )


@kind
def role_address_by_family(world: World):
    given, family = world.name()
    domain = world.company()[0]
    return _several(
        record(f"{given} {family}", f"billing.{world.serial()}@{domain}"),
        record(f"{given} {family}", f"billing.{world.serial()}@{domain}"),
    )


@kind
def role_address_passed_on(world: World):
    given, family = world.name()
    mail = f"accounts-{world.serial()}@{world.company()[0]}"
    return _several(record(f"{given} {family}", mail), record(f"{given} {_typo(world.chance, family)}", mail))


@kind
def mailbox_of_three(world: World):
    given, family, mail, _ = _work(world)
    return _several(
        record(f"{given} {family}", mail),
        record(f"{given} {_typo(world.chance, family)}", mail),
        record(f"{world.unlike(given)} {world.family()}", mail),
    )


@kind
def address_passed_on(world: World):
    given, family, mail, _ = _work(world)
    return _several(
        record(f"{given} {family}", mail), record(f"{world.unlike(given)} {world.family()}", mail)
    )


@kind
def address_passed_on_in_the_family(world: World):
    given, family, mail, _ = _work(world)
    return _several(
        record(f"{given} {family}", mail),
        record(f"{world.unlike(given)} {family}", mail),
        record(family, mail),
    )


@kind
def phone_passed_on(world: World):
    phone = (world.phone(),)
    one, other = world.name(), world.name()
    return _several(
        record(" ".join(one), phones=phone), record(f"{world.unlike(one[0])} {other[1]}", phones=phone)
    )


@kind
def switchboard(world: World):
    given, family, mail, organization = _work(world)
    line, domain = (world.line(),), mail.split("@")[1]
    return _several(
        record(f"{given} {family}", mail, organization=organization, phones=line),
        record(
            f"{given} {family}",
            f"{family.lower()}{world.serial()}@{domain}",
            organization=organization,
            phones=line,
        ),
        record(
            f"{world.unlike(given)} {family}",
            f"x{world.serial()}@{domain}",
            organization=organization,
            phones=line,
        ),
    )


@kind
def agent_who_is_a_customer(world: World):
    given, family, mail, _ = _work(world)
    return _several(record(f"{given} {family}", mail), record(f"{family}, {given}", mail, role="agent"))


@kind
def two_seats(world: World):
    given, family, mail, _ = _work(world)
    return _several(
        record(f"{given} {family}", mail, role="agent"), record(f"{family}, {given}", mail, role="admin")
    )


@kind
def external_ids_differ(world: World):
    given, family, mail, _ = _work(world)
    return _several(
        record(f"{given} {family}", mail, external_id=f"K{world.serial()}"),
        record(f"{family}, {given}", mail, external_id=f"K{world.serial()}"),
    )


@kind
def external_ids_differ_over_a_third(world: World):
    given, family, mail, _ = _work(world)
    other = f"{given.lower()}{world.serial()}@gmail.com"
    return _several(
        record(f"{given} {family}", mail, external_id=f"K{world.serial()}"),
        record(f"{family} {given}", mail, other),
        record(f"{given} {family}", other, external_id=f"K{world.serial()}"),
    )


@kind
def catch_all_domain(world: World):
    family = world.family()
    domain = f"{family.lower()}-{world.serial()}.example"
    one, other = world.chance.choice(PAIRS)
    return _several(
        record(f"{one} {family}", f"{one.lower()}@{domain}"),
        record(f"{other} {family}", f"{other.lower()}@{domain}"),
    )


@kind
def department(world: World):
    domain = world.company()[0]
    mail = f"ap{world.serial()}@{domain}"
    return _several(record("Accounts Payable", mail), record("Payable Accounts", mail))


@kind
def team_of_a_company(world: World):
    family, mail = world.family(), f"hallo{world.serial()}@{world.company()[0]}"
    return _several(record(f"Team {family}", mail), record(f"{family} Team", mail))


@kind
def couple_in_one_record(world: World):
    given, family, mail, _ = _work(world)
    return _several(
        record(f"{given} & {world.unlike(given)} {family}", mail), record(f"{family}, {given}", mail)
    )


@kind
def no_address(world: World):
    given, family = world.name()
    return _several(
        record(f"{given} {family}", "noemail@firm.example"),
        record(f"{family}, {given}", "noemail@firm.example"),
    )


@kind
def number_of_the_household(world: World):
    given, family = world.name()
    fields = {**world.home(), "ssn": f"H{world.serial()}{world.chance.randrange(10**6)}"}
    return _several(
        record(f"{given} {family}", fields=fields), record(f"{world.unlike(given)} {family}", fields=fields)
    )


@kind
def one_household(world: World):
    given, family = world.name()
    home, line = world.home(), (world.line(),)
    return _several(
        record(f"{given} {family}", fields=home, phones=line),
        record(f"{world.unlike(given)} {family}", fields=home, phones=line),
    )


@kind
def one_name_and_day(world: World):
    given, family = world.name()
    day = world.birth()
    return _several(
        *(record(f"{given} {family}", fields={**world.home(), "date_of_birth": day}) for _ in range(2))
    )


@kind
def crossed_names_of_colleagues(world: World):
    domain, organization = world.company()
    one, other = "Henry", "James"
    serial = world.serial()
    return _several(
        record(f"{one} {other}", f"{one}.{other}{serial}@{domain}", organization=organization),
        record(f"{other} {one}", f"{other}.{one}{serial}@{domain}", organization=organization),
    )


@kind
def middle_initials_differ(world: World):
    given, family, mail, _ = _work(world)
    return _several(record(f"{given} A. {family}", mail), record(f"{given} B. {family}", mail))


@kind
def two_systems_that_count_from_one(world: World):
    number = world.serial()
    one, other = world.name(), world.name()
    return _several(
        record(" ".join(one), f"{one[1].lower()}{number}@{world.company()[0]}", external_id=number),
        record(
            f"{world.unlike(one[0])} {other[1]}",
            f"{other[1].lower()}{number}@{world.company()[0]}",
            external_id=number,
        ),
    )


def people(count: int, seed: int = 1, *, common: float = 0.0) -> Iterator[Named]:
    """Yield (who, record) of `count` people, every kind as often as the next; `common`: the share that is nothing but `alone`."""
    world = World(seed, max(2_000, count // 50))
    kinds = list(KINDS.items())
    made = turn = 0
    while made < count:
        name, make = kinds[turn % len(kinds)] if world.chance.random() >= common else ("alone", alone)
        turn += 1
        for who, found in make(world):
            made += 1
            found["ref"] = f"acme:person:{made}"
            found["created"] = f"20{10 + world.chance.randrange(15)}-01-01T00:00:00Z"
            yield f"{name}-{turn}-{who}", found
