"""A new migration's folder: what is written into it and what is asked for before."""

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from ticketferry.errors import ConfigError, UsageError
from ticketferry.mapping.shipped import shipped
from ticketferry.project.config import FILE
from ticketferry.project.secret_references import REFERENCE
from ticketferry.schema.signs import visible
from ticketferry.sdk.contract import Connector
from ticketferry.sdk.options import SignIn, secret_fields

__all__ = ["FolderMade", "InitOption", "asked_for", "default_key", "make_folder", "sign_in_of", "wrong"]

_IGNORED = """# Secrets never stand in files; the rest is large, or holds customers' words.
*.db
*.db-shm
*.db-wal
*.db.before-*
backups/
blobs/
imports/
lock
lock.held
people/
plans/
reports/
runs/
"""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_WORDS_OF_YAML = re.compile(r"(?i)null|true|false|yes|no|on|off|y|n|[0-9][0-9._e:+-]*")
_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class InitOption:
    """One option that a person is asked for: its name, what it means, whether nothing works without it."""

    name: str
    help: str
    required: bool
    default: str


@dataclass(frozen=True, slots=True)
class FolderMade:
    """What `make_folder` did: files written, files that were there and stay, secrets to set (name of the variable, what it is)."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]
    secrets: tuple[tuple[str, str], ...]
    mapping: str = ""
    """Name of the shipped mapping that was copied; empty where none fits."""
    empty: tuple[str, ...] = field(default_factory=tuple)
    """Options that still have to be filled in, as `source.subdomain`."""


def default_key(name: str) -> str:
    """Return a desk's key made from a name: `Acme GmbH` gives `acme-gmbh`."""
    slug = "-".join(_WORD.findall(name.lower()))[:30].strip("-")
    return slug if slug and slug[0].isalpha() else f"d-{slug}"[:30].rstrip("-")


def asked_for(connector: Connector, role: str, sign_in: SignIn | None = None) -> list[InitOption]:
    """Return the options that a new desk needs beside its address: required ones, and those of the way of signing in.

    Where a connector declares no ways, all that stand before the first secret of the model. Secrets are never asked for.
    """
    return [
        InitOption(
            name,
            _help(info),
            info.is_required() or (sign_in is not None and name in sign_in.needs),
            _default(info, role),
        )
        for name, info, active in _options(connector, sign_in)
        if active and name not in secret_fields(connector.options) and name not in connector.options.address
    ]


def sign_in_of(connector: Connector, name: str, role: str) -> SignIn:
    """Return a way of signing in by its name. Raises UsageError with those there are."""
    sign_in = next((way for way in connector.options.sign_ins if way.name == name), None)
    if sign_in is None:
        names = ", ".join(way.name for way in connector.options.sign_ins) or "none"
        raise UsageError(
            f"{connector.title} offers no way {name!r} of signing in",
            where=f"--sign-in {role}={name}",
            remedy=f"Ways: {names}.",
        )
    return sign_in


