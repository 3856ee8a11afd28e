"""A secret as migration.yaml names it, `env:NAME` or `keyring:service/user`, and its value."""

import os
import re

from ticketferry.errors import ConfigError, UnsupportedError
from ticketferry.sdk.secrets import remember

__all__ = ["REFERENCE", "secret_of"]

REFERENCE = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|keyring:[^/\s]+/\S+)\Z")


def secret_of(reference: str, where: str) -> str:
    """Return the secret that a reference stands for. Raises ConfigError with `where` and what to do for one that is not there,
    UnsupportedError without the package that reads keyrings.
    """
    if reference.startswith("env:"):
        name = reference[4:]
        value = os.environ.get(name, "")
        if not value:
            raise ConfigError(
                f"the environment variable {name} is not set",
                where=where,
                remedy=f"Set it in this shell: export {name}=…",
            )
        remember(value)
        return value
    service, _, user = reference[8:].partition("/")
    try:
        import keyring
    except ImportError:
        raise UnsupportedError(
            "reading secrets from the keyring needs the package keyring",
            where=where,
            remedy="Install it: pip install 'ticketferry[keyring]'",
        ) from None
    value = keyring.get_password(service, user) or ""
    if not value:
        raise ConfigError(
            f"the keyring has no secret {service}/{user}", where=where, remedy=f"keyring set {service} {user}"
        )
    remember(value)
    return value
