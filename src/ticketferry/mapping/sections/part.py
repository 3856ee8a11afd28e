"""What all sections of a mapping file share: strict keys and shorthands."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["REFUSING", "REJECT", "Condition", "Part", "fault", "reason_for"]

Condition: TypeAlias = Any
"""A condition as written; `conditions.py` knows its grammar."""


REJECT = "reject"
REFUSING = frozenset({"fail", REJECT})
"""Words in the place of a name: a ticket with such a value is rejected. `fail` stops the plan that has one, `reject` lets all others go."""


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
        for word, key in cls.also.items():
            if isinstance(value, dict) and word in value:
                if key in value:
                    raise fault(f"`{word}` and `{key}` say the same: take one out")
                value = {key if name == word else name: inner for name, inner in value.items()}
        return value