def wrong(connector: Connector, values: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Say what is wrong with the values of these options, in the words of whoever checks them; "" where nothing is."""
    model = connector.options
    given = {name: _read(model.model_fields[name], text) for name, text in values.items() if text}
    placed = any(name in model.address and values.get(name) for name in names)
    try:
        model.model_validate(given)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            about = fault["loc"][0] if fault["loc"] else None
            if (about in names and values.get(str(about))) or (about is None and placed):
                return str(fault["msg"]).removeprefix("Value error, ")
    return ""


def _read(info: Any, text: str) -> Any:
    return _items(text) if _is_list(info.annotation) else text


def _items(text: str) -> list[str]:
    return [item for item in re.split(r"[\s,]+", text.strip().strip("[]")) if item]


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in (list, tuple)


def _options(connector: Connector, sign_in: SignIn | None = None) -> Iterator[tuple[str, Any, bool]]:
    """Yield (name, field, active): active ones are written as lines, the others as comments."""
    if sign_in is not None:
        others = {name for way in connector.options.sign_ins for name in way.needs} - set(sign_in.needs)
        for name, info, active in _options(connector):
            usual = (
                active and name not in others and (info.is_required() or name in connector.options.address)
            )
            yield name, info, usual or name in sign_in.needs
        return
    secrets = secret_fields(connector.options)
    names = list(connector.options.model_fields)
    first = next((number for number, name in enumerate(names) if name in secrets), -1)
    for number, (name, info) in enumerate(connector.options.model_fields.items()):
        yield name, info, info.is_required() or number <= first


def make_folder(
    folder: Path,
    desks: Mapping[str, tuple[Connector, str]],
    values: Mapping[str, Mapping[str, str]] | None = None,
    sign_ins: Mapping[str, SignIn] | None = None,
) -> FolderMade:
    """Write migration.yaml, mapping.yaml (where a shipped one fits) and .gitignore.

    `desks`: role -> (connector, key); `values`: role -> option -> value as text; `sign_ins`: role -> way of signing in. Nothing is ever overwritten: a folder that
    has a migration.yaml is refused, other files that are there stay. Raises UsageError for an unknown option or a secret,
    or a value that the connector does not take.
    """
    values, sign_ins = values or {}, sign_ins or {}
    for role, (connector, _) in desks.items():
        _check_values(role, connector, values.get(role, {}))
    _check_keys(desks)
    path = folder / FILE
    if path.exists():
        raise ConfigError(
            f"there is a migration in {folder} already; nothing was written",
            where=str(path),
            remedy=f"Go on with it (`ticketferry -C {folder} status`), or name another folder.",
        )
    pair = f"{desks['source'][0].name}_to_{desks['target'][0].name}"
    ready = shipped().get(pair)
    secrets: list[tuple[str, str]] = []
    empty: list[str] = []
    lines = [
        "# What moves where. `ticketferry check` reads both desks and says what is missing; no secret stands here.",
        "version: 1",
    ]
    for role, (connector, key) in desks.items():
        prefix = _prefix(connector)
        if len({other.name for other, _ in desks.values()}) == 1:
            # Two accounts of one product never share a secret by accident.
            prefix = f"{'OLD' if role == 'source' else 'NEW'}_{prefix}"
        lines += _desk(role, connector, key, values.get(role, {}), prefix, secrets, empty, sign_ins.get(role))
    lines += [
        "",
        "mapping: mapping.yaml",
        "# pace: {share: 0.5}   # the part of both desks' rate limits that may be used; 1.0 is all",
        "workers: auto          # writes at the same time: a number, or as many as the new desk takes",
        *_environments_of(desks["target"][0]),
        "",
    ]
    files = {FILE: "\n".join(lines), ".gitignore": _IGNORED}
    if ready is not None:
        files["mapping.yaml"] = ready.read_text(encoding="utf-8")
    written, kept = _write(folder, files)
    return FolderMade(folder, written, kept, tuple(secrets), pair if ready is not None else "", tuple(empty))


def _environments_of(target: Connector) -> list[str]:
    """Return an example of two environments, as comments."""
    address = next(iter(target.options.address), next(iter(target.options.model_fields)))
    return [
        "# environments:        # a workspace each; every command then takes --env NAME",
        f"#   sandbox: {{target: {{{address}: …}}}}   # what is another there; all else is as above",
        "#   production: {}     # written to only with --env production, and approved plans alone",
    ]


def _write(folder: Path, files: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    written, kept = [], []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in files.items():
            try:
                with (folder / name).open("x", encoding="utf-8") as file:
                    file.write(text)
                written.append(name)
            except FileExistsError:
                kept.append(name)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written: {error.strerror or error}", remedy="Name another folder."
        ) from error
    return tuple(written), tuple(kept)


def _check_values(role: str, connector: Connector, values: Mapping[str, str]) -> None:
    secrets = secret_fields(connector.options)
    for name, value in values.items():
        if name not in connector.options.model_fields:
            raise UsageError(
                f"the connector {connector.name} has no option {name!r}",
                where=f"{role}.{name}",
                remedy=f"`ticketferry connectors {connector.name}` lists its options.",
            )
        if any(unicodedata.category(sign) in _UNSEEN for sign in value):
            raise UsageError(
                f"{role}.{name} holds a sign that nobody sees: {visible(value[:40])}",
                remedy="Type it again without control characters and line breaks.",
            )
        if name not in secrets and "@" in _place_of(value):
            raise UsageError(
                f"{role}.{name} names a user in its address, and a password must not stand in a file",
                remedy="Give the address alone; `ticketferry connectors` says which options sign in.",
            )
        if name in secrets and not REFERENCE.match(value):
            raise UsageError(
                f"{role}.{name} is a secret and must not stand in a file",
                remedy=f"Write --set {role}.{name}=env:NAME, and set the variable NAME in your shell.",
            )
    plain = {name: value for name, value in values.items() if name not in secrets}
    if fault := wrong(connector, plain, tuple(plain)):
        raise UsageError(
            f"the connector {connector.name} does not take these values: {fault}",
            where=", ".join(f"{role}.{name}" for name in plain),
            remedy=f"`ticketferry connectors {connector.name}` says what each option means.",
        )


def _place_of(value: str) -> str:
    """Return host, port and user of an address; "" for what is none."""
    try:
        return urlsplit(value).netloc
    except ValueError:
        return ""


def _check_keys(desks: Mapping[str, tuple[Connector, str]]) -> None:
    if desks["source"][1] == desks["target"][1]:
        raise UsageError(
            f"both desks have the key `{desks['source'][1]}`",
            remedy="Give them different ones: --source-key and --target-key.",
        )
    for role, (connector, key) in desks.items():
        if key != default_key(key):
            raise UsageError(
                f"{key!r} is no key of a desk", remedy=f"Letters, digits and - only: --{role}-key acme."
            )
        if role not in connector.roles:
            raise UsageError(f"the connector {connector.name} can not be a {role}")


def _desk(
    role: str,
    connector: Connector,
    key: str,
    values: Mapping[str, str],
    prefix: str,
    secrets: list[tuple[str, str]],
    empty: list[str],
    sign_in: SignIn | None = None,
) -> list[str]:
    lines = [
        "",
        f"{role}:",
        f"  connector: {connector.name}   # {connector.title}",
        f"  key: {_text(key)}   # part of every mark in the new desk; fixed at the first extract",
    ]
    hidden = secret_fields(connector.options)
    for name, info, usual in _options(connector, sign_in):
        if role == "source" and name in connector.options.shapes and name not in values:
            continue  # it says how the new desk is written
        # Where some options were given, others that can be left out are most likely alternatives to them.
        others = values.keys() & hidden if name in hidden else values.keys()
        active = info.is_required() or (usual and not others)
        if sign_in is not None:
            placed = name in connector.options.address and values.keys() & {*connector.options.address}
            active = usual and not placed
        lines += [f"  # {line}" for line in textwrap.wrap(_help(info), 92)]
        given = values.get(name)
        if given is not None:
            if name not in hidden and _is_list(info.annotation):
                written = f"[{', '.join(map(quoted, _items(given)))}]"
            else:
                written = given if name in hidden else _text(given) if _is_text(info) else quoted(given)
            lines.append(f"  {name}: {written}")
            if name in hidden and given.startswith("env:"):
                secrets.append((given[4:], _help(info)))
            continue
        value = f"env:{prefix}_{name.upper()}" if name in hidden else quoted(_default(info, role))
        lines.append(f"  {name}: {value}" if active else f"  # {name}: {value}")
        if active and name in hidden:
            secrets.append((value[4:], _help(info)))
        elif active and not _default(info, role):
            empty.append(f"{role}.{name}")
    return lines


def _prefix(connector: Connector) -> str:
    word = _WORD.search(connector.title)
    return (word[0] if word else connector.name).upper()


def _help(info: Any) -> str:
    return " ".join(str(info.description or "").split())


def _default(info: Any, role: str) -> str:
    if info.is_required():
        # A folder beside the file is a good guess for files, nothing is one for an address.
        return f"./{role}" if _is_path(info.annotation) else ""
    value = info.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "[]" if value in ([], ()) else str(value)


def _is_path(annotation: Any) -> bool:
    return annotation is Path or any(_is_path(item) for item in get_args(annotation))


def _is_text(info: Any) -> bool:
    return info.annotation is str


def _text(text: str) -> str:
    """Write a text as a YAML scalar that is read as a text, whatever YAML takes the word for."""
    return f'"{text}"' if _WORDS_OF_YAML.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """Write a text as a YAML scalar that is read as it was written."""
    if text == "[]" or re.fullmatch(r"[A-Za-z0-9./][A-Za-z0-9./_@-]*(:[A-Za-z0-9./_@-]+)*", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
