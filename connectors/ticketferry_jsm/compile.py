"""A change of one root record as operations: the pure entry point of the target."""

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    Kind,
    Outcome,
    Record,
    Session,
    UnsupportedError,
    parse_ref,
)

from .compile_case import compile_case, expected_case
from .compile_definitions import compile_definition, expected_definition
from .compile_import import compile_import, compile_import_update, expected_import
from .compile_people import compile_organization, compile_person, expected_organization, expected_person
from .compile_update import compile_update
from .field_keys import with_field_keys
from .import_way import IMPORT_FILE
from .site_index import JiraCatalogIndex

__all__ = ["compile_change", "expected_of"]


def expected_of(desired: Record, site: JiraCatalogIndex, session: Session, way: str) -> Expected:
    """Say what reading gives where a record was written. Raises UnsupportedError for a group."""
    match parse_ref(desired["ref"]).kind:
        case Kind.TICKET:
            of_way = expected_import if way == IMPORT_FILE else expected_case
            return of_way(desired, site, session)
        case Kind.PERSON:
            return expected_person(desired, session.workspace)
        case Kind.ORGANIZATION:
            return expected_organization(desired, session.workspace)
        case Kind.DEFINITION:
            return expected_definition(desired, site)
    raise _no_teams(desired)


def compile_change(change: Change, site: JiraCatalogIndex, session: Session) -> Compiled:
    """Compile a change; the same change, catalog and session give the same operations.

    Raises UnsupportedError for a group.
    """
    if change.desired is None:
        return Compiled((), None)
    kind = parse_ref(change.desired["ref"]).kind
    if kind is Kind.TICKET and change.outcome is Outcome.MATCH:
        return Compiled((), {"ref": change.desired["ref"]})
    if kind is Kind.TICKET and change.way == IMPORT_FILE:
        return with_field_keys(
            compile_import_update(change, site, session)
            if change.outcome is Outcome.UPDATE
            else compile_import(change, site, session)
        )
    if kind is Kind.TICKET:
        return with_field_keys(
            compile_update(change, site, session)
            if change.outcome is Outcome.UPDATE
            else compile_case(change, site, session)
        )
    if kind is Kind.PERSON:
        return compile_person(change, site, session.workspace)
    if kind is Kind.ORGANIZATION:
        return compile_organization(change, site, session.workspace)
    if kind is Kind.DEFINITION:
        return compile_definition(change, site)
    raise _no_teams(change.desired)


def _no_teams(desired: Record) -> UnsupportedError:
    return UnsupportedError(
        "teams are not written: tickets carry them as components or security levels",
        where=desired["ref"],
        remedy="Say in the mapping's section groups what their tickets get.",
    )
