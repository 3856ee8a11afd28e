"""What a user can set for a desk: a pydantic model from which flags, environment names and docs come."""

from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, SecretStr

__all__ = ["Options", "SecretStr", "SignIn", "secret_fields"]


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


def secret_fields(options: type[Options]) -> frozenset[str]:
    """Return the names of the fields that hold secrets."""
    return frozenset(name for name, info in options.model_fields.items() if _is_secret(info.annotation))


def _is_secret(annotation: Any) -> bool:
    if annotation is SecretStr:
        return True
    return any(_is_secret(item) for item in getattr(annotation, "__args__", ()))
