"""A printed command says the folder and the environment that were said: whoever copies it means those, and no others."""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.cli.layout import wrap
from ticketferry.report.commands import command_pattern

__all__ = ["Address"]

_COMMAND_KEYS = frozenset({"command", "commands", "next", "remedy"})
"""Where JSON holds commands."""
_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")
_INDENT = 8


class Address:
    """Which folder and environment the commands of a migration that are printed have to name; empty: none was said.

    Both stand between `ticketferry` and the command, where every command takes them. A command that names an environment keeps its own.
    """

    def __init__(self, commands: Iterable[str] = ()) -> None:
        self.folder = ""
        self.environment = ""
        self._plain = command_pattern(commands)

    def within(self, text: str) -> str:
        """Return a text in which every command says where it belongs."""
        if "ticketferry " not in text or not (self.folder or self.environment):
            return text
        return self._plain.sub(self._said, text)

    def _said(self, found: re.Match[str]) -> str:
        folder = f"-C {shlex.quote(self.folder)} " if self.folder else ""
        environment = f"--env {self.environment} " if self.environment and found["own"] is None else ""
        return f"{found[0]}{folder}{environment}"

    def lines(self, line: str, most: int) -> list[str]:
        """Return a line of a screen so; what no longer fits stands below, the words behind a command first."""
        said = self.within(line)
        if said == line or len(said) <= most:
            return [said]
        parts = [part.start() for part in _GAP.finditer(said) if part.start() > said.index("ticketferry ")]
        if not parts:
            return wrap(said, "", " " * _INDENT, most)
        head, why = said[: parts[0]], said[parts[0] :].strip()
        return [*wrap(head, "", " " * _INDENT, most), *wrap(why, " " * (_INDENT + 2), most=most)]

    def in_json(self, value: Any, *, key: str = "") -> Any:
        """Return what JSON says so, where it holds commands."""
        if isinstance(value, str):
            return self.within(value) if key in _COMMAND_KEYS else value
        if isinstance(value, Mapping):
            return {name: self.in_json(item, key=name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.in_json(item, key=key) for item in value]
        return value
