"""migration.yaml: the two desks, the mapping, the pace. Every error with file:line:column; secrets by reference only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr, ValidationError

from ticketferry.errors import ConfigError, FerryError
from ticketferry.mapping.yaml_document import Document, read
from ticketferry.project.config_figures import (
    HealthConfig,
    KpiConfig,
    read_health,
    read_kpi,
    read_share,
    read_workers,
)
from ticketferry.project.environments import FOLDER as ENVIRONMENTS
from ticketferry.project.environments import Environment, choose, read_environments, refuse_unnamed, told
from ticketferry.project.event_hooks import EventHook, read_event_hooks
from ticketferry.project.secret_references import REFERENCE, secret_of
from ticketferry.project.service_desks import ServiceDesks, read_service_desks
from ticketferry.project.windows import WriteWindows, read_windows
from ticketferry.registry import connector as find_connector
from ticketferry.sdk.contract import Connector
from ticketferry.sdk.options import Options, secret_fields

__all__ = ["FILE", "Config", "DeskConfig", "environment_names", "load_config"]

FILE = "migration.yaml"
_KEY = re.compile(r"[a-z][a-z0-9-]{0,29}\Z")
_TOP = (
    "version",
    "source",
    "target",
    "mapping",
    "pace",
    "workers",
    "kpi",
    "health",
    "approval",
    "environments",
    "windows",
    "on_event",
    "service_desks",
)
_NO_OPTIONS = ("connector", "key")
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
    environment: Environment | None = None
    elsewhere: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    """Options that the file gives outside of the desk's own part -> where."""

    def place(self, *names: str) -> str:
        """Return where an option stands in the file (`file:line:column`): in the environment where that says another, else at the top."""
        here = self.environment
        if names and names[0] in self.elsewhere:
            return self.document.at(self.elsewhere[names[0]])
        if here is not None and names and names[0] in here.options(self.role):
            return self.document.at((ENVIRONMENTS, here.name, self.role, *names))
        return self.document.at((self.role, *names))

    def options(self, *, offline: bool = False) -> Options:
        """Build the connector's options with secrets filled in. Raises ConfigError naming the place and the missing secret.

        `offline`: secrets stay empty, since nothing will talk to the desk.
        """
        values: dict[str, Any] = {}
        secrets = secret_fields(self.connector.options)
        for name, value in self.values.items():
            values[name] = value
            if name in secrets and value is not None:
                where = self.place(name)
                values[name] = SecretStr("" if offline else secret_of(str(value), where))
        try:
            return self.connector.options.model_validate(values)
        except ValidationError as error:
            problems = []
            for item in error.errors():
                name = str(item["loc"][0]) if item["loc"] else ""
                where = self.place(name) if name in self.values else self.place()
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
    """A read migration.yaml. `root` is the folder of the workspace: the one that holds the file, or that of the environment below it."""

    root: Path
    source: DeskConfig
    target: DeskConfig
    mapping: Path
    share: float = 1.0
    workers: int = 0
    """Writes at the same time; 0: as many as turn out to help."""
    document: Document = field(default_factory=lambda: Document(FILE))
    kpi: KpiConfig = field(default_factory=KpiConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    approval: bool = False
    """Whether an apply wants a plan that somebody approved."""
    environment: Environment | None = None
    """The one that was chosen; None where the file has none."""
    environments: tuple[str, ...] = ()
    """All that the file names."""
    windows: WriteWindows | None = None
    """When writes may happen; None: at any time."""
    hooks: tuple[EventHook, ...] = ()
    """What is told of events, in the order of the file."""

    @property
    def home(self) -> Path:
        """Return the folder that holds migration.yaml, and what else people write."""
        return self.root if self.environment is None else self.root.parent.parent


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


def load_config(root: Path, environment: str | None = None) -> Config:
    """Read `root/migration.yaml`. `environment`: which of those that it names. Raises ConfigError with every problem, each with its place,
    UsageError where it names environments and none of them was said.
    """
    path = root / FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"there is no {FILE} in {root}", remedy=_elsewhere(root)) from None
    except OSError as error:
        raise ConfigError(f"{FILE} cannot be read: {error.strerror}", where=str(path)) from error
    document = read(raw, FILE)
    data = document.data
    if not isinstance(data, dict):
        if not document.problems:
            document.complain((), "the file must hold `source:`, `target:` and `mapping:`")
        raise _problems(document)
    for name in data:
        if name not in _TOP:
            document.complain((name,), f"unknown key `{name}`{_close(name, _TOP)}")
    if str(data.get("version", "1")) != "1":
        document.complain(
            ("version",), f"version {data['version']} is not known; this ticketferry reads version 1"
        )
    known = read_environments(data.get(ENVIRONMENTS), document)
    kpi, health = read_kpi(data.get("kpi"), document), read_health(data.get("health"), document)
    mapping = data.get("mapping", "mapping.yaml")
    if not isinstance(mapping, str):
        document.complain(("mapping",), "`mapping` must be the name of a file")
    each = {one.name if one else "": _desks(data, one, document) for one in (*known.values(),) or (None,)}
    _apart(each, document)
    figures = {name: _figures(data, known.get(name), document) for name in each}
    if document.problems:
        raise _problems(document)
    if not known:
        refuse_unnamed(root, FILE)
    here = choose(known, environment, document)
    name = here.name if here else ""
    source, target = each[name]
    share, workers, approval, windows, hooks = figures[name]
    if source is None or target is None:
        raise _problems(document)
    return Config(
        root / ENVIRONMENTS / name if name else root,
        source,
        target,
        root / str(mapping),
        share,
        workers,
        document,
        kpi,
        health,
        approval,
        here,
        tuple(known),
        windows,
        hooks,
    )


