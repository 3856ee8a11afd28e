"""Checks of texts and files: broken encodings, languages, sizes, kinds of files, personal data."""

from collections import Counter
from typing import ClassVar

import ftfy
from ftfy.badness import is_bad

from ticketferry.quality.check import DeskFacts, QualityCheck, Remedy, TicketLook, listed, quoted
from ticketferry.schema.counting import counted
from ticketferry.schema.languages import language_of

__all__ = ["TEXT_CHECKS"]

LARGE = 20_000_000
"""Bytes of a file; mail servers and desks often refuse more."""
RISKY = ("bat", "cmd", "com", "dll", "exe", "hta", "jar", "js", "lnk", "msi", "ps1", "scr", "vbs")
"""Endings of files that run when they are opened; mail servers refuse them."""


class BrokenTexts(QualityCheck):
    code = "Q401"
    short = "broken encoding"
    title = "tickets with texts in a broken encoding"
    why = "`MÃ¼ller` for Müller: read with the wrong character set once, and never found by a search since."
    source = "ftfy: what it would repair, and what its measure of badness takes for broken"
    mends = "Let the mapping read them as they were meant."

    def ticket(self, look: TicketLook) -> None:
        text = look.text
        if not text.isascii() and is_bad(text):
            for line in text.splitlines():
                if is_bad(line) and (fixed := ftfy.fix_encoding(line)) != line:
                    self.hit(f"{look.name} {line.strip()[:24]} for {fixed.strip()[:24]}")
                    return

    def remedy(self) -> Remedy:
        return Remedy(self.mends, "text", ("repair: true",), replaces=True)


class OtherLanguages(QualityCheck):
    code = "Q402"
    short = "another language"
    title = "tickets in another language than most"
    why = "Queues, forms and macros are mostly written in one language; who writes in another waits for somebody who reads it."
    source = "the most frequent small words of a language in subject and first message, or its script; texts of fewer than four such words are not judged"
    mends = "Decide whether a queue, a form or a field of the new desk tells them apart (`route`); nothing is wrong with the tickets."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self.languages: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def ticket(self, look: TicketLook) -> None:
        language = language_of(" ".join([look.case.get("subject") or "", *look.bodies[:1]]))
        if language:
            self.languages[language] += 1
            shown = self._examples.setdefault(language, [])
            if len(shown) < 2:
                shown.append(f"{look.name} {language}")

    def close(self) -> None:
        self.of = sum(self.languages.values())
        most = self.languages.most_common(1)
        if not most:
            return
        self.detail = ", ".join(f"{name} {tickets:,}" for name, tickets in self.languages.most_common(8))
        for name, tickets in self.languages.most_common()[1:]:
            if tickets * 1000 >= self.of:
                self.samples += self._examples[name][: 5 - len(self.samples)]
                self.count += tickets


class LargeFiles(QualityCheck):
    code = "Q403"
    short = "large files"
    title = f"files of more than {LARGE // 1_000_000} MB"
    unit = "file"
    why = "A few files take most of the time and room of a migration, and desks have limits of their own."
    mends = "Leave them where they are: name and address stay beside the ticket."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._bytes = 0

    def ticket(self, look: TicketLook) -> None:
        for item in look.case.get("attachments") or ():
            self.of += 1
            size = item.get("size") or 0
            if size > LARGE:
                self._bytes += size
                self.hit(f"{look.name} {item.get('name', '')}")

    def close(self) -> None:
        self.detail = f"{self._bytes / 1_000_000:,.0f} MB in all"

    def remedy(self) -> Remedy:
        return Remedy(self.mends, "attachments", (f"max: {LARGE // 1_000_000}MB",), replaces=True)


