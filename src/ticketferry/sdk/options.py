"""What a user can set for a desk: a pydantic model from which flags, environment names and docs come."""

from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

__all__ = ["Options", "SecretStr", "secret_fields"]


class Options(BaseModel):
    """Base of every connector's options. Secrets are `SecretStr` and stand in migration.yaml only as `env:NAME` or `keyring:service/user`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

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
