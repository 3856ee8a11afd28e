"""migration.yaml: the two desks, the mapping, the pace. Every error with file:line:column; secrets by reference only."""

import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from ticketferry.errors import ConfigError, UnsupportedError
from ticketferry.mapping.yaml_document import Document, read
from ticketferry.project.config_figures import HealthConfig, KpiConfig, read_health, read_kpi
from ticketferry.registry import connector as find_connector
from ticketferry.sdk.contract import Connector
from ticketferry.sdk.options import Options, secret_fields
from ticketferry.sdk.secrets import remember

__all__ = ["FILE", "Config", "DeskConfig", "load_config"]

FILE = "migration.yaml"
_KEY = re.compile(r"[a-z][a-z0-9-]{0,29}\Z")
REFERENCE = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|keyring:[^/\s]+/\S+)\Z")
_TOP = ("version", "source", "target", "mapping", "pace", "workers", "kpi", "health", "approval")
_LATER = ("environments", "windows", "on_event", "service_desks")
MOST_WORKERS = 64
NAMED = 5
"""Folders with a migration that are named."""


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """One desk: its connector, its key (part of every mark, fixed at the first extract) and its options as written."""

    role: str
    connector: Connector
    key: str
    values: dict[str, Any]
    document: Document

    def options(self, *, offline: bool = False) -> Options:
        """Build the connector's options with secrets filled in. Raises ConfigError naming the place and the missing secret.

        `offline`: secrets stay empty, since nothing will talk to the desk.
        """
        values: dict[str, Any] = {}
        secrets = secret_fields(self.connector.options)
        for name, value in self.values.items():
            values[name] = value
            if name in secrets and value is not None:
                where = self.document.at((self.role, name))
                values[name] = SecretStr("" if offline else _secret(str(value), where))
        try:
            return self.connector.options.model_validate(values)
        except ValidationError as error:
            problems = []
            for item in error.errors():
                name = str(item["loc"][0]) if item["loc"] else ""
                where = self.document.at((self.role, name) if name in self.values else (self.role,))
                hint = (
                    _close(name, list(self.connector.options.model_fields))
                    if item["type"] == "extra_forbidden"
                    else ""
                )
                fault = _FAULTS.get(item["type"], item["msg"].removeprefix("Value error, "))
                problems.append(f"{where}: {self.role}.{name or self.connector.name}: {fault}{hint}")
            raise ConfigError(
                "the desk is not described rightly:\n  " + "\n  ".join(problems),
                remedy=f"`ticketferry connectors {self.connector.name}` lists its options.",
            ) from None

    def keep_secret(self, name: str, value: str) -> bool:
        """Write a secret that the desk has replaced to where migration.yaml names it; False where that cannot be written.

        Only a keyring can: an environment variable belongs to the shell that started us.
        """
        reference = str(self.values.get(name, ""))
        if not reference.startswith("keyring:"):
            return False
        service, _, user = reference.removeprefix("keyring:").partition("/")
        try:
            import keyring
            from keyring.errors import KeyringError
        except ImportError:
            return False
        try:
            keyring.set_password(service, user, value)
        except KeyringError:
            return False
        return True

    @property
    def where(self) -> str:
        """Return the desk's address for messages, empty where its options are wrong."""
        try:
            return self.options(offline=True).where()
        except ConfigError:
            return ""


