"""Times as people of a country write them, by Unicode's data (CLDR, through Babel): an extra, imported where a mapping names a locale."""

import re
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

__all__ = ["NEEDED", "data_version", "fault_of_locale", "time_in"]

_NAME = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8}){0,3}")
NEEDED = "pip install 'ticketferry[locale]'"


def fault_of_locale(name: str) -> str | None:
    """Say what is wrong with the name of a locale, or that nobody here knows any; None where times can be written so."""
    if find_spec("babel") is None:
        return f"`locale` needs Babel, which is not installed: {NEEDED}"
    try:
        _locale(name)
    except ValueError:
        return f"`{name}` is no locale: write de_DE, en_GB or fr"
    return None


def data_version() -> str:
    """Return the version of the data: with another one the same time may be written otherwise."""
    import babel

    return str(babel.__version__)


def time_in(moment: datetime, name: str) -> str:
    """Return day and time in words of a locale, without seconds. The moment is in the zone that it is shown in."""
    from babel.dates import format_date, format_time, get_datetime_format

    locale = _locale(name)
    day = format_date(moment, "medium", locale=locale)
    # Unicode's narrow space between figures and AM is a hair's breadth that editors take for a fault.
    clock = format_time(moment, "short", locale=locale).replace("\u202f", " ")
    form = str(get_datetime_format("medium", locale=locale))
    return form.replace("{1}", day).replace("{0}", clock).replace("'", "")


@lru_cache(maxsize=16)
def _locale(name: str) -> Any:
    """Read `de_DE` or `de-DE`. Raises ValueError for what is none."""
    from babel import Locale, UnknownLocaleError

    if _NAME.fullmatch(name) is None:
        raise ValueError(name)
    try:
        return Locale.parse(name.replace("-", "_"))
    except UnknownLocaleError as error:
        raise ValueError(name) from error
