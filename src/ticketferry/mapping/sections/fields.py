"""The section for custom fields."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ticketferry.mapping.sections.part import Condition, Part, fault

__all__ = ["OWN", "TAGS", "TICKET_NAMES", "FieldRule", "Missing", "Regex", "Required", "named_other"]

OWN: Mapping[str, tuple[str, ...]] = {
    **{key: (key,) for key in (
        "number", "url", "subject", "stage", "status", "resolution", "priority", "type", "form", "channel", "brand",
        "external_id", "created", "updated", "solved", "due", "handled_by", "tags", "group", "organization", "requester",
        "submitter", "assignee", "project",
    )},
    "due_at": ("due",),
    "satisfaction.score": ("satisfaction", "score"),
    "satisfaction.comment": ("satisfaction", "comment"),
    "satisfaction.reason": ("satisfaction", "reason"),
    "sla": ("sla",),
}  # fmt: skip
"""What a field rule can read of the ticket itself, beside `fields.KEY`."""


_OF_OTHERS = ("name", "email", "external_id", "locale", "time_zone", "alias", "notes", "details", "tags")


def named_other(name: str) -> tuple[str, str] | None:
    """Return (who, what) of a source that is a value of somebody whom a ticket names: `requester.email`, `organization.fields.tier`; else None."""
    who, _, what = name.partition(".")
    if who not in ("requester", "assignee", "submitter", "organization"):
        return None
    if what in _OF_OTHERS or (what.startswith("fields.") and what != "fields."):
        return who, what
    return None


TICKET_NAMES = frozenset({
    *(steps[0] for steps in OWN.values()), "fields", "links", "comments", "attachments", "events", "followers", "ccs",
    "components", "worklogs", "public", "security",
})  # fmt: skip
"""What an expression over a ticket can ask for."""

TAGS = "tags"
"""What `to` and `set` call the tags of a ticket."""

_NEEDED = frozenset({"number", "status", "stage", "requester", "created"})
"""What a ticket is known by, or cannot be made without."""


_WORDS = {
    "set": frozenset({"set", "when", "as", "tz", "because"}),
    "drop": frozenset({"drop", "from", "when", "because"}),
    "rest": frozenset({"rest", "because"}),
}
"""Words that a rule of each kind has a use for; `to` takes all."""


class Missing(Part):
    """What an empty source value becomes."""

    short = "default"
    default: str


class Regex(Part):
    r"""Pattern and replacement (`\1` for groups)."""

    find: str
    to: str


class Required(Part):
    """When the target's field must not be empty; a ticket that breaks this is rejected."""

    when: Condition = "always"


class FieldRule(Part):
    """One rule for fields: `from`/`to` with a verb, or `set`, `drop`, `rest`."""

    source: list[str] = Field(default=[], alias="from")
    """Field or fields of the source: `fields.KEY`, a ticket's own (`due`, `handled_by`, …), or of those whom it names
    (`requester.email`, `organization.fields.KEY`)."""
    to: str | None = None
    """Field of the target, by its name; `tags`: tags of the ticket, beside those that it has."""
    when: Condition = None
    values: dict[str, str] = Field(default={})
    """Value -> value; `"*"`: the others, `fail` rejects the ticket and stops the plan, `reject` lets all others go. Of a cascade level by level, or whole paths (`Hardware::Router: Devices::Network`),
    where one without an entry gets that of the level above. Tags without an entry are none of the rule's business."""
    values_file: str | None = None
    """CSV below the mapping's folder with the columns `source,target`, for long tables; what stands in `values` wins."""
    missing: Missing | None = None
    as_: Literal[
        "text", "textarea", "integer", "decimal", "checkbox", "date", "datetime", "select", "multiselect", "cascading", "labels",
    ] | None = Field(default=None, alias="as")  # fmt: skip
    """Type to write; without it the type of the target's field."""
    tz: str | None = None
    """Time zone in which a time becomes a date."""
    join: str | None = None
    """Sign between several values."""
    split: str | None = None
    """Sign at which one value becomes several, before `values`; of a cascade the sign between levels."""
    regex: Regex | None = None
    on_miss: Literal["keep", "fail", "reject", "provenance"] = "keep"
    """What becomes of a value that `regex` does not fit: `keep` as it is, `fail`, `reject`, or beside in the `provenance`."""
    expr: str | None = None
    """Expression over the ticket, for what the other verbs cannot say."""
    required: Required | None = None
    set: dict[str, str] = Field(default={})
    """Field of the target -> constant."""
    drop: Literal["true"] | None = None
    rest: Literal["keep_in_provenance", "same_name", "fail", "reject", "drop"] | None = None
    """What becomes of fields that no rule names; `same_name`: to the target's field of the same name, else kept beside."""
    because: str | None = None

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("required", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"when": "always"} if value == "true" else value

    @model_validator(mode="after")
    def _one_verb(self) -> "FieldRule":
        kinds = {
            "set": bool(self.set),
            "drop": self.drop is not None,
            "rest": self.rest is not None,
            "to": self.to is not None,
        }
        if sum(kinds.values()) != 1:
            raise fault("a rule has one of `to`, `set`, `drop`, `rest`")
        kind = next(name for name, given in kinds.items() if given)
        allowed = _WORDS.get(kind)
        for name, info in type(self).model_fields.items():
            word = info.alias or name
            if allowed is not None and name in self.model_fields_set and word not in allowed:
                raise fault(f"`{word}` has no effect on `{kind}`: take it out, or give it a rule of its own")
        self._one_way()
        if (self.drop or self.rest == "drop") and not (self.because or "").strip():
            raise fault("`drop` needs `because`: an auditor must find the reason")
        if self.drop and (bound := next((name for name in self.source if name in _NEEDED), None)):
            raise fault(f"`{bound}` cannot be dropped: a ticket of the new desk needs it")
        if (self.drop or self.to) and not self.source and self.expr is None:
            raise fault("`from` is missing: which field of the source?")
        if self.expr is not None and (self.values or self.regex or self.split or self.join is not None):
            raise fault("`expr` stands alone: put values, regex, split and join into rules of their own")
        if len(self.source) > 1 and self.to and self.join is None and self.expr is None:
            raise fault("several fields in one need `join`")
        return self

    def _one_way(self) -> None:
        """Refuse verbs that stand beside one that would decide alone."""
        verbs = [
            word
            for word, given in (("values", self.values), ("regex", self.regex), ("split", self.split))
            if given
        ]
        if verbs == ["values", "split"]:
            verbs = []
        if len(verbs) > 1:
            raise fault(f"`{verbs[1]}` has no effect beside `{verbs[0]}`: put it into a rule of its own")
        if self.regex is None and "on_miss" in self.model_fields_set:
            raise fault("`on_miss` goes with `regex`")
        if self.tz is not None and self.as_ not in (None, "date", "datetime"):
            raise fault(f"`tz` has no effect on the type `{self.as_}`")
        if (self.to or "").casefold() == TAGS:
            for word, given in (("required", self.required), ("as", self.as_), ("tz", self.tz)):
                if given is not None:
                    raise fault(f"`{word}` has no effect on `to: tags`: a ticket has any number of tags")
        if len(self.source) != len(set(self.source)):
            raise fault("a field stands in `from` twice")