@dataclass(frozen=True, slots=True)
class Config:
    """A read migration.yaml. `root` is the folder that holds it and everything else of the project."""

    root: Path
    source: DeskConfig
    target: DeskConfig
    mapping: Path
    share: float = 1.0
    workers: int = 8
    document: Document = field(default_factory=lambda: Document(FILE))
    kpi: KpiConfig = field(default_factory=KpiConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    approval: bool = False
    """Whether an apply wants a plan that somebody approved."""


def _elsewhere(root: Path) -> str:
    """Say where a migration is: most often it is a folder of the one that somebody stands in."""
    try:
        below = sorted(path.parent.name for path in root.glob(f"*/{FILE}"))
    except OSError:
        below = []
    if below:
        more = f" (also {', '.join(below[1:NAMED])}{' …' if len(below) > NAMED else ''})" if below[1:] else ""
        return f"There is one in {below[0]}{more}: `cd {below[0]}`, or `ticketferry -C {below[0]} …`."
    return "Go to the folder of your migration, or make one: `ticketferry init NAME`."


def load_config(root: Path) -> Config:
    """Read `root/migration.yaml`. Raises ConfigError with every problem, each with its place."""
    path = root / FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"there is no {FILE} in {root}", remedy=_elsewhere(root)) from None
    except OSError as error:
        raise ConfigError(f"{FILE} cannot be read: {error.strerror}", where=str(path)) from error
    document = read(raw, FILE)
    data = document.data
    if not document.problems and not isinstance(data, dict):
        document.complain((), "the file must hold `source:`, `target:` and `mapping:`")
    if document.problems:
        raise _problems(document)
    for name in data:
        if name in _LATER:
            document.complain((name,), f"`{name}` is not supported by this version")
        elif name not in _TOP:
            document.complain((name,), f"unknown key `{name}`{_close(name, _TOP)}")
    if str(data.get("version", "1")) != "1":
        document.complain(
            ("version",), f"version {data['version']} is not known; this ticketferry reads version 1"
        )
    desks = {role: _desk(role, data.get(role), document) for role in ("source", "target")}
    share = _share(data.get("pace"), document)
    workers = _workers(data.get("workers", "8"), document)
    kpi, health = read_kpi(data.get("kpi"), document), read_health(data.get("health"), document)
    approval = data.get("approval", "optional")
    if approval not in ("required", "optional"):
        document.complain(("approval",), f"`{approval}` is not known here: `required` or `optional`")
    mapping = data.get("mapping", "mapping.yaml")
    if not isinstance(mapping, str):
        document.complain(("mapping",), "`mapping` must be the name of a file")
    source, target = desks["source"], desks["target"]
    if source is not None and target is not None:
        _roles(source, target, document)
    if document.problems or source is None or target is None:
        raise _problems(document)
    return Config(
        root,
        source,
        target,
        root / str(mapping),
        share,
        workers,
        document,
        kpi,
        health,
        approval == "required",
    )


def _problems(document: Document) -> ConfigError:
    count = len(document.problems)
    return ConfigError(
        f"{count} problem{'s' if count != 1 else ''} in {FILE}:\n  " + "\n  ".join(document.problems),
        remedy="Mend the places named above, then run the command again.",
    )


def _desk(role: str, data: Any, document: Document) -> DeskConfig | None:
    if not isinstance(data, dict):
        document.complain((role,), f"`{role}` is missing: it names a connector, a key and the desk's address")
        return None
    values = dict(data)
    name = values.pop("connector", None)
    key = values.pop("key", None)
    if not isinstance(key, str) or not _KEY.match(key):
        document.complain((role, "key"), f"`{role}.key` must be a short slug (a-z, 0-9, -), as in `acme`")
        return None
    try:
        connector = find_connector(str(name))
    except ConfigError as error:
        document.complain((role, "connector"), f"{error.message}. {error.remedy}")
        return None
    secrets = secret_fields(connector.options)
    good = True
    for option, value in values.items():
        if option in secrets and not (isinstance(value, str) and REFERENCE.match(value)):
            document.complain(
                (role, option),
                f"`{role}.{option}` is a secret and must not stand in this file: write env:NAME or keyring:service/user",
            )
            good = False
    return DeskConfig(role, connector, key, values, document) if good else None


def _roles(source: DeskConfig, target: DeskConfig, document: Document) -> None:
    if source.key == target.key:
        document.complain(
            ("target", "key"), f"both desks have the key `{source.key}`; give them different ones"
        )
    if target.connector.target is None:
        document.complain(
            ("target", "connector"), f"the connector `{target.connector.name}` can be a source only"
        )


def _share(pace: Any, document: Document) -> float:
    if pace is None:
        return 1.0
    if not isinstance(pace, dict):
        document.complain(("pace",), "`pace` is written {share: 0.7}")
        return 1.0
    for name in pace:
        if name != "share":
            document.complain(("pace", name), f"`pace.{name}` is not supported by this version")
    try:
        share = float(pace.get("share", "1"))
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:
        document.complain(("pace", "share"), "`pace.share` must be above 0 and at most 1")
        return 1.0
    return share


def _workers(value: Any, document: Document) -> int:
    try:
        workers = int(value)
    except (TypeError, ValueError):
        workers = 0
    if not 1 <= workers <= MOST_WORKERS:
        document.complain(("workers",), f"`workers` must be a whole number from 1 to {MOST_WORKERS}")
        return 1
    return workers


_FAULTS = {
    "extra_forbidden": "there is no such option",
    "missing": "is wanted and not there",
    **dict.fromkeys(
        ("tuple_type", "list_type", "set_type", "frozen_set_type"), "takes a list, as in `[one, two]`"
    ),
    "string_type": "takes a text",
    "bool_type": "takes `true` or `false`",
    "bool_parsing": "takes `true` or `false`",
    "int_type": "takes a whole number",
    "int_parsing": "takes a whole number",
}
"""What a fault of an option is called, by pydantic's name for it."""


def _secret(reference: str, where: str) -> str:
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


def _close(name: str, known: Any) -> str:
    matches = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{matches[0]}`?" if matches else ""
