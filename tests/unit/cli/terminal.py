"""A small migration on files and a way to type commands into it."""

import os
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

from click.testing import CliRunner, Result
from tests.flow.migrations import MAPPING, write_desk, write_project

from ticketferry.cli import cli

__all__ = ["MAPPING", "Terminal", "make_terminal"]

Type = Callable[..., Result]


class Terminal:
    """Types commands in a migration's folder; `code` is what they must end with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *args: object, code: int = 0, env: dict[str, str] | None = None) -> Result:
        with chdir(self.folder):
            result = CliRunner().invoke(cli, [str(arg) for arg in args], env=env)
        assert result.exit_code == code, f"{result.exit_code}\n{result.stdout}\n{result.stderr}"
        assert "Traceback" not in result.output
        return result

    def any(self, *args: object) -> Result:
        """Type a command that may end in any way."""
        with chdir(self.folder):
            return CliRunner().invoke(cli, [str(arg) for arg in args])

    def failing(self, *args: object) -> Result:
        """Type a command that must fail with a sentence: any exit code but 0, stdout empty."""
        with chdir(self.folder):
            result = CliRunner().invoke(cli, [str(arg) for arg in args])
        assert result.exit_code != 0
        assert result.stderr.startswith("error: ")
        assert "Traceback" not in result.output
        return result


def make_terminal(tmp_path: Path, *, tickets: int = 6, mapping: str = MAPPING) -> Terminal:
    """Write a source desk and a project and return a terminal in the project's folder."""
    write_desk(tmp_path / "source", tickets)
    return Terminal(
        write_project(tmp_path / "mig", tmp_path / "source", tmp_path / "target", mapping=mapping)
    )


def plain_environment() -> dict[str, str]:
    """Return the environment of a subprocess that sees no terminal settings of whoever runs the tests."""
    hidden = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM")
    return {name: value for name, value in os.environ.items() if name not in hidden}
