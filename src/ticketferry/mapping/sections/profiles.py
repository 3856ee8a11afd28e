"""The section for custom fields of people and organizations."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ticketferry.mapping.sections.fields import Missing
from ticketferry.mapping.sections.part import Condition, Part, fault

__all__ = ["ProfileRule"]

_WORDS = {
    "set": frozenset({"set", "when", "because"}),
    "drop": frozenset({"drop", "from", "when", "because"}),
    "rest": frozenset({"rest", "because"}),
}


class ProfileRule(Part):
    """One rule for custom fields of people, or of organizations, as those of tickets: `from`/`to` with a verb, or `set`, `drop`, `rest`."""

    source: list[str] = Field(default=[], alias="from")
    """Field or fields of the source (`fields.KEY`)."""
    to: str | None = None
    """Field of the target, by its name or key."""
    when: Condition = None
    values: dict[str, str] = Field(default={})
    """Value -> value; `"*"`: the others. A value without an entry is kept beside (`F102`)."""
    missing: Missing | None = None
    join: str | None = None
    """Sign between several values."""
    set: dict[str, str] = Field(default={})
    """Field of the target -> constant."""
    drop: Literal["true"] | None = None
    """Taken out before anything else reads it, also where a ticket would show it."""
    rest: Literal["same_name", "keep_in_provenance", "drop"] | None = None
    """What becomes of fields that no rule names; without it `same_name`, where the target keeps such fields."""
    because: str | None = None

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_verb(self) -> "ProfileRule":
        kinds = {"set": self.set, "drop": self.drop, "rest": self.rest, "to": self.to}
        given = [name for name, value in kinds.items() if value]
        if len(given) != 1:
            raise fault("a rule has one of `to`, `set`, `drop`, `rest`")
        allowed = _WORDS.get(given[0])
        for name, info in type(self).model_fields.items():
            word = info.alias or name
            if allowed is not None and name in self.model_fields_set and word not in allowed:
                raise fault(
                    f"`{word}` has no effect on `{given[0]}`: take it out, or give it a rule of its own"
                )
        if (self.drop or self.rest == "drop") and not (self.because or "").strip():
            raise fault("`drop` needs `because`: an auditor must find the reason")
        if (self.drop or self.to) and not self.source:
            raise fault("`from` is missing: which field of the source?")
        if len(self.source) > 1 and self.to and self.join is None:
            raise fault("several fields in one need `join`")
        for name in self.source:
            if not name.startswith("fields.") or name == "fields.":
                raise fault(f"`{name}` is no custom field: write `fields.KEY`")
        if len(self.source) != len(set(self.source)):
            raise fault("a field stands in `from` twice")
        return self
