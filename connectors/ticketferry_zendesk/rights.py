"""Which rights the credentials lack, and what each lack costs: every list is asked for one record."""

from collections.abc import Mapping
from typing import NamedTuple

from ticketferry.sdk import FatalError, Finding, RejectedError
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.options import ZendeskOptions

__all__ = ["PROBES", "missing"]

_ONE: Mapping[str, str | int] = {"page[size]": 1}


class RightProbe(NamedTuple):
    """A request that shows a right. `needed`: without it nothing can be migrated; else `lost` says what will be missing."""

    path: str
    lost: str
    needed: bool = False
    params: Mapping[str, str | int] = _ONE


PROBES: tuple[RightProbe, ...] = (
    RightProbe("/users", "people", needed=True),
    RightProbe("/organizations", "organizations", needed=True),
    RightProbe("/groups", "groups", needed=True),
    RightProbe("/organization_memberships", "who belongs to which organization", needed=True),
    RightProbe("/group_memberships", "who works in which group", needed=True),
    RightProbe("/ticket_fields", "the names of ticket fields", needed=True),
    RightProbe("/user_fields", "the names of people's fields", needed=True),
    RightProbe("/organization_fields", "the names of organizations' fields", needed=True),
    RightProbe("/ticket_forms", "ticket forms"),
    RightProbe("/custom_statuses", "custom statuses", params={}),
    RightProbe("/brands", "the names of brands"),
    RightProbe("/slas/policies", "SLA policies", params={}),
    RightProbe("/recipient_addresses", "support addresses and their forwarding"),
    RightProbe("/satisfaction_ratings", "the reasons of bad ratings"),
    RightProbe("/macros", "macros in the list of what is not moved"),
    RightProbe("/triggers", "triggers in the list of what is not moved"),
    RightProbe("/automations", "automations in the list of what is not moved"),
    RightProbe("/views", "views in the list of what is not moved"),
)


def missing(client: ZendeskClient, options: ZendeskOptions) -> list[Finding]:
    """Ask once for each list; 403 is a matter of role, scope or plan, 404 of the plan only [PROBE 5.5]."""
    found: list[Finding] = []
    where = options.where()
    for probe in PROBES:
        name = probe.path.strip("/")
        try:
            client.get(probe.path, probe.params, endpoint=f"check.{name}")
        except RejectedError as error:
            if error.status not in (403, 404):
                raise
            found.append(_lack(probe, error, where, options))
        except FatalError:
            continue  # an edition of the API without this list: its catalog is empty then
    return found


def _lack(probe: RightProbe, error: RejectedError, where: str, options: ZendeskOptions) -> Finding:
    remedy = "Use the credentials of an admin"
    if options.client_id or options.bearer:
        remedy += " and a token with the whole scope `read`"
    if probe.needed:
        message = f"{probe.path} is refused ({error.message}): {probe.lost} could not be read"
        return Finding.blocker("ZD-RIGHT-001", where, message, remedy + ".")
    if error.status == 404:
        message = f"{probe.path} is not part of this account's plan: {probe.lost} will be missing"
        return Finding.info("ZD-RIGHT-002", where, message)
    message = f"{probe.path} is refused ({error.message}): {probe.lost} will be missing"
    return Finding.loss("ZD-RIGHT-002", where, message, remedy + ".")
