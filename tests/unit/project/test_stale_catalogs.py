"""When a plan is stale for what the target defines: before it began for any change, afterwards not for what it made, nor for a new tag."""

from types import SimpleNamespace

import pytest

from ticketferry.errors import StalePlanError
from ticketferry.project.refusals import refuse_catalog
from ticketferry.schema.records import digest

OLD = {"desk": "d", "native": {"tags": {"1": "vpn"}, "contexts": {"10": {"required": True}}, "zone": "UTC"}}


def refuse(fresh, *, begun):
    plan = SimpleNamespace(
        id="p-01", header={"kind": "apply", "inputs": {"catalog": digest(OLD).hex()}}, changes=lambda where: iter(())
    )  # fmt: skip
    planning = SimpleNamespace(read_catalog=OLD, definitions={})
    refuse_catalog(SimpleNamespace(catalog=lambda: fresh), plan, planning, begun=begun)


def with_native(**tables):
    return {**OLD, "native": {**OLD["native"], **tables}}


def test_the_same_catalog_is_never_stale():
    refuse(dict(OLD), begun=False)
    refuse(dict(OLD), begun=True)


def test_a_tag_that_is_new_stops_no_run_that_has_begun():
    """The plan itself made it, or somebody at work did: nothing that was compiled says otherwise."""
    fresh = with_native(tags={"1": "vpn", "2": "made by the plan"})
    refuse(fresh, begun=True)
    with pytest.raises(StalePlanError, match="native"):
        refuse(fresh, begun=False)


@pytest.mark.parametrize(
    "tables",
    [
        {"tags": {"1": "renamed"}},
        {"tags": {}},
        {"contexts": {"10": {"required": True}, "11": {"required": True}}},
        {"zone": "Europe/Zurich"},
        {"more": {"1": "a table that was not there"}},
    ],
)
def test_what_changed_what_the_plan_relies_on_stops_a_run_that_has_begun_too(tables):
    with pytest.raises(StalePlanError, match="native"):
        refuse(with_native(**tables), begun=True)