_Desks = tuple[DeskConfig | None, DeskConfig | None]


def _desks(data: dict[str, Any], here: Environment | None, document: Document) -> _Desks:
    """Read both desks as they are in an environment."""
    read = {role: _desk(role, data.get(role), document, here) for role in ("source", "target")}
    connectors = {role: desk.connector for role, desk in read.items() if desk is not None}
    chosen = read_service_desks(*told(data, here, "service_desks"), connectors, document)
    source, target = (_taking_part(desk, chosen, document) for desk in read.values())
    if source is not None and target is not None:
        _roles(source, target, document)
    return source, target


def _taking_part(desk: DeskConfig | None, chosen: ServiceDesks, document: Document) -> DeskConfig | None:
    """Give a desk the option that `service_desks` stands for."""
    if desk is None or desk.role not in chosen:
        return desk
    names, path = chosen[desk.role]
    option = desk.connector.options.service_desks
    if option in desk.values:
        document.complain(
            path, f"`{desk.role}.{option}` ({desk.place(option)}) says the same: leave one of the two out"
        )
    return replace(desk, values=desk.values | {option: names}, elsewhere={option: path})


def _apart(each: Mapping[str, _Desks], document: Document) -> None:
    """Two environments have two targets: what one wrote, the other would take for somebody else's."""
    met: dict[str, str] = {}
    for name, (_, target) in each.items():
        where = target.where if target is not None else ""
        if where and where in met:
            document.complain(
                (ENVIRONMENTS, name),
                f"`{met[where]}` and `{name}` have the same target, {where}: each needs its own",
            )
        met.setdefault(where, name)


class _Figures(NamedTuple):
    share: float
    workers: int
    approval: bool
    windows: WriteWindows | None
    hooks: tuple[EventHook, ...]


def _figures(data: dict[str, Any], here: Environment | None, document: Document) -> _Figures:
    """Read the share of the limits, the workers, whether an approval is wanted, the windows, and what is told of events."""
    usual = "required" if here is not None and here.production else "optional"
    approval, place = told(data, here, "approval", usual)
    if approval not in ("required", "optional"):
        document.complain(place, f"`{approval}` is not known here: `required` or `optional`")
    return _Figures(
        read_share(*told(data, here, "pace"), document),
        read_workers(*told(data, here, "workers", "auto"), document),
        approval == "required",
        read_windows(*told(data, here, "windows"), document),
        read_event_hooks(*told(data, here, "on_event"), document),
    )


def environment_names(root: Path) -> list[str]:
    """Return the environments that `root/migration.yaml` names, none where it cannot be read: for completion in a shell."""
    try:
        data = read((root / FILE).read_bytes(), FILE).data
    except (OSError, FerryError):
        return []
    named = data.get(ENVIRONMENTS) if isinstance(data, dict) else None
    return [str(name) for name in named] if isinstance(named, dict) else []


def _problems(document: Document) -> ConfigError:
    problems = list(
        dict.fromkeys(document.problems)
    )  # what stands at the top is met once for each environment
    count = len(problems)
    return ConfigError(
        f"{count} problem{'s' if count != 1 else ''} in {FILE}:\n  " + "\n  ".join(problems),
        remedy="Mend the places named above, then run the command again.",
    )


def _desk(role: str, data: Any, document: Document, here: Environment | None) -> DeskConfig | None:
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
    values |= {
        option: value
        for option, value in (here.options(role) if here else {}).items()
        if option not in _NO_OPTIONS
    }
    for option, value in values.items():
        if option in secrets and not (isinstance(value, str) and REFERENCE.match(value)):
            elsewhere = here is not None and option in here.options(role)
            document.complain(
                (ENVIRONMENTS, here.name, role, option) if here and elsewhere else (role, option),
                f"`{role}.{option}` is a secret and must not stand in this file: write env:NAME or keyring:service/user",
            )
            good = False
    return DeskConfig(role, connector, key, values, document, here) if good else None


def _roles(source: DeskConfig, target: DeskConfig, document: Document) -> None:
    if source.key == target.key:
        document.complain(
            ("target", "key"), f"both desks have the key `{source.key}`; give them different ones"
        )
    if target.connector.target is None:
        document.complain(
            ("target", "connector"), f"the connector `{target.connector.name}` can be a source only"
        )


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


def _close(name: str, known: Any) -> str:
    matches = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{matches[0]}`?" if matches else ""
