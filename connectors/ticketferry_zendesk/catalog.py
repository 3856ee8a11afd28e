"""What the account defines, from the rows of its set-up endpoints to a neutral catalog."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from ticketferry.sdk import (
    Catalog,
    FieldDef,
    FieldOption,
    FormDef,
    GroupDef,
    Named,
    SlaDef,
    SlaTarget,
    Stage,
    StatusDef,
    SupportAddress,
)
from ticketferry_zendesk.names import slugs
from ticketferry_zendesk.wire import Row

__all__ = ["STAGES", "SYSTEM_STATUSES", "build"]

STAGES: dict[str, Stage] = {
    "new": Stage.NEW,
    "open": Stage.IN_PROGRESS,
    "pending": Stage.PENDING_CUSTOMER,
    "hold": Stage.ON_HOLD,
    "solved": Stage.RESOLVED,
    "closed": Stage.CLOSED,
    "deleted": Stage.DELETED,
}
"""Status (category) -> stage."""
SYSTEM_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_TYPES = {
    "tagger": "select",
    "dropdown": "select",
    "partialcreditcard": "card",
}
_DEFAULT_NAMES = {
    "priority": ("low", "normal", "high", "urgent"),
    "tickettype": ("question", "incident", "problem", "task"),
}


def build(desk: str, url: str, rows: dict[str, list[Row]]) -> Catalog:
    """Return the catalog; `rows` holds each endpoint's rows by the name of its list. A missing list is an empty one."""
    fields = rows.get("ticket_fields", [])
    own = [row for row in fields if row.get("removable", True)]
    keys = slugs((str(row["id"]), str(row.get("title") or row.get("raw_title") or "")) for row in own)
    statuses = rows.get("custom_statuses", [])
    brands = {str(row["id"]): str(row.get("name") or row["id"]) for row in rows.get("brands", [])}
    return Catalog(
        desk=desk,
        product="zendesk",
        url=url,
        hosts=_hosts(url, rows.get("brands", [])),
        statuses=_statuses(statuses),
        priorities=_system(fields, "priority"),
        types=_system(fields, "tickettype"),
        fields=[
            *(_field(row, keys[str(row["id"])], "ticket") for row in own),
            *(_field(row, str(row.get("key") or row["id"]), "person") for row in rows.get("user_fields", [])),
            *(
                _field(row, str(row.get("key") or row["id"]), "organization")
                for row in rows.get("organization_fields", [])
            ),
        ],
        forms=[_form(row, keys) for row in rows.get("ticket_forms", [])],
        groups=[_group(row) for row in rows.get("groups", []) if not row.get("deleted")],
        brands=[_named(row, "name") for row in rows.get("brands", []) if not row.get("is_deleted")],
        support_addresses=[_address(row, brands) for row in rows.get("recipient_addresses", [])],
        sla_policies=[_sla(row) for row in rows.get("sla_policies", [])],
        link_types=[Named(id=name, name=name) for name in ("problem", "follow_up", "merged")],
        native={
            "status_categories": {str(row["id"]): str(row.get("status_category")) for row in statuses},
            "checkbox_tags": {str(row["id"]): str(row["tag"]) for row in own if row.get("tag")},
            "lists": {key: len(found) for key, found in sorted(rows.items()) if found},
        },
    )


def _statuses(rows: Iterable[Row]) -> list[StatusDef]:
    """The system's statuses, and custom ones that are not their category's own, named `custom:LABEL`."""
    found = [
        StatusDef(id=name, name=name, stage=STAGES[name].value, category=name, active=True)
        for name in SYSTEM_STATUSES
    ]
    for row in rows:
        if row.get("default"):
            continue
        category = str(row.get("status_category"))
        label = row.get("agent_label") or row.get("raw_agent_label") or row["id"]
        found.append(
            StatusDef(
                id=str(row["id"]),
                name=f"custom:{label}",
                stage=STAGES.get(category, Stage.IN_PROGRESS).value,
                category=category,
                active=bool(row.get("active", True)),
            )
        )
    return found


