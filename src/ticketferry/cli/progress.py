"""How far a long piece of work is: rate and time left, as one live line on a terminal and as occasional lines elsewhere."""

import threading
import time
from typing import IO, Any, Self

from ticketferry.cli.layout import duration, fit

__all__ = ["Progress"]

SILENT_SECONDS = 2.0
"""Work that ends sooner says nothing."""
LINE_SECONDS = 15.0
"""Between two lines where there is no terminal."""


class _Task:
    __slots__ = ("began", "done", "first", "line", "total")

    def __init__(self, now: float, done: int) -> None:
        self.began = now
        self.first = done
        self.done = done
        self.total: int | None = None
        self.line: Any = None

    def take(self, done: int, total: int | None) -> None:
        self.done = done
        self.total = total

    def words(self, name: str, now: float) -> str:
        text = f"{name}  {self.done:,}" + (f" of {self.total:,}" if self.total is not None else "")
        passed, moved = now - self.began, self.done - self.first
        if passed > 0 and moved > 0:
            rate = moved / passed
            text += f"  {rate:,.0f}/s" if rate >= 10 else f"  {rate:.1f}/s"
            if self.total is not None and self.total > self.done:
                text += f"  {duration((self.total - self.done) / rate)} left"
        return text


class Progress:
    """Called with (name, done, total) from any thread; `total` None: nobody knows. Ends with `close`."""

    def __init__(self, stream: IO[str], *, live: bool, shown: bool = True, prefix: str = "") -> None:
        self._stream = stream
        self._live = live
        self._shown = shown
        self._prefix = prefix
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._last_line = self._began + SILENT_SECONDS - LINE_SECONDS
        self._tasks: dict[str, _Task] = {}
        self._current = ""
        self._screen: Any = None

    def __call__(self, name: str, done: int, total: int | None) -> None:
        """Take a new figure."""
        if not self._shown:
            return
        with self._lock:
            now = time.monotonic()
            task = self._tasks.get(name)
            if task is None:
                # What an earlier run did already is no part of the rate: it is counted from the first figure on.
                task = self._tasks[name] = _Task(now, done)
            task.take(done, total)
            self._current = name
            if now - self._began < SILENT_SECONDS:
                return
            if self._live:
                self._draw(now)
            elif now - self._last_line >= LINE_SECONDS:
                self._last_line = now
                self._line(f"{self._prefix}{task.words(name, now)}")

    def _line(self, text: str) -> None:
        try:
            self._stream.write(f"  {text}\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._shown = False

    def _draw(self, now: float) -> None:
        if self._screen is None:
            from rich.console import Console
            from rich.live import Live

            self._screen = Live(console=Console(file=self._stream, highlight=False), transient=True)
            self._screen.start()
        name = self._current
        from rich.text import Text

        columns = max(20, self._screen.console.width - 2)
        self._screen.update(Text("  " + fit(f"{self._prefix}{self._tasks[name].words(name, now)}", columns)))

    def close(self) -> None:
        """Take the live line away."""
        with self._lock:
            if self._screen is not None:
                self._screen.stop()
                self._screen = None
            self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
