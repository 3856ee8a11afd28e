"""Phone numbers in one spelling: the international one [ITU-T E.164], by Google's tables of all countries."""

import re
from functools import lru_cache

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

__all__ = ["phone_key"]

_PLAIN = re.compile(r"\+[1-9][0-9 ./-]{6,24}")
_SIGNS = str.maketrans("", "", "+ ./-")


def phone_key(value: str, region: str | None) -> str:
    """Return a number as `+4930123456`; "" for what is none. `region`: where numbers without a prefix are dialled (`DE`).

    A number with a prefix and digits alone, of which most are, is not parsed: that takes fifty times as long and gives the same.
    """
    text = value.strip()
    if _PLAIN.fullmatch(text):
        digits = text.translate(_SIGNS)
        code = _country(digits[:3])
        rest = digits[len(code) :]
        trunk = _trunk(code) if code else None
        if trunk is not None and rest and not (trunk and rest.startswith(trunk)) and rest[0] != "0":
            return f"+{digits}" if _is_possible(code, len(rest)) else ""
    return _parsed(text, region)


@lru_cache(maxsize=1_024)
def _country(digits: str) -> str:
    """Return the country code that digits begin with."""
    return next(
        (digits[:length] for length in (1, 2, 3) if int(digits[:length]) in COUNTRY_CODE_TO_REGION_CODE), ""
    )


@lru_cache(maxsize=512)
def _trunk(code: str) -> str | None:
    """Return the digits that are dialled before a number within a country; None where more than a prefix is taken away there."""
    metadata = PhoneMetadata.metadata_for_region(COUNTRY_CODE_TO_REGION_CODE[int(code)][0], None)
    prefix = metadata.national_prefix_for_parsing if metadata is not None else None
    return "" if metadata is not None and not prefix else prefix if prefix and prefix.isdigit() else None


@lru_cache(maxsize=4_096)
def _is_possible(code: str, length: int) -> bool:
    """Tell whether numbers of a country have so many digits: the tables know no more than the length."""
    return is_possible_number(PhoneNumber(country_code=int(code), national_number=int("2" * length)))


@lru_cache(maxsize=4_096)
def _parsed(text: str, region: str | None) -> str:
    try:
        number = parse(text, region)
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else ""
