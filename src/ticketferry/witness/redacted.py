"""What a mapping takes out of texts, worked out by the witness's own means: what should stand there now, and what should stand nowhere.

Nothing here is shared with the rules themselves: patterns and check digits are written down once more, from the same standards.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ticketferry.sdk.witness import Facts, Wire, WitnessFile, WitnessText
from ticketferry.witness.dropped import strings
from ticketferry.witness.rules import ExplainingRules, TakenOut, holds

__all__ = ["AsRedacted", "as_redacted", "still_there"]

_LENGTHS = (
    "NO15 BE16 DK18 FI18 FO18 GL18 NL18 MK19 SI19 AT20 BA20 EE20 KZ20 LT20 LU20 XK20 CH21 CR21 HR21 LI21 LV21 BG22 BH22 CY28 DE22 GB22 GE22"
    " GI22 IE22 ME22 RS22 VA22 AE23 IL23 IQ23 TL23 AD24 CZ24 ES24 MD24 PK24 RO24 SA24 SE24 SK24 TN24 VG24 PT25 ST25 IS26 TR26 FR27 GR27 IT27"
    " MC27 MR27 SM27 AL28 AZ28 BY28 DO28 GT28 HU28 LB28 PL28 SV28 BR29 EG29 PS29 QA29 UA29 JO30 KW30 MU30 MT31 SC31 LC32"
)
_LONG = {item[:2]: int(item[2:]) for item in _LENGTHS.replace("CR21", "CR22").replace("GI22", "GI23").split()}
_NAMES = (
    "password|passwd|pwd|passphrase|passwort|kennwort|mot de passe|contrase\u00f1a|api[ _-]?key|access[ _-]?token|auth[ _-]?token|secret[ _-]?key|"
    "client[ _-]?secret|bearer|pin"
)
_SECRETS = (
    re.compile(rf"(?i)\b(?:{_NAMES})\b\s*(?:is|ist)?\s*[:=]\s*([^\s<>\"']{{4,200}})"),
    re.compile(rf"(?i)\b(?:{_NAMES})\b\s+(?:is|ist|lautet|est)\s+((?=[^\s<>\"']*\d)[^\s<>\"']{{4,200}})"),
    re.compile(
        r"(?<!\w)(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|sk_(?:live|test)_[A-Za-z0-9]{16,})(?!\w)"
    ),
    re.compile(r"(?<!\w)(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})(?!\w)"),
    re.compile(
        r"(?s)(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----.{0,8000}?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z))"
    ),
)
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w-])")
_ABROAD = re.compile(r"(?<![\w.,/=#-])(?<!\d\d[ -])((?:\+|00)[1-9][\d ()/.-]{6,22}\d)(?!\w)")
_AT_HOME = re.compile(r"(?<![\w.,/=#:-])(?<!\d\d[ -])(\(?0\d{1,5}\)?(?:[ /-]\d{2,9}){1,5})(?![\w.:/-])")
_DATE = re.compile(r"\d{1,2}[-/ ]\d{1,2}([-/ ]\d{2,4})?\Z")
_GROUPS = re.compile(r"\d+|[ -](?=\d)|.", re.DOTALL)
_TELLING = frozenset({"iban", "card", "secret"})
"""Kinds that stand nowhere by right; addresses and phones are a person's, whose account has them."""


@dataclass(frozen=True, slots=True)
class AsRedacted:
    """A ticket of the source as the rules leave it. `gone`: rule -> values that should stand in no text; `nowhere`: in no string at all."""

    texts: Sequence[WitnessText]
    files: Sequence[WitnessFile]
    gone: Mapping[str, frozenset[str]]
    nowhere: frozenset[str]


def as_redacted(
    texts: Sequence[WitnessText],
    files: Sequence[WitnessFile],
    facts: Facts,
    rules: ExplainingRules,
    unjudged: Counter[str],
) -> AsRedacted:
    """Apply the rules that hold for a ticket. A text that a rule takes something out of under a condition which cannot be judged is left
    out, and counted.
    """
    if rules.repaired:
        texts = [one._replace(text=_mended(one.text)) for one in texts]
        files = [one._replace(name=_mended(one.name)) for one in files]
    gone: dict[str, set[str]] = {}
    nowhere: set[str] = set()
    for rule in rules.taken_out:
        verdict = _applies(rule, facts.asked)
        finders = list(_finders(rule))
        if verdict is False:
            continue
        if verdict is None or any(finder is None for _, finder in finders):
            unjudged[f"what clean.{rule.id} takes out: its condition or pattern is not judged"] += 1
            texts = [one for one in texts if not _touched(one.text, finders)]
            files = [one for one in files if not _touched(one.name, finders)]
            continue
        for kind, finder in finders:
            assert finder is not None
            values = {value for one in texts if _within(one, rule) for value in finder(one.text)}
            gone.setdefault(rule.id, set()).update(values)
            if not rule.places and kind in _TELLING:
                nowhere |= values
        texts = [
            one._replace(text=_without(one.text, finders, rule.instead)) if _within(one, rule) else one
            for one in texts
        ]
        if not rule.places or "files" in rule.places:
            files = [one._replace(name=_without(one.name, finders, rule.instead)) for one in files]
    return AsRedacted(
        texts, files, {rule: frozenset(values) for rule, values in gone.items()}, frozenset(nowhere)
    )