class RiskyFiles(QualityCheck):
    code = "Q404"
    short = "programs as files"
    title = "files that run when they are opened"
    unit = "file"
    why = "Programs sent to a help desk are malware more often than not."
    source = f"endings {', '.join(RISKY)}"
    mends = "Leave them behind: name and address stay beside the ticket."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._endings: Counter[str] = Counter()

    def ticket(self, look: TicketLook) -> None:
        for item in look.case.get("attachments") or ():
            self.of += 1
            ending = str(item.get("name") or "").lower().rpartition(".")[2]
            if ending in RISKY:
                self._endings[ending] += 1
                self.hit(f"{look.name} {item['name']}")

    def close(self) -> None:
        self.detail = ", ".join(f"{ending} {count:,}" for ending, count in self._endings.most_common(5))

    def remedy(self) -> Remedy:
        return Remedy(self.mends, "attachments", (f"block: {listed(sorted(self._endings))}",), replaces=True)


class MissingFiles(QualityCheck):
    code = "Q405"
    short = "files without bytes"
    title = "files whose bytes the desk did not give"
    unit = "file"
    why = "Only their names can be moved."
    source = "what became of each file when it was asked for"
    mends = "Fetch them again while the old desk is there: `ticketferry extract files`."

    def ticket(self, look: TicketLook) -> None:
        for item in look.case.get("attachments") or ():
            self.of += 1
            if item.get("state") == "missing":
                self.hit(f"{look.name} {item.get('name', '')}")


class _Personal(QualityCheck):
    """Tickets with a kind of personal data. Samples name the ticket, never what was found."""

    kind: ClassVar[str]
    mends = "Take it out while it is moved; the old desk keeps it."
    because: ClassVar[str]
    """The reason that the remedy's rule gives."""
    places: ClassVar[str] = ""
    """Where the remedy takes it out; everywhere where it says nothing."""

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._places = 0

    def ticket(self, look: TicketLook) -> None:
        found = look.personal
        places = sum(spot.kind == self.kind for spot in found) if found else 0
        if places:
            self._places += places
            self.hit(look.name)

    def close(self) -> None:
        self.detail = counted(self._places, "place")

    def remedy(self) -> Remedy:
        what = f"redact: {{{self.places}patterns: [{self.kind}]}}"
        return Remedy(
            self.mends,
            "clean",
            (f"- {{id: {self.kind}, when: always, {what}, because: {quoted(self.because)}}}",),
        )


class BankAccounts(_Personal):
    code = "Q501"
    short = "bank account"
    title = "tickets with a bank account number"
    kind = "iban"
    because = "bank data, GDPR art. 5"
    why = "Bank data in tickets is seen by everybody who sees the ticket, for as long as it is kept."
    source = "ISO 13616 lengths and check digits (mod 97)"


class CardNumbers(_Personal):
    code = "Q502"
    short = "card number"
    title = "tickets with a card number"
    kind = "card"
    because = "PCI DSS 3.5.1"
    why = "PCI DSS forbids card numbers outside of systems that are made for them; one in a ticket puts the whole desk under its rules."
    source = "PCI DSS 4.0, 3.5.1 (PAN is unreadable anywhere it is stored); ISO/IEC 7812 check digit"


class Secrets(_Personal):
    code = "Q503"
    short = "password or token"
    title = "tickets with a password, key or token"
    kind = "secret"
    because = "whoever reads it can use it"
    why = "Who reads the ticket can use it, and a copy in a new desk doubles the readers."
    source = "words such as `password:` with what follows them; the shapes of well-known tokens"


class MailAddresses(_Personal):
    code = "Q504"
    short = "e-mail in text"
    title = "tickets with an e-mail address in a text"
    kind = "email"
    because = "GDPR art. 5"
    places = "in: [subject, comments, fields, files], "
    why = "Addresses of third people are personal data; most of them are signatures, and belong there."
    source = "GDPR art. 4 (1)"


class PhoneNumbers(_Personal):
    code = "Q505"
    short = "phone in text"
    title = "tickets with a phone number in a text"
    kind = "phone"
    because = "GDPR art. 5"
    places = "in: [subject, comments, fields, files], "
    why = "As with addresses: mostly signatures, sometimes numbers of people who never asked."
    source = "GDPR art. 4 (1)"


TEXT_CHECKS: tuple[type[QualityCheck], ...] = (
    BrokenTexts, OtherLanguages, LargeFiles, RiskyFiles, MissingFiles, BankAccounts, CardNumbers, Secrets, MailAddresses, PhoneNumbers,
)  # fmt: skip
