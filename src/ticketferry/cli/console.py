"""All that the command line says: results on stdout, notes and errors on stderr, one JSON object where a script asks for it."""

import json
import os
import shutil
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ticketferry.cli.addressing import Address
from ticketferry.cli.layout import COLUMNS, clean, table, width, wrap
from ticketferry.cli.progress import Progress
from ticketferry.errors import Exit, FerryError, UsageError
from ticketferry.schema.signs import json_safe
from ticketferry.sdk.secrets import redact

__all__ = ["Console", "plain"]

WIDEST = 120
_LEAST = 24
"""Columns that words behind a command need; else they stand below it."""


def plain(value: Any) -> Any:
    """Turn views into what JSON has: dataclasses and mappings into objects, references and times into texts."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        # A reference is written as text, any other named tuple as an object.
        return str(value) if {"desk", "kind", "id"} == set(value._fields) else plain(value._asdict())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


class _Said(str):
    """A line whose commands say already where they belong; a break may stand within one."""

    __slots__ = ()


class Console:
    """One for each call of the program. `json`: stdout holds one JSON object and nothing else."""

    def __init__(self) -> None:
        self.quiet = False
        self.verbose = False
        self.json = False
        self.environment = ""
        """Name of the environment that a result is of; empty where the migration has none."""
        self.address = Address()
        """What printed commands have to say beside themselves."""
        self._deaf = False
        self._answered = False
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")

    # ---- where it goes -----------------------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """Return the width to fill: 80, or the terminal's between 60 and 120."""
        if not sys.stdout.isatty():
            return COLUMNS
        return min(WIDEST, max(60, shutil.get_terminal_size((COLUMNS, 24)).columns))

    @property
    def asks(self) -> bool:
        """Tell whether somebody is there to answer."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.json

    @property
    def deaf(self) -> bool:
        """Tell whether the reader of stdout has gone (`| head`)."""
        return self._deaf

    def _write(self, text: str, *, error: bool = False) -> None:
        if self._deaf and not error:
            return
        stream = sys.stderr if error else sys.stdout
        try:
            stream.write(redact(text))
            stream.flush()
        except BrokenPipeError:
            self._hush(stream)
        except ValueError:
            self._deaf = True

    def _hush(self, stream: Any) -> None:
        """Send what is still to come nowhere: work that has begun goes on, and the exit code stays true."""
        self._deaf = self._deaf or stream is sys.stdout
        try:
            descriptor = os.open(os.devnull, os.O_WRONLY)
            os.dup2(descriptor, stream.fileno())
            os.close(descriptor)
        except (OSError, ValueError):
            return

    # ---- results -------------------------------------------------------------------------------------------------------

    def out(self, *lines: str) -> None:
        """Print lines of a result as they are. Nothing is printed where JSON was asked for."""
        if not self.json:
            said: list[str] = []
            for line in lines or ("",):
                whole = clean(line)
                said += [whole] if isinstance(line, _Said) else self.address.lines(whole, self.columns)
            self._write("".join(f"{line}\n" for line in said))

    def text(self, text: object, first: str = "", rest: str | None = None) -> None:
        """Print a text, wrapped."""
        head = self.address.within(first)
        if head != first and width(head) + _LEAST > self.columns:
            self.out(first.rstrip())
            head, rest = " " * 8, None
        self.out(*map(_Said, wrap(self.address.within(str(text)), head, rest, self.columns)))

    def table(
        self, rows: Sequence[Sequence[object]], align: str, *, header: Sequence[str] = (), indent: int = 2
    ) -> None:
        """Print a table that fits the screen."""
        if rows:
            said = [
                [
                    self.address.within(cell) if kind == "w" and isinstance(cell, str) else cell
                    for cell, kind in zip(row, align, strict=False)
                ]
                for row in rows
            ]
            lines = table(said, align, header=header, indent=indent, most=self.columns)
            self.out(*map(_Said, lines))

    def result(self, value: Any) -> None:
        """Print the JSON object of a command; once."""
        if self._answered:
            return
        self._answered = True
        if self.environment and isinstance(value, dict):
            value = {"environment": self.environment, **value}
        utf8 = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
        self._write(
            json_safe(json.dumps(self.address.in_json(plain(value)), ensure_ascii=not utf8, indent=2)) + "\n"
        )

    def stream(self, chunks: Iterable[str], to: Path | None = None) -> int:
        """Write a long result as it comes, to a file (whole or not at all) or to stdout; return the number of chunks."""
        count = 0
        if to is None:
            for chunk in chunks:
                if self._deaf:
                    break
                self._write_raw(chunk)
                count += 1
            self._write("")
            return count
        part = to.with_name(f".{to.name}.part")
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                part.chmod(0o600)
                for chunk in chunks:
                    file.write(redact(chunk))
                    count += 1
            part.replace(to)
        except OSError as error:
            raise FerryError(
                f"{to} cannot be written: {error.strerror or error}", remedy="Name another file: -o FILE."
            ) from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return count

    def _write_raw(self, chunk: str) -> None:
        try:
            sys.stdout.write(redact(chunk))
        except BrokenPipeError:
            self._hush(sys.stdout)

    # ---- beside the result -----------------------------------------------------------------------------------------------

    def note(self, text: object, first: str = "") -> None:
        """Say something beside the result, on stderr; not with --quiet."""
        if not self.quiet:
            self._write(
                "\n".join(wrap(self.address.within(str(text)), first, most=self.columns)) + "\n", error=True
            )

    def banner(self, text: object, *, always: bool) -> None:
        """Say above everything, on stderr, where this happens; `always`: with --quiet too. JSON says it in its object."""
        if not self.json and (always or not self.quiet):
            self._write("\n".join(wrap(text, most=self.columns)) + "\n", error=True)

    def detail(self, text: object) -> None:
        """Say something for whoever asked for more (--verbose)."""
        if self.verbose:
            self._write(f"{clean(text)}\n", error=True)

    def progress(self) -> Progress:
        """Return a meter for a long piece of work; used as a context and called with (name, done, total)."""
        live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        return Progress(sys.stderr, live=live, shown=not self.quiet)

    def confirm(self, question: str) -> bool:
        """Ask yes or no on the terminal; `no` is what Enter means."""
        import click

        return click.confirm(clean(question), default=False, err=True)

    # ---- errors ------------------------------------------------------------------------------------------------------------

    def fail(self, error: FerryError) -> int:
        """Say what happened, where, and the next step; return the exit code."""
        self._error(error.message, error.where, error.remedy, type(error).__name__, error.exit_code)
        if self.verbose and error.__cause__ is not None:
            self._write("".join(traceback.format_exception(error)), error=True)
        return int(error.exit_code)

    def interrupted(self, where: str = "") -> int:
        """Say that Ctrl-C was taken."""
        if sys.stderr.isatty():
            self._write("\n", error=True)  # the terminal has written ^C where the cursor was
        self._error(
            "stopped", where, "Nothing is lost: run the same command again.", "Interrupted", Exit.INTERRUPTED
        )
        return int(Exit.INTERRUPTED)

    def crashed(self, error: BaseException, folder: Path) -> int:
        """Say one sentence of an error that nobody foresaw, and where its details are."""
        text = "".join(traceback.format_exception(error))
        message = f"something went wrong that ticketferry did not foresee: {type(error).__name__}: {error}"
        if self.verbose:
            self._write(text, error=True)
            self._error(message, "", "The lines above say where.", type(error).__name__, Exit.ERROR)
            return int(Exit.ERROR)
        kept = _keep(text, folder)
        remedy = (
            f"The details are in {kept}."
            if kept is not None
            else "Run it again with --verbose for the details: `ticketferry --verbose …`."
        )
        self._error(message, "", remedy, type(error).__name__, Exit.ERROR)
        return int(Exit.ERROR)

    def misused(self, message: str, remedy: str) -> int:
        """Say that the command line is wrong."""
        return self.fail(UsageError(message, remedy=remedy))

    def _error(self, message: str, where: str, remedy: str, kind: str, code: int) -> None:
        if self.json and not self._answered:
            fault = {"type": kind, "message": message, "where": where, "remedy": remedy}
            self.result({"error": fault, "exit": int(code)})
        columns = self.columns
        message, remedy = self.address.within(message), self.address.within(remedy)
        lines = wrap(message, "error: ", "       ", columns)
        if where and where not in message:
            lines += wrap(where, "where: ", most=columns)
        if remedy:
            lines += wrap(remedy, "next:  ", most=columns)
        self._write("\n".join(lines) + "\n", error=True)


def _keep(text: str, folder: Path) -> Path | None:
    """Keep a traceback beside the runs' logs, readable by the owner alone; None where there is no project."""
    runs = folder / "runs"
    if not (folder / "migration.yaml").exists():
        return None
    try:
        runs.mkdir(mode=0o700, exist_ok=True)
        path = runs / f"error-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.log"  # a file name for people  # noqa: DTZ005 -- the user's own time of day
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(redact(text))
    except OSError:
        return None
    return path