def still_there(
    before: AsRedacted, after: Sequence[WitnessText], wires: Sequence[Wire]
) -> Iterator[tuple[str, str]]:
    """Yield (rule, where) of each value that should be gone and stands in the target. The value itself is never told."""
    kept = [one.text for one in before.texts]
    for rule, values in before.gone.items():
        for value in sorted(values):
            if any(value in text for text in kept):
                continue  # it stands in a place that the rule leaves alone
            place = next((one.place for one in after if value in one.text), "")
            if not place and value in before.nowhere:
                place = next(
                    (
                        f"{wire.ref.kind.value} {wire.ref.id}: {path}"
                        for wire in wires
                        for path, text in strings(wire.body)
                        if value in text
                    ),
                    "",
                )
            if place:
                yield f"clean.{rule}", f"the mapping takes it out, and it stands in {place}"


def _applies(rule: TakenOut, asked: Mapping[str, Sequence[str]]) -> bool | None:
    verdict = holds(rule.when, asked)
    for lifted in rule.lifted:
        over = holds(lifted, asked)
        if over is True:
            return False
        if over is None and verdict is not False:
            verdict = None
    return verdict


def _within(one: WitnessText, rule: TakenOut) -> bool:
    return not rule.places or ("subject" if one.kind == "subject" else "comments") in rule.places


def _touched(text: str, finders: Sequence[tuple[str, Any]]) -> bool:
    return any(finder is None or any(finder(text)) for _, finder in finders)


def _without(text: str, finders: Sequence[tuple[str, Any]], instead: str) -> str:
    for _, finder in finders:
        for value in sorted(set(finder(text)), key=len, reverse=True):
            text = text.replace(value, instead)
    return text


def _finders(rule: TakenOut) -> Iterator[tuple[str, Callable[[str], Iterator[str]] | None]]:
    own = {"iban": _accounts, "card": _cards, "secret": _secrets, "email": _mails, "phone": _phones}
    for pattern in sorted(rule.patterns, key=lambda name: list(own).index(name) if name in own else len(own)):
        if pattern in own:
            yield pattern, own[pattern]
            continue
        try:
            compiled = re.compile(pattern)
        except re.error:
            yield pattern, None
            continue
        yield pattern, partial(_fitting, compiled)


def _fitting(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (match[0] for match in pattern.finditer(text) if match[0])


def _accounts(text: str) -> Iterator[str]:
    for match in re.finditer(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}", text):
        signs = ""
        for at in range(match.start(), min(len(text), match.start() + 60)):
            if text[at].isascii() and text[at].isalnum() and not text[at].islower():
                signs += text[at]
            elif text[at] not in " -\u00a0":
                break
            if len(signs) == _LONG.get(match[0][:2], 0):
                number = "".join(
                    str("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(sign)) for sign in signs[4:] + signs[:4]
                )
                if int(number) % 97 == 1 and not text[at + 1 : at + 2].isalnum():
                    yield text[match.start() : at + 1]
                break


def _cards(text: str) -> Iterator[str]:
    groups = [(match[0], match.start()) for match in _GROUPS.finditer(text)]
    taken = -1
    for first, (group, start) in enumerate(groups):
        if start < taken or not group.isdigit() or (start and text[start - 1] in ".,+") or not _begins(group):
            continue
        ends = []
        digits = ""
        for number in range(first, len(groups)):
            part, place = groups[number]
            if part.isdigit():
                digits += part
                after = text[place + len(part) :][:2]
                decimals = after[:1] in (".", ",") and after[1:].isdigit()
                if 13 <= len(digits) <= 19 and not decimals and _passes(digits):
                    ends.append(place + len(part))
            elif part not in (" ", "-"):
                break
            if len(digits) > 19:
                break
        if ends:
            taken = ends[-1]
            yield text[start:taken]


def _begins(group: str) -> bool:
    return len(group) >= 4 and (group[0] in "3456" or "22" <= group[:2] <= "27")


def _passes(digits: str) -> bool:
    total = sum(
        int(sign) if place % 2 == 0 else sum(divmod(int(sign) * 2, 10))
        for place, sign in enumerate(reversed(digits))
    )
    return total % 10 == 0 and len(set(digits)) > 1


def _secrets(text: str) -> Iterator[str]:
    for pattern in _SECRETS:
        for match in pattern.finditer(text):
            yield match[1]


def _mails(text: str) -> Iterator[str]:
    for match in _MAIL.finditer(text):
        yield match[1]


def _phones(text: str) -> Iterator[str]:
    for pattern in (_ABROAD, _AT_HOME):
        for match in pattern.finditer(text):
            digits = len(re.sub(r"\D", "", match[1]))
            if 7 <= digits <= (17 if match[1].startswith("00") else 15) and not _DATE.match(match[1]):
                yield match[1]


def _mended(text: str) -> str:
    """Read words again that were taken for Windows' western signs and are UTF-8."""
    return text if text.isascii() else re.sub(r"[^ \n\t]+", _read_again, text)


def _read_again(word: re.Match[str]) -> str:
    octets = bytearray()
    for sign in word[0]:
        try:
            octets += sign.encode("cp1252")
        except UnicodeEncodeError:
            if ord(sign) > 255:
                return word[0]
            octets.append(ord(sign))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return word[0]
