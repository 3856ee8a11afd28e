"""Accounts and organizations that an earlier plan made, that are gone from the target, and that what is planned would still be written under."""

from collections.abc import Iterator

from ticketferry.mapping.codes import finding
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.schema.refs import Kind
from ticketferry.sdk.contract import Finding

__all__ = ["gone_accounts"]

_KINDS = (Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP)


def gone_accounts(writer: PlanWriter) -> Iterator[Finding]:
    """Yield a blocker for each person, organization or group that the plan counts as gone and that a write of another record names.

    Their ids are known to nobody any more, or are somebody else's by now: such writes are refused, or stand under another name.
    `count`: records of the plan that name it.
    """
    for root, records in writer.gone_yet_wanted([kind.value for kind in _KINDS]):
        yield finding(
            "P329",
            root,
            "people",
            "it is gone from the target, and records of this plan would be written under it or into it",
            "Make one in the target that fits (of a person: an account with the same address; of an organization: one of the same name) or put"
            " it back, and plan again: it is matched.",
            records,
        )
