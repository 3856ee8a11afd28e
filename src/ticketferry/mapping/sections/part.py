"""What all sections of a mapping file share: strict keys and shorthands."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["DECIDED", "REFUSING", "REJECT", "Condition", "Part", "fault", "reason_for"]

Condition: TypeAlias = Any
"""A condition as written; `conditions.py` knows its grammar."""


REJECT = "reject"
REFUSING = frozenset({"fail", REJECT})
"""Words in the place of a name: a ticket with such a value is rejected. `fail` stops the plan that has one, `reject` lets all others go."""


DECIDED = {"by": "Who decided that.", "date": "When it was decided, as in 2026-11-12."}
"""Words that stand beside every `because`: both become part of it, so that whoever reads the reason reads them."""


def fault(message: str) -> PydanticCustomError:
    """Make the error of a value that is of the right type and still wrong."""
    return PydanticCustomError("mapping", "{said}", {"said": message})


def reason_for(drops: bool, because: str | None) -> None:
    """Refuse what drops something and says no reason."""
    if drops and not because:
        raise fault("`drop` needs `because`: an auditor must find the reason")


class Part(BaseModel):
    """A section of the file. `short`: the key that a plain value stands for (`open: X` is `open: {to: X}`); `also`: further words -> the key
    that each stands for.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=False
    )
    short: ClassVar[str | None] = None
    also: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        if cls.short is not None and isinstance(value, str | list):
            return {cls.short: value}
        if value is None:
            raise fault("nothing stands here: give a value or take the key out")
        if isinstance(value, dict) and cls.decided():
            value = _with_decision(value)
        for word, key in cls.also.items():
            if isinstance(value, dict) and word in value:
                if key in value:
                    raise fault(f"`{word}` and `{key}` say the same: take one out")
                value = {key if name == word else name: inner for name, inner in value.items()}
        return value

    @classmethod
    def decided(cls) -> bool:
        """Tell whether `by` and `date` may stand beside the section's `because`."""
        return "because" in cls.model_fields and "by" not in cls.model_fields


def _with_decision(value: dict[str, Any]) -> dict[str, Any]:
    """Put who decided something and when into the reason."""
    told = [(word, value[word]) for word in DECIDED if value.get(word) is not None]
    if not told:
        return value
    for word, given in told:
        if not isinstance(given, str) or not given.strip():
            raise fault(f"`{word}` beside `because` is a text: {DECIDED[word]}")
        if word == "date" and not _is_day(given):
            raise fault(f"`{given}` is no day: write 2026-11-12")
    if not isinstance(value.get("because"), str):
        raise fault("`by` and `date` say who decided and when: they go with `because`")
    kept = {key: inner for key, inner in value.items() if key not in DECIDED}
    return kept | {"because": f"{value['because']} ({', '.join(given.strip() for _, given in told)})"}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True
