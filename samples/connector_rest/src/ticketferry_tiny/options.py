"""What a user sets for a desk at Tiny."""

from typing import ClassVar

from ticketferry.sdk import Options, SecretStr, SignIn

__all__ = ["TinyOptions"]


class TinyOptions(Options):
    """Options of the Tiny connector."""

    base_url: str
    """Address of the desk (`https://acme.tiny.example`)."""
    token: SecretStr
    """API token of an admin."""

    address: ClassVar[tuple[str, ...]] = ("base_url",)
    sign_ins: ClassVar[tuple[SignIn, ...]] = (SignIn("token", "API token of an admin", ("token",)),)

    def where(self) -> str:
        """Return the desk's address."""
        return self.base_url.rstrip("/")
