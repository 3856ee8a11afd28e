"""The file's own tests: tickets as they may stand in the source, and what has to become of them."""

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from ticketferry.mapping.sections.part import Part, fault

__all__ = ["Expect", "Given", "GivenComment", "MappingExample"]


class GivenComment(Part):
    """A comment of the ticket; a plain text is a public one."""

    short: ClassVar[str | None] = "text"

    text: str
    public: bool = True
    author: str | None = None
    """Name, address or external id of a person of the last extract; else the requester."""


class Given(Part):
    """A ticket, in the words of conditions; what is not named is empty, or as the ticket has it that `ticket` names."""

    ticket: str | None = None
    """Number of a ticket of the last extract to begin with."""
    number: str | None = None
    subject: str | None = None
    body: str | None = None
    """The description, as plain text."""
    status: str | None = None
    custom_status: str | None = None
    """A custom status, where its category has rules of its own."""
    stage: str | None = None
    """Else the stage of the status."""
    priority: str | None = None
    type: str | None = None
    form: str | None = None
    brand: str | None = None
    channel: str | None = None
    handled_by: str | None = None
    external_id: str | None = None
    resolution: str | None = None
    project: str | None = None
    security: str | None = None
    group: str | None = None
    """Name of a group of the last extract; so for `organization`."""
    organization: str | None = None
    requester: str | None = None
    """Name, address or external id of a person of the last extract; so for `assignee`."""
    assignee: str | None = None
    tags: list[str] | None = None
    components: list[str] | None = None
    fields: dict[str, Any] = Field(default={})
    """Key of a field -> its value, as records hold it; an option that the field does not have is refused."""
    comments: list[GivenComment] | None = None
    created: str | None = None
    updated: str | None = None
    solved: str | None = None
    due: str | None = None


class Expect(Part):
    """What has to become of it; only what is named is compared. `absent` stands for no value. A name that the target does not have is refused."""

    outcome: Literal["moved", "left_behind", "rejected"] | None = None
    phase: str | None = None
    way: str | None = None
    project: str | None = None
    issue_type: str | None = None
    request_type: str | None = None
    """Form or request type."""
    security: str | None = None
    status: str | None = None
    resolution: str | None = None
    priority: str | None = None
    subject: str | None = None
    due: str | None = None
    group: str | None = None
    """Name of a group; so a name, an address or an id for `organization`, `requester` and `assignee`."""
    brand: str | None = None
    organization: str | None = None
    requester: str | None = None
    assignee: str | None = None
    components: list[str] | None = None
    """Components that it has, beside others."""
    tags: list[str] | None = None
    """Labels that it has, beside others."""
    no_tags: list[str] | None = None
    """Labels that it has not."""
    fields: dict[str, Any] = Field(default={})
    """Name of a field of the target -> its value; of a cascade its path (`Hardware::Router`)."""
    newly_visible: int | None = Field(default=None, ge=0, le=1_000_000_000)
    """For how many reasons more people see it than today."""
    findings: list[str] | None = None
    """Codes of findings that it gives, beside others."""
    no_findings: list[str] | None = None
    dispositions: dict[
        str, Literal["carried", "transformed", "kept_in_provenance", "dropped_by_rule", "unsupported"]
    ] = Field(default={})
    """Value of the source (`fields.serial`, `subject`) -> what becomes of it."""


class MappingExample(Part):
    """A test of the mapping: `ticketferry mapping test` runs them all. No plan depends on them."""

    name: str = Field(min_length=1)
    given: Given
    expect: Expect

    @model_validator(mode="after")
    def _asks(self) -> "MappingExample":
        if not self.expect.model_fields_set:
            raise fault("`expect` is empty: a test that expects nothing cannot fail")
        return self
