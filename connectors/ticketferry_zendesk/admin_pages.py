"""Where in Zendesk's Admin Center an administrator makes by hand what a mapping names and no plan makes."""

__all__ = ["admin_pages"]

_PAGES = {
    "field": "/admin/objects-rules/tickets/ticket-fields",
    "option": "/admin/objects-rules/tickets/ticket-fields",
    "status": "/admin/objects-rules/tickets/ticket_statuses",
    "form": "/admin/objects-rules/tickets/ticket-forms",
    "group": "/admin/people/team/groups",
    "brand": "/admin/account/brand_management/brands",
}
"""Kind of entry -> path."""


def admin_pages(url: str) -> dict[str, str]:
    """Return kind of entry -> address in an account."""
    return {kind: f"{url}{path}" for kind, path in _PAGES.items()}