def _system(fields: Iterable[Row], kind: str) -> list[Named]:
    """Values of a system field; those of the product where the account's are not told."""
    for row in fields:
        options = row.get("system_field_options")
        if row.get("type") == kind and options:
            return [Named(id=str(option["value"]), name=str(option["value"])) for option in options]
    return [Named(id=name, name=name) for name in _DEFAULT_NAMES[kind]]


def _field(row: Row, key: str, of: str) -> FieldDef:
    kind = str(row.get("type"))
    field = FieldDef(
        id=str(row["id"]),
        key=key,
        name=str(row.get("title") or row.get("raw_title") or key),
        type=_TYPES.get(kind, kind),
        of=of,
        required=bool(row.get("required", False)),
        active=bool(row.get("active", True)),
    )
    if row.get("type") == "regexp" and row.get("regexp_for_validation"):
        field["pattern"] = str(row["regexp_for_validation"])
    if row.get("custom_field_options"):
        field["options"] = [_option(option) for option in row["custom_field_options"]]
    return field


def _option(row: Row) -> FieldOption:
    option = FieldOption(
        value=str(row["value"]), name=str(row.get("name") or row.get("raw_name") or row["value"])
    )
    if row.get("id") is not None:
        option["id"] = str(row["id"])
    return option


def _form(row: Row, keys: dict[str, str]) -> FormDef:
    return FormDef(
        id=str(row["id"]),
        name=str(row.get("name") or row.get("raw_name") or row["id"]),
        fields=[keys[str(id_)] for id_ in row.get("ticket_field_ids") or () if str(id_) in keys],
        active=bool(row.get("active", True)),
    )


def _group(row: Row) -> GroupDef:
    return GroupDef(
        id=str(row["id"]), name=str(row.get("name") or row["id"]), restricted=row.get("is_public") is False
    )


def _hosts(url: str, brands: Iterable[Row]) -> list[str]:
    """Return the hosts of all brands, those of deleted ones too: old texts name them. `host_mapping` is a brand's own host."""
    found: set[str] = set()
    for row in brands:
        for text in (row.get("brand_url"), row.get("host_mapping")):
            host = urlsplit(text if "//" in str(text) else f"//{text}").hostname if text else None
            if host:
                found.add(host.casefold())
    return sorted(found - {(urlsplit(url).hostname or "").casefold()})


def _address(row: Row, brands: dict[str, str]) -> SupportAddress:
    """A support address with what must be true for mail to come and go [OAS SupportAddressObject]."""
    address = SupportAddress(id=str(row["id"]), name=str(row.get("email") or row["id"]))
    if isinstance(row.get("default"), bool):
        address["default"] = row["default"]
    brand = brands.get(str(row.get("brand_id")))
    if brand:
        address["brand"] = brand
    if row.get("forwarding_status"):
        address["forwarding"] = str(row["forwarding_status"])
    if row.get("spf_status"):
        address["spf"] = str(row["spf_status"])
    if row.get("domain_verification_status"):
        address["domain"] = str(row["domain_verification_status"])
    return address


def _sla(row: Row) -> SlaDef:
    """An SLA policy with its targets, and its filter in words [OAS SLAPolicyObject]."""
    policy = SlaDef(id=str(row["id"]), name=str(row.get("title") or row["id"]))
    targets: list[SlaTarget] = []
    for metric in row.get("policy_metrics") or ():
        target = SlaTarget(metric=str(metric.get("metric")))
        if metric.get("priority"):
            target["priority"] = str(metric["priority"])
        if isinstance(metric.get("target"), int):
            target["minutes"] = metric["target"]
        if isinstance(metric.get("business_hours"), bool):
            target["business_hours"] = metric["business_hours"]
        targets.append(target)
    if targets:
        policy["targets"] = targets
    held = row.get("filter") or {}
    words = [
        " ".join(str(one.get(key)) for key in ("field", "operator", "value")) for one in held.get("all") or ()
    ]
    words += [
        "any: " + " ".join(str(one.get(key)) for key in ("field", "operator", "value"))
        for one in held.get("any") or ()
    ]
    if words:
        policy["conditions"] = words
    return policy


def _named(row: Row, key: str) -> Named:
    named = Named(id=str(row["id"]), name=str(row.get(key) or row["id"]))
    if isinstance(row.get("active"), bool):
        named["active"] = row["active"]
    return named
