"""What a user can set for a desk: a pydantic model from which flags, environment names and docs come."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

__all__ = ["Options", "SecretStr", "SignIn", "mail_address", "secret_fields", "web_address"]


class SignIn(NamedTuple):
    """A way of signing in that a vendor offers: its short name, what it is in words, and the options that it needs."""

    name: str
    title: str
    needs: tuple[str, ...]


class Options(BaseModel):
    """Base of every connector's options. Secrets are `SecretStr` and stand in migration.yaml only as `env:NAME` or `keyring:service/user`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    file_hosts: tuple[str, ...] = ()
    """Hosts inside of your own network (loopback, private, link-local) from which files of the desk may be fetched; others are
    refused there, whatever an answer of the desk says."""

    shapes: ClassVar[frozenset[str]] = frozenset()
    """Fields that change what a target's `compile` gives: their values are part of every plan's inputs. Never a secret."""

    stands_in: ClassVar[tuple[str, ...]] = ()
    """Fields that name an account which asks where the requester cannot."""
    service_desks: ClassVar[str] = ""
    """The field that names which service desks of the site take part (empty list: all); empty for a product that has one only."""
    address: ClassVar[tuple[str, ...]] = ()
    """Fields that say where the desk is; a person is asked for one answer (`placed`)."""
    sign_ins: ClassVar[tuple[SignIn, ...]] = ()
    """Ways of signing in, the advised one first."""

    @classmethod
    def placed(cls, text: str) -> dict[str, str]:
        """Return the options that an address means, as a person typed it: of the product or of a stand-in on this machine."""
        return {cls.address[0]: text.strip()}

    def shape(self) -> str:
        """Return the values of `shapes` that differ from their defaults, as `name=value` in order; empty where none does."""
        fields = type(self).model_fields
        values = (
            f"{name}={getattr(self, name)}"
            for name in sorted(self.shapes)
            if getattr(self, name) != fields[name].get_default(call_default_factory=True)
        )
        return ",".join(values)

    def where(self) -> str:
        """Return the desk's address for messages and reports; never a secret."""
        return ""


def web_address(
    example: str, words: str = "", known: Mapping[str, str] = MappingProxyType({}), *, empty: bool = False
) -> Callable[[str], str]:
    """Return what checks an address that a person wrote, for `field_validator`: without a slash at its end, its scheme in small letters.

    `known`: short names of addresses, which `words` tells ("us, eu or "). `empty`: it may be none. The check raises ValueError.
    """

    def checked(value: str) -> str:
        value = value.strip()
        value = known.get(value.lower(), urlsplit(value).geturl().rstrip("/"))
        parts = urlsplit(value)
        fits = parts.scheme in ("https", "http") and parts.netloc and not parts.query
        if (value or not empty) and (not fits or "@" in parts.netloc or " " in value):
            msg = f"write {words}the whole address, such as {example}"
            raise ValueError(msg)
        return value

    return checked


def mail_address(whose: str) -> Callable[[str], str]:
    """Return what checks the address of an account, for `field_validator`: `me@acme.com` alone, nothing behind it. `whose`: in words."""

    def checked(value: str) -> str:
        if value and ("@" not in value or " " in value or value.endswith("/token")):
            msg = f"email is {whose}'s address alone, such as me@acme.com"
            raise ValueError(msg)
        return value

    return checked


def secret_fields(options: type[Options]) -> frozenset[str]:
    """Return the names of the fields that hold secrets."""
    return frozenset(name for name, info in options.model_fields.items() if _is_secret(info.annotation))


def _is_secret(annotation: Any) -> bool:
    if annotation is SecretStr:
        return True
    return any(_is_secret(item) for item in getattr(annotation, "__args__", ()))
