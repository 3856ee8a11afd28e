"""What a plan may add to a target's set-up: a field, an option of a field, a status, a component of a project."""

from typing import Literal, NotRequired, Required

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from ticketferry.schema.catalog import FieldOption
from ticketferry.schema.refs import Json, RefText

__all__ = ["Definition"]


@with_config(ConfigDict(extra="forbid", use_attribute_docstrings=True))
class Definition(TypedDict, total=False):
    """One entry of the set-up. Its `ref` is of the source desk's, like that of all that a migration makes."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    what: Required[Literal["field", "option", "status", "component"]]
    name: Required[str]
    """How people read it."""
    of: str
    """Kind of record that a field belongs to; absent: tickets."""
    type: str
    """Type of a field, as in `FieldDef`."""
    options: list[FieldOption]
    """Choices of a new field, without ids."""
    field: str
    """Name of the field that an option is added to."""
    value: str
    """How records hold an option."""
    stage: str
    """Stage of a status."""
    project: str
    """Key of the project that a component belongs to."""
    projects: list[str]
    """Keys of the projects whose tickets get a field."""
    native: dict[str, Json]
    provenance: dict[str, Json]
