"""A desk that refuses what a whole command needs: what is missing and what to do, where no record is to blame."""

from ticketferry.errors import AuthError, FatalError, FerryError, RejectedError

__all__ = ["desk_refuses"]


def desk_refuses(error: RejectedError, desk: str) -> FerryError:
    """Return what a refusal means that no record explains: AuthError for 401 and 403, else FatalError, each with a next step.

    `desk`: its address. The words of the desk stay in the message; the status tells what to do [RFC 9110, 15.5].
    """
    asked = error.where or desk
    if not error.status:
        return FatalError(
            error.message, where=asked, remedy=error.remedy or "Run the command again; it goes on."
        )
    message = f"the desk refuses what this command needs ({error.status}): {error.message}"
    if error.status in (401, 403):
        return AuthError(
            message,
            where=asked,
            remedy=error.remedy
            or "The account or its token lacks the right to this, or the desk lets in certain addresses only (allow-list, VPN)."
            f"\n  Give the right in the desk, or use another account: `ticketferry check` names what is needed at {desk}.",
        )
    if error.status == 402:
        remedy = "The account's subscription does not cover this, or it is unpaid or at its end: its owner sees to it in the desk."
    elif error.status in (404, 410):
        remedy = "Check the address in migration.yaml: there is no such thing at this desk, or the account may not see it."
    else:
        remedy = "Is a proxy or a firewall between here and the desk? Ask who keeps it to let these requests through."
    return FatalError(
        message, where=asked, remedy=error.remedy or f"{remedy}\n  Then run the command again; it goes on."
    )
