"""The site as one caller sees it: times in the caller's zone, people with what they show of themselves, organizations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ticketferry_emulators.jsm.models.records import JiraAccount, JiraOrganization
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.models.times import write_time
from ticketferry_emulators.kit.messages import Call

__all__ = ["AVATARS", "Viewer"]

AVATARS = dict.fromkeys(("48x48", "24x24", "16x16", "32x32"), "https://avatar.example/initials/TF-0.png")


class Viewer:
    """The site as one caller sees it."""

    def __init__(self, state: SiteState, base_url: str, account: JiraAccount) -> None:
        self.state = state
        self.base = base_url
        self.account = account
        self.zone = ZoneInfo(account.zone)

    @classmethod
    def of(cls, state: SiteState, call: Call) -> Self:
        """Return the site as the caller of this request sees it."""
        return cls(state, state.base_url, state.accounts[call.account or ""])

    # --- times

    def time(self, seconds: float | None) -> str | None:
        """Return a time as the platform writes it: milliseconds, offset without a colon, the caller's zone."""
        return None if seconds is None else write_time(seconds, self.zone)

    def date_dto(self, seconds: float) -> dict[str, Any]:
        """Return a time as the service desk API writes it."""
        at = datetime.fromtimestamp(seconds, UTC).astimezone(self.zone)
        return {
            "iso8601": f"{at:%Y-%m-%dT%H:%M:%S%z}",
            "jira": self.time(seconds),
            "friendly": f"{at:%d/%b/%y %I:%M %p}",
            "epochMillis": round(seconds * 1000),
        }

    # --- people

    def _shows_email(self, account: JiraAccount) -> bool:
        return bool(account.email) and (not account.hidden_email or account.id == self.account.id)

    def user(self, account_id: str | None) -> dict[str, Any] | None:
        """Return a user as the platform writes it; hidden e-mail addresses are left out."""
        if account_id is None:
            return None
        account = self.state.accounts[account_id]
        user: dict[str, Any] = {
            "self": f"{self.base}/rest/api/3/user?accountId={quote(account.id, safe='')}",
            "accountId": account.id,
        }
        if self._shows_email(account):
            user["emailAddress"] = account.email
        user |= {
            "avatarUrls": AVATARS,
            "displayName": account.name,
            "active": account.active,
            "timeZone": account.zone,
            "accountType": account.kind,
        }
        return user

    def user_dto(self, account_id: str) -> dict[str, Any]:
        """Return a user as the service desk API writes it."""
        account = self.state.accounts[account_id]
        rest = f"{self.base}/rest/api/2/user?accountId={quote(account.id, safe='')}"
        dto: dict[str, Any] = {
            "accountId": account.id,
            "displayName": account.name,
            "active": account.active,
            "timeZone": account.zone,
            "_links": {"jiraRest": rest, "avatarUrls": AVATARS, "self": rest},
        }
        if self._shows_email(account):
            dto["emailAddress"] = account.email
        return dto

    def organization(self, organization: JiraOrganization) -> dict[str, Any]:
        """Return an organization as the service desk API writes it."""
        return {
            "id": organization.id,
            "uuid": organization.uuid,
            "name": organization.name,
            "created": self.date_dto(organization.created),
            "scimManaged": False,
            "_links": {"self": f"{self.base}/rest/servicedeskapi/organization/{organization.id}"},
        }
