"""Sections that give tickets their names in the target: route, status, exits, channel, and plain tables."""

from typing import Literal

from pydantic import Field, model_validator

from ticketferry.mapping.sections.part import Condition, Part, fault

__all__ = [
    "ByValue",
    "Channel",
    "Choice",
    "Exits",
    "FallbackPlace",
    "FollowUpExit",
    "MergedExit",
    "ResolutionRule",
    "RouteRule",
    "StatusRule",
]


class ByValue(Part):
    """A name, or a choice by another field: `{by: channel, values: {email: Emailed request, "*": Other}}`."""

    short = "name"
    name: str | None = None
    """The same for all."""
    by: str | None = None
    """Field whose value decides."""
    values: dict[str, str] = Field(default={})
    missing: str | None = None
    """Name where the field is empty."""

    @model_validator(mode="after")
    def _one_way(self) -> "ByValue":
        if (self.name is None) == (self.by is None):
            raise fault("either a name, or `by` with `values`")
        if self.by is not None and not self.values and self.missing is None:
            raise fault("`by` needs `values`")
        return self


class ResolutionRule(ByValue):
    """Resolution that a status brings: a name, or `{by: fields.outcome, values: {...}, missing: Done}`."""

    short = "name"


class Choice(Part):
    """What a value of the source becomes: a name, or `{default: name}` for `none`."""

    short = "default"
    default: str


class RouteRule(Part):
    """Where tickets go; the first that matches wins."""

    when: Condition = "always"
    project: str
    issue_type: str | None = None
    request_type: ByValue | None = None
    security: str | None = None


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


class StatusRule(Part):
    """What a status becomes: a name, or `{to, when, else}`, with the resolution it brings."""

    short = "to"
    to: str
    when: Condition = None
    otherwise: str | None = Field(default=None, alias="else")
    """Name where `when` does not hold."""
    resolution: ResolutionRule | None = None

    @model_validator(mode="after")
    def _both(self) -> "StatusRule":
        if (self.when is None) != (self.otherwise is None):
            raise fault("`when` and `else` belong together: say what holds in either case")
        return self


class MergedExit(Part):
    """Tickets merged into another: `skip`, or `{link: NAME, to: winner}`."""

    short = "do"
    do: Literal["skip"] | None = None
    link: str | None = None
    to: Literal["winner"] = "winner"

    @model_validator(mode="after")
    def _one_way(self) -> "MergedExit":
        if (self.do is None) == (self.link is None):
            raise fault("either `skip` or `{link: NAME, to: winner}`")
        return self


class FollowUpExit(Part):
    """Follow-up tickets: `{link: NAME}` to the ticket that they follow."""

    link: str


class Exits(Part):
    """Tickets that left the life cycle; decided like statuses."""

    deleted: Literal["skip"] = "skip"
    spam: Literal["skip"] = "skip"
    suspended: Literal["skip"] = "skip"
    merged: MergedExit = MergedExit(do="skip")
    follow_up: FollowUpExit | None = None


class Channel(Part):
    """Where the ticket's channel is written."""

    field: str
    values: dict[str, str] = Field(default={})
    """Channel -> value; `"*"` for the others. A channel that is not named is written as it is."""
