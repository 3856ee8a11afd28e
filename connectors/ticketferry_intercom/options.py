"""What a user sets for an Intercom workspace."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from ticketferry.sdk import Options, SecretStr, SignIn
from ticketferry.sdk.options import web_address

__all__ = ["HOSTS", "IntercomOptions"]

HOSTS = {"us": "https://api.intercom.io"}
HOSTS |= {name: f"https://api.{name}.intercom.io" for name in ("eu", "au")}
"""Region -> address [OAS servers]; a token works in its workspace's region only."""


class IntercomOptions(Options):
    """Region and token of a workspace, and what of it takes part."""

    base_url: str = HOSTS["us"]
    """Address of the API, or one of `us`, `eu`, `au`: the region of the workspace."""
    token: SecretStr | None = None
    """Access token of an app of the workspace, or an OAuth token."""
    campaigns: bool = False
    """Read also conversations that a campaign, a bot or an automation opened and to which nobody answered."""
    visible: tuple[str, ...] = ()
    """Kinds of parts (`close`, `assignment`) whose texts by teammates customers read in this workspace; in doubt a text is internal."""
    mark_attribute: str = "ticketferry_origin"
    """Conversation attribute of type text that bears our mark: made by hand (Settings > Data > Conversations), no API makes one."""
    attributes: tuple[str, ...] = ()
    """Further conversation attributes that the target may fill; no API of this version lists them, so `check` asks for each."""
    stand_in: str = ""
    """Id of a contact from which conversations of a target start whose requester is a teammate, since only contacts start one, and those
    of which customers never saw anything."""
    page_size: Annotated[int, Field(default=50, ge=1, le=150)]
    """Records a page."""

    address: ClassVar[tuple[str, ...]] = ("base_url",)
    stands_in: ClassVar[tuple[str, ...]] = ("stand_in",)
    shapes: ClassVar[frozenset[str]] = frozenset({"mark_attribute", "attributes", "stand_in"})
    sign_ins: ClassVar[tuple[SignIn, ...]] = (
        SignIn("token", "access token of an app of the workspace", ("token",)),
    )

    _address = field_validator("base_url")(web_address(HOSTS["us"], "us, eu or au, or ", HOSTS))

    @property
    def region(self) -> Literal["US", "EU", "AU", ""]:
        """Region that the address belongs to, as `GET /me` names it; empty for a stand-in."""
        return {HOSTS["us"]: "US", HOSTS["eu"]: "EU", HOSTS["au"]: "AU"}.get(self.base_url, "")  # type: ignore[return-value]

    def where(self) -> str:
        """Return the address of the API."""
        return self.base_url
