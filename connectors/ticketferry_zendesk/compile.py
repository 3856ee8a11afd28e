"""A change of one root record as operations: the pure entry point of the target."""

from ticketferry.sdk import Change, Compiled, Expected, Kind, Outcome, Record, Session, parse_ref
from ticketferry_zendesk.compile_case import compile_case, expected_case
from ticketferry_zendesk.compile_definitions import compile_definition, expected_definition
from ticketferry_zendesk.compile_organizations import (
    compile_group,
    compile_organization,
    expected_group,
    expected_organization,
)
from ticketferry_zendesk.compile_people import compile_person, expected_person
from ticketferry_zendesk.compile_update import compile_update
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.site_index import ZendeskCatalogIndex

__all__ = ["compile_change", "expected_of"]


def expected_of(
    desired: Record, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
) -> Expected:
    """Say what reading gives where a record was written."""
    match parse_ref(desired["ref"]).kind:
        case Kind.PERSON:
            return expected_person(desired, site, session)
        case Kind.ORGANIZATION:
            return expected_organization(desired, site, session)
        case Kind.GROUP:
            return expected_group(desired)
        case Kind.DEFINITION:
            return expected_definition(desired, site)
    return expected_case(desired, site, session, options)


def compile_change(
    change: Change, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
) -> Compiled:
    """Compile a change; the same change, catalog, session and options give the same operations."""
    if change.desired is None:
        return Compiled((), None)
    match parse_ref(change.desired["ref"]).kind:
        case Kind.PERSON:
            return compile_person(change, site, session, options)
        case Kind.ORGANIZATION:
            return compile_organization(change, site, session)
        case Kind.GROUP:
            return compile_group(change)
        case Kind.DEFINITION:
            return compile_definition(change, site)
    if change.outcome is Outcome.MATCH:
        return Compiled((), {"ref": change.desired["ref"]})
    if change.outcome is Outcome.UPDATE:
        return compile_update(change, site, session, options)
    return compile_case(change, site, session, options)
