"""Where in Jira an administrator makes by hand what a mapping names and no plan makes.

The pages of the settings keep the addresses that Jira has had for long; those of a project are where its settings lead.
"""

__all__ = ["admin_pages"]

_PAGES = {
    "field": "/secure/admin/ViewCustomFields.jspa",
    "option": "/secure/admin/ViewCustomFields.jspa",
    "status": "/secure/admin/workflows/ListWorkflows.jspa",
    "priority": "/secure/admin/ViewPriorities.jspa",
    "resolution": "/secure/admin/ViewResolutions.jspa",
    "link type": "/secure/admin/ViewLinkTypes!default.jspa",
    "issue type": "/secure/admin/ViewIssueTypes.jspa",
    "type": "/secure/admin/ViewIssueTypes.jspa",
    "security level": "/secure/admin/ViewIssueSecuritySchemes.jspa",
    "request type": "/jira/servicedesk/projects/{project}/settings/request-types",
    "component": "/projects/{project}?selectedItem=com.atlassian.jira.jira-projects-plugin:components-page",
    "project": "/secure/project/ViewProjects.jspa",
}
"""Kind of entry -> path. A status is of use only in a workflow: that is where one is added."""


def admin_pages(url: str) -> dict[str, str]:
    """Return kind of entry -> address on a site."""
    return {kind: f"{url}{path}" for kind, path in _PAGES.items()}
