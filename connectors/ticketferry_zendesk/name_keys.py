"""When two names are one for Zendesk."""

from ticketferry.sdk import NameKind, folded_name

__all__ = ["name_key"]

_ASCII_LOWER = {number: number + 32 for number in range(65, 91)}


def name_key(kind: NameKind, name: str) -> str:
    """Return what Zendesk compares.

    Names of organizations are unique, external ids and addresses too, without regard to case [OAS OrganizationObject, UserObject]. Of
    groups and fields several may bear one name, which nobody could tell apart; tags of options are unique in small letters.
    """
    if kind == "user":
        return name.strip().translate(_ASCII_LOWER)
    if kind == "user_id":
        return name.strip().casefold()
    return folded_name(name)
