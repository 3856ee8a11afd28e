"""When two names are one for Jira."""

from ticketferry.sdk import NameKind, folded_name

__all__ = ["name_key"]

_ASCII_LOWER = {number: number + 32 for number in range(65, 91)}


def name_key(kind: NameKind, name: str) -> str:
    """Return what Jira compares.

    `POST /organization` answers with the organization that bears the name already [field notes]; whether letters and blanks count is not
    documented, so that they do not here. A customer's address is unique among all accounts, of any case (`POST /customer` 409 [S]).
    Fields and options are found by their names, of any case; an account has no external id.
    """
    if kind == "user":
        return name.strip().translate(_ASCII_LOWER)
    if kind == "issue_key":
        return name.upper()
    return "" if kind == "user_id" else folded_name(name)
