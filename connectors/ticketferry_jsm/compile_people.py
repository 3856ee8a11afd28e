"""People and organizations: customers and organizations are made; agents are matched, never made."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import cast

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    From,
    Json,
    Lane,
    Outcome,
    Record,
    Severity,
    Template,
    parse_ref,
    slim,
)
from ticketferry.sdk.room import kept_values, made_to_fit, told_of

from . import marks
from .lane import on_desk
from .site_index import JiraCatalogIndex

__all__ = ["compile_organization", "compile_person", "expected_organization", "expected_person"]

_PERSON = frozenset({"ref", "name", "email", "account", "organizations"})
_ORGANIZATION = frozenset({"ref", "name"})
_NAME = 200


def compile_person(change: Change, site: JiraCatalogIndex, workspace: str) -> Compiled:
    """Compile a person: a customer to make, one that is there and may lack a desk or an organization, or one that moved."""
    desired = change.desired
    assert desired is not None
    lane = Lane(parse_ref(desired["ref"]))
    organizations: list[str] = list(dict.fromkeys(desired.get("organizations", [])))
    if change.outcome is Outcome.MATCH:
        return _matched(change, site, lane, organizations)
    current = change.current or {}
    expected, beside = _described(desired, lane)
    if change.outcome is Outcome.CREATE:
        if not _is_addressed(expected, lane):
            return lane.compiled(None)
        mark = _mark(lane, workspace, beside)
        _create_person(lane, site, expected["name"], expected["email"], mark, organizations)
        return lane.compiled(expected)
    for key in ("name", "email"):
        if key in change.fields and current.get(key) != expected.get(key):
            lane.find(
                "JSM-FIXED",
                Severity.LOSS,
                key,
                f"Jira has no API to change a customer's {key}: it stays as it is",
                "Change it in Jira by hand.",
            )
            expected[key] = current.get(key)
    if "organizations" in change.fields:
        _memberships(lane, organizations, current.get("organizations", []), look=True)
    return lane.compiled(slim(expected))


def expected_person(desired: Record, workspace: str) -> Expected:
    """Say what reading gives of a customer."""
    lane = Lane(parse_ref(desired["ref"]))
    expected, beside = _described(desired, lane)
    if not _is_addressed(expected, lane):
        return lane.expected(None)
    _mark(lane, workspace, beside)
    return lane.expected(expected)


def _described(desired: Record, lane: Lane) -> tuple[Record, dict[str, Json]]:
    """Return what reading gives of a person, and what our mark keeps."""
    email, name = str(desired.get("email", "")).strip(), " ".join(str(desired.get("name", "")).split())
    expected: Record = slim(
        {
            "ref": desired["ref"],
            "name": name or email,
            "email": email,
            "account": "customer",
            "organizations": list(dict.fromkeys(desired.get("organizations", []))),
        }
    )
    lane.carried("email", by="customer")
    lane.carried("name", "account", "organizations", by="customer")
    return expected, _beside(desired, _PERSON, lane)


def _beside(desired: Record, native: frozenset[str], lane: Lane) -> dict[str, Json]:
    beside = {
        key: value for key, value in desired.items() if key not in native and value not in (None, "", [], {})
    }
    lane.kept(*sorted(beside), "ref", by=f"property {marks.SOURCE}")
    return beside


def _is_addressed(expected: Record, lane: Lane) -> bool:
    if "@" in expected.get("email", ""):
        return True
    lane.lost(
        "email",
        "JSM-PERSON",
        "a portal customer needs an e-mail address",
        "Give the person a placeholder in the mapping.",
    )
    return False


def _matched(change: Change, site: JiraCatalogIndex, lane: Lane, organizations: Sequence[str]) -> Compiled:
    desired, current = change.desired or {}, change.current or {}
    expected = slim({"ref": desired["ref"], "organizations": list(organizations)})
    lane.carried("ref", "email", "name", "account", by="the account that is there")
    lane.carried("organizations", by="organization members")
    lane.kept("provenance", by="the account that is there is not marked")
    if current.get("account") == "customer":
        known = str(current.get("native", {}).get("serviceDeskId", ""))
        _desks(lane, [desk for desk in site.desks.values() if desk != known], matched=True)
    _memberships(lane, organizations, current.get("organizations", []), look=True)
    return lane.compiled(expected)


def _create_person(
    lane: Lane,
    site: JiraCatalogIndex,
    name: str,
    email: str,
    mark: dict[str, Template],
    organizations: Sequence[str],
) -> None:
    lane.add("customer.create", f"{lane.root}/create", body={"displayName": name, "email": email})
    params: dict[str, Template] = {"property": marks.SOURCE, "accountId": From(lane.root)}
    lane.add("person.set_property", f"{lane.root}/mark", params=params, body=mark)
    _desks(lane, list(site.desks.values()))
    _memberships(lane, organizations, [])


def _mark(lane: Lane, workspace: str, beside: dict[str, Json]) -> dict[str, Template]:
    """Return the mark, without what does not fit, largest first."""
    kept = dict(beside)

    def pack() -> dict[str, Json] | None:
        mark: dict[str, Json] = {
            "ref": str(lane.root),
            "workspace": workspace,
            **({"record": kept} if kept else {}),
        }
        return mark if marks.fits(mark) or not kept else None

    packed = made_to_fit(
        pack, lambda: kept_values(kept), marks.size_of, told_of(lane, "JSM-PROVENANCE", "the property")
    )
    return cast("dict[str, Template]", packed)


def _desks(lane: Lane, desks: Sequence[str], *, matched: bool = False) -> None:
    for desk in desks:
        body: Template = {"accountIds": [From(lane.root)]}
        # Whether a matched account was on that desk before is not read: taking it back could take away what was there.
        stays = {"stays": "yes"} if matched else {}
        lane.add(
            "customer.add_to_desk", f"{lane.root}/desk/{desk}", params={"desk": desk, **stays}, body=body
        )


def _memberships(lane: Lane, wanted: Sequence[str], there: Sequence[str], *, look: bool = False) -> None:
    """Add to organizations. `look`: the account is not new, so that somebody else may have added it since the target was read."""
    for ref in wanted:
        if ref not in there:
            body: Template = {"accountIds": [From(lane.root)]}
            params: dict[str, Template] = {"organization": From.of(ref)}
            if look:
                params["look"] = "yes"
            lane.add("organization.add_user", f"{lane.root}/member/{ref}", params=params, body=body)
    extra = [ref for ref in there if ref not in wanted]
    if extra:
        lane.find(
            "JSM-MEMBER",
            Severity.DOUBT,
            "organizations",
            f"stays a member of {', '.join(extra)}, which the source does not say (any more), and sees the requests shared with it",
            "Take them out of the organization in Jira by hand, unless somebody there put them in on purpose.",
            count=len(extra),
        )


def _organization_name(told: str, id_: str) -> str:
    """Return a name that Jira takes: one of blanks by its id, a long one cut, with a sign of the whole so that no two become one."""
    if not told:
        return f"Organization {id_}"
    if len(told) <= _NAME:
        return told
    sign = blake2b(told.encode(), digest_size=4).hexdigest()
    return f"{told[: _NAME - len(sign) - 2].rstrip()}… {sign}"[:_NAME]


def compile_organization(change: Change, site: JiraCatalogIndex, workspace: str) -> Compiled:
    """Compile an organization: found by its name or made, marked, and put on every desk."""
    desired = change.desired
    assert desired is not None
    lane = Lane(parse_ref(desired["ref"]))
    name, beside = _named(desired, lane)
    expected: Record = {"ref": desired["ref"], "name": name}
    if change.outcome is Outcome.MATCH:
        _on_desks(lane, site)
        return lane.compiled({"ref": desired["ref"]})
    if change.outcome is Outcome.UPDATE:
        current = change.current or {}
        if "name" in change.fields and current.get("name") != name:
            lane.find(
                "JSM-FIXED",
                Severity.LOSS,
                "name",
                "Jira has no API to rename an organization: it stays as it is",
                "Rename it in Jira by hand.",
            )
            expected["name"] = current.get("name")
        return lane.compiled(expected)
    _tell_name(desired, name, lane)
    lane.add("organization.create", f"{lane.root}/create", body={"name": name})
    params: dict[str, Template] = {"organization": From(lane.root), "property": marks.SOURCE}
    lane.add(
        "organization.set_property", f"{lane.root}/mark", params=params, body=_mark(lane, workspace, beside)
    )
    _on_desks(lane, site)
    return lane.compiled(expected)


def expected_organization(desired: Record, workspace: str) -> Expected:
    """Say what reading gives of an organization."""
    lane = Lane(parse_ref(desired["ref"]))
    name, beside = _named(desired, lane)
    _tell_name(desired, name, lane)
    _mark(lane, workspace, beside)
    return lane.expected({"ref": desired["ref"], "name": name})


def _one_line(desired: Record) -> str:
    return " ".join(str(desired.get("name", "")).split())


def _named(desired: Record, lane: Lane) -> tuple[str, dict[str, Json]]:
    """Return the name that Jira takes, and what our mark keeps."""
    told = _one_line(desired)
    name = _organization_name(told, lane.root.id)
    if name == told:
        lane.carried("name", by="organization")
    else:
        lane.kept("name", by=f"property {marks.SOURCE}")
    beside = _beside(desired, _ORGANIZATION, lane)
    if told and name != told:
        beside["name"] = told
    return name, beside


def _tell_name(desired: Record, name: str, lane: Lane) -> None:
    told = _one_line(desired)
    if name == told:
        return
    lane.find(
        "JSM-ORGANIZATION",
        Severity.REPAIR,
        "name",
        f"a name of an organization has between 1 and {_NAME} characters: it gets {name[:60]!r}"
        + (f" and what follows, {_NAME} characters in all" if told else ""),
        "Name it otherwise in the old desk, or in Jira afterwards.",
    )


def _on_desks(lane: Lane, site: JiraCatalogIndex) -> None:
    for desk in site.desks.values():
        body: Template = {"organizationId": From(lane.root, as_int=True)}
        subject = on_desk(str(lane.root), desk)
        lane.add(
            "organization.add_to_desk",
            f"{lane.root}/desk/{desk}",
            params={"desk": desk},
            body=body,
            subject=subject,
        )
