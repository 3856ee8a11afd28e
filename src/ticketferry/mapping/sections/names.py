"""Sections that give tickets their names in the target: route, status, exits, channel, and plain tables."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from ticketferry.mapping.sections.part import REFUSING, Condition, Part, fault

__all__ = [
    "Channel",
    "Choice",
    "Exits",
    "FallbackPlace",
    "FollowUpExit",
    "MergedExit",
    "RouteRule",
    "StatusRule",
]


class Choice(Part):
    """A name (`Highest`), two of which a condition decides (`{to: Highest, when: {tag: vip}, else: High}`), or one that another field decides
    (`{by: fields.severity, values: {p1: Highest, "*": Medium}, missing: Low}`). A whole table can be decided so as well.
    """

    short = "to"
    also: ClassVar[Mapping[str, str]] = {"default": "to", "name": "to"}
    to: str | None = None
    """The name; `fail` rejects the ticket, and a plan with such a ticket is not applied; `reject` rejects it, and all others go. `default` and `name`
    are other words for `to`."""
    by: str | None = None
    """Field whose value decides, instead of `to`: a ticket's own (`channel`), or `fields.KEY`."""
    values: dict[str, str] = Field(default={})
    """Value of that field -> name; `"*"`: the others. Letters of any case; an option by its name or its value."""
    missing: str | None = None
    """Name where that field is empty; without it as for `"*"`."""
    when: Condition = None
    otherwise: str | None = Field(default=None, alias="else")
    """Name where `when` does not hold."""

    @model_validator(mode="after")
    def _one_way(self) -> "Choice":
        if (self.to is None) == (self.by is None):
            raise fault("`to` is missing here: either a name, or `by` with `values`")
        if self.by is not None and not self.values and self.missing is None:
            raise fault("`by` needs `values`")
        if self.by is None and (self.values or self.missing is not None):
            raise fault("`values` and `missing` go with `by`: which field decides?")
        if (self.when is None) != (self.otherwise is None):
            raise fault("`when` and `else` belong together: say what holds in either case")
        return self

    def names(self) -> tuple[str, ...]:
        """Return every name that it can give, each once; `fail` and `reject` are none."""
        given = (self.to, *self.values.values(), self.missing, self.otherwise)
        return tuple(dict.fromkeys(name for name in given if name is not None and name not in REFUSING))

    @property
    def plain(self) -> str | None:
        """The name where it is the same for all tickets, else None."""
        return self.to if self.when is None and self.to not in REFUSING else None


class RouteRule(Part):
    """Where tickets go; the first that matches wins. `project: {by: brand, values: {…}}` sends each brand to a project of its own."""

    when: Condition = "always"
    project: Choice
    issue_type: Choice | None = None
    request_type: Choice | None = None
    """Request type; none where `by` decides none."""
    security: Choice | None = None
    """Security level; none where `by` decides none."""
    component: Choice | None = None
    """Component, beside those that `groups` gives; none where `by` decides none."""


class FallbackPlace(Part):
    """Where tickets of a project, component or security level go in a target without those."""

    group: str | None = None
    """Group of the target, by its name. A ticket with an assignee goes to a group of theirs instead, unless a security level says the group."""
    brand: str | None = None
    """Brand of the target, by its name."""
    label: str | None = None
    """A tag; an expression over `name`."""

    @model_validator(mode="after")
    def _something(self) -> "FallbackPlace":
        if self.group is None and self.brand is None and self.label is None:
            raise fault("say `group`, `brand` or `label`")
        return self


class StatusRule(Choice):
    """What a status becomes, as for priorities and types, with the resolution that it brings."""

    resolution: Choice | None = None
    """Resolution; the ticket's own, or none, where `by` decides none."""


class MergedExit(Part):
    """Tickets merged into another: `skip`, `archive`, or `{link: NAME, to: winner}`."""

    short = "do"
    do: Literal["skip", "archive"] | None = None
    """`archive`: `apply` writes them into neutral files, as `clean: {do: archive}` does."""
    link: str | None = None
    to: Literal["winner"] = "winner"

    @model_validator(mode="after")
    def _one_way(self) -> "MergedExit":
        if (self.do is None) == (self.link is None):
            raise fault("either `skip`, `archive` or `{link: NAME, to: winner}`")
        return self


class FollowUpExit(Part):
    """Follow-up tickets: `{link: NAME}` to the ticket that they follow."""

    link: str


class Exits(Part):
    """Tickets that left the life cycle; decided like statuses."""

    deleted: Literal["skip", "archive"] = "skip"
    """`archive`: `apply` writes them into neutral files in the folder `archive`, as far as the old desk still shows them."""
    spam: Literal["skip", "archive"] = "skip"
    suspended: Literal["skip", "archive"] = "skip"
    merged: MergedExit = MergedExit(do="skip")
    follow_up: FollowUpExit | None = None


class Channel(Part):
    """Where the ticket's channel is written, under which names."""

    field: str
    values: dict[str, Choice] = Field(default={})
    """Channel -> value; `"*"` for the others. A channel that is not named is written as it is."""
    by: str | None = None
    """Field that decides instead of the channel: `values` are then its values."""
    missing: str | None = None
    """Value where that field is empty."""

    @model_validator(mode="after")
    def _both(self) -> "Channel":
        if self.missing is not None and self.by is None:
            raise fault("`missing` goes with `by`: every ticket has a channel")
        if self.by is not None and any(choice.plain is None for choice in self.values.values()):
            raise fault("beside `by` the values are names: put conditions into a rule of `fields`")
        if self.by is not None and not self.values and self.missing is None:
            raise fault("`by` needs `values`")
        return self
