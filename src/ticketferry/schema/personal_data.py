"""Personal data in plain texts: account and card numbers that pass their check digits, passwords and tokens, addresses, phones."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

__all__ = ["KINDS_OF_DATA", "REMOVED", "Spot", "spots"]

KINDS_OF_DATA = ("iban", "card", "secret", "email", "phone")
"""What is looked for, the surest first: what one kind takes no later one finds again."""

REMOVED = "[removed]"
"""What stands where something was taken out, unless somebody wants other words: no secret, though it follows `password:`."""

_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22,
    "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
    "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31,
    "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
"""Country -> signs of an account number (ISO 13616, the registry of SWIFT)."""
_IBAN = re.compile(r"[A-Z](?<![A-Za-z0-9].)[A-Z]\d\d(?=[ -]?[A-Z0-9])")
_CARD = re.compile(r"[2-6](?<![\d.,+].)(?:(?<=[3-6])\d|(?<=2)[2-7])\d\d(?:[ -]?\d){9,15}")
_CARD_ENDS = re.compile(r"(?!\d|[.,]\d)")
_FEWEST_OF_CARD = 13
_NAMED_SECRET = re.compile(
    r"\b(?:password|passwd|pwd|passphrase|passwort|kennwort|mot de passe|contrase\u00f1a|api[ _-]?key|access[ _-]?token|auth[ _-]?token"
    r"|secret[ _-]?key|client[ _-]?secret|bearer|pin)\b(?:\s*(?:is|ist)?\s*([:=])\s*|\s+(?:is|ist|lautet|est)\s+)"
    r"([^\s<>\"']{4,200})",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_])(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|sk_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})(?![A-Za-z0-9_])"
)
_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----.{0,8000}?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_STEMS = ("passw", "pwd", "passp", "kennw", "mot de", "contrase", "key", "token", "secret", "bearer", "pin")
_TOKEN_STARTS = ("AKIA", "glpat-", "xox", "eyJ", "-----BEGIN")
_LOW_TOKEN_STARTS = ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "sk_")
"""What a text must hold for a pattern to be tried: most hold none."""
_LOCAL_BACKWARDS = re.compile(r"[\w.+-]{1,64}")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_PHONE = re.compile(
    r"[+0](?:(?<=\+)|(?=0))(?<![\w.,/=#-].)(?<!\d\d[ -].)(?:(?<=\+)|0)[1-9][\d ()/.-]{6,22}\d(?!\w)"
    r"|[(0](?<![\w.,/=#:-].)(?<!\d\d[ -].)(?:(?<=0)|0)\d{1,5}\)?(?:[ /-]\d{2,9}){1,5}(?![\w.:/-])"
)
"""As the two above written from its first sign on, which is looked for fast; what stands before it is looked at then."""
_PHONE_FIRST = re.compile(r"[+0(](?<![\w.,/=#-].)")
_DAY = re.compile(r"\d{1,2}[-/ ]\d{1,2}[-/ ]\d{2,4}\Z|\d{1,2}[-/ ]\d{1,2}\Z")
_DIGITS = re.compile(r"\d.{0,3}\d.{0,3}\d")


class Spot(NamedTuple):
    """Where something stands: `text[start:end]`."""

    kind: str
    start: int
    end: int


def spots(text: str, kinds: Collection[str] = KINDS_OF_DATA) -> list[Spot]:
    """Return what stands in a text, in order, none within another.

    Account numbers have the length of their country and the check digits of ISO 7064 (mod 97); card numbers a known first digit, 13 to
    19 digits and the check digit of ISO/IEC 7812 (Luhn). A phone number begins with `+`, `00` or a `0` before a separated number.
    """
    found: list[Spot] = []
    taken: bytearray | None = None
    for kind in KINDS_OF_DATA:
        if kind not in kinds:
            continue
        for start, end in _FINDERS[kind](text):
            if taken is None:
                taken = bytearray(len(text))
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(Spot(kind, start, end))
    return sorted(found, key=lambda spot: spot.start) if len(found) > 1 else found


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2])
        if length is None:
            continue
        signs, at = "", match.start()
        while at < len(text) and len(signs) < length:
            sign = text[at]
            if sign.isascii() and (sign.isdigit() or sign.isupper()):
                signs += sign
            elif sign not in " -\u00a0":
                break
            at += 1
        if len(signs) == length and not text[at : at + 1].isalnum() and _mod_97(signs):
            yield match.start(), at


def _mod_97(signs: str) -> bool:
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


def _cards(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while (match := _CARD.search(text, at)) is not None:
        start, end = match.span()
        at = start + 1
        # What follows a card is often its month and year: the longest run of groups that passes is taken.
        while end > start:
            digits = [int(sign) for sign in text[start:end] if sign.isdigit()]
            if len(digits) < _FEWEST_OF_CARD:
                break
            if _CARD_ENDS.match(text, end) is not None and len(set(digits)) > 1 and _luhn(digits):
                yield start, end
                at = end
                break
            end -= 1
            while not text[end - 1].isdigit():
                end -= 1


def _luhn(digits: list[int]) -> bool:
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    small = text.lower()
    if any(stem in small for stem in _STEMS):
        yield from _named_secrets(text)
    if any(start in text for start in _TOKEN_STARTS) or (
        "_" in text and any(start in text for start in _LOW_TOKEN_STARTS)
    ):
        for pattern in (_TOKEN, _KEY):
            for match in pattern.finditer(text):
                yield match.span()


def _named_secrets(text: str) -> Iterator[tuple[int, int]]:
    for match in _NAMED_SECRET.finditer(text):
        # `the password is wrong` tells none: without a colon a word counts that has a figure in it.
        if match[2].startswith(REMOVED):
            continue
        if match[1] or any(sign.isdigit() for sign in match[2]):
            yield match.span(2)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    at = text.find("@")
    while at >= 0:
        local = _LOCAL_BACKWARDS.match(text[max(0, at - 64) : at][::-1])
        domain = _DOMAIN.match(text, at + 1) if local is not None else None
        if local is not None and domain is not None:
            yield at - local.end(), domain.end()
        at = text.find("@", at + 1)


def _phones(text: str) -> Iterator[tuple[int, int]]:
    at, length = 0, len(text)
    if _DIGITS.search(text) is None:
        return
    while at < length and (first := _PHONE_FIRST.search(text, at)) is not None:
        at = first.start()
        match = _PHONE.match(text, at)
        if match is None:
            at += 1
            continue
        at = match.end()
        digits = sum(sign.isdigit() for sign in match[0])
        if 7 <= digits <= 15 + 2 * match[0].startswith("00") and _DAY.match(match[0]) is None:
            yield match.span()


_FINDERS: dict[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    "iban": _ibans, "card": _cards, "secret": _secrets, "email": _emails, "phone": _phones,
}  # fmt: skip
