"""How far a long piece of work is: rate and time left, as one live line on a terminal and as occasional lines elsewhere."""

import threading
import time
from typing import IO, Any, Self

from ticketferry.cli.layout import duration, fit, wrap
from ticketferry.sdk.pacing import longest_pause

__all__ = ["Progress"]

SILENT_SECONDS = 2.0
"""Work that ends sooner says nothing."""
LINE_SECONDS = 15.0
"""Between two lines where there is no terminal."""
WAITS_SECONDS = 3.0
"""Without news for so long, a wait is told with its reason."""
BEAT_SECONDS = 1.0


class _Task:
    __slots__ = ("began", "done", "first", "moved", "total")

    def __init__(self, now: float, done: int) -> None:
        self.began = self.moved = now
        self.first = done
        self.done = done
        self.total: int | None = None

    def count(self, name: str) -> str:
        return f"{name}  {self.done:,}" + (
            f" of {self.total:,}" if self.total else " so far" if self.done and self.total is None else ""
        )

    def words(self, name: str, now: float) -> str:
        text = self.count(name)
        # A standstill is told as such: the rate, and what is left by it, are those of the time in which something moved.
        passed, moved = min(now, self.moved) - self.began, self.done - self.first
        if passed > 0 and moved > 0:
            rate = moved / passed
            text += f"  {rate:,.0f}/s" if rate >= 10 else f"  {rate:.1f}/s"
            if self.total is not None and self.total > self.done:
                text += f"  {duration((self.total - self.done) / rate)} left"
        return text


class Progress:
    """Called with (name, done, total) from any thread; `total` None: nobody knows. A context: it ends with `close`.

    A thread looks every second, so that also a wait for a desk that gives no figures is told.
    """

    def __init__(self, stream: IO[str], *, live: bool, shown: bool = True) -> None:
        self._stream = stream
        self._live = live
        self._shown = shown
        self._lock = threading.Lock()
        self._began = self._moved = time.monotonic()
        self._last_line = self._began + SILENT_SECONDS - LINE_SECONDS
        self._tasks: dict[str, _Task] = {}
        self._current = ""
        self._screen: Any = None
        self._stop = threading.Event()

    def __call__(self, name: str, done: int, total: int | None) -> None:
        """Take a new figure."""
        if not self._shown:
            return
        now = time.monotonic()
        with self._lock:
            if not done and not total and self._tasks:
                return  # "tickets 0" says nothing beside what was told last
            task = self._tasks.get(name)
            if task is None:
                # What an earlier run did already is no part of the rate: it is counted from the first figure on.
                task = self._tasks[name] = _Task(now, done)
            task.done, task.total, task.moved = done, total, now
            self._current, self._moved = name, now

    def text(self, now: float) -> str:
        """Return what there is to say at a moment of the monotonic clock."""
        task = self._tasks.get(self._current)
        words = task.words(self._current, now) if task else f"at work for {duration(now - self._began)}"
        still = now - self._moved
        waits = longest_pause() if still >= WAITS_SECONDS else None
        if waits is not None and waits[0] >= 1:
            return f"{task.count(self._current) if task else words}  waits {duration(waits[0])}: {waits[1]}"
        if task and still >= LINE_SECONDS:
            return f"{task.count(self._current)}  (no news for {duration(still)})"
        return words

    def _watch(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            now = time.monotonic()
            if now - self._began < SILENT_SECONDS:
                continue
            with self._lock:
                if self._live:
                    self._draw(now)
                elif now - self._last_line >= LINE_SECONDS:
                    self._last_line = now
                    self._line(self.text(now))

    def _line(self, text: str) -> None:
        try:
            self._stream.write("\n".join(wrap(text, "  ", "    ")) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._shown = False

    def _draw(self, now: float) -> None:
        from rich.text import Text

        if self._screen is None:
            from rich.console import Console
            from rich.live import Live

            self._screen = Live(
                console=Console(file=self._stream, highlight=False), transient=True, auto_refresh=False
            )
            self._screen.start()
        columns = max(20, self._screen.console.width - 2)
        self._screen.update(Text("  " + fit(self.text(now), columns)), refresh=True)

    def close(self) -> None:
        """Stop, and take the live line away."""
        self._stop.set()
        with self._lock:
            self._shown = False
            if self._screen is not None:
                self._screen.stop()
                self._screen = None

    def __enter__(self) -> Self:
        if self._shown:
            threading.Thread(target=self._watch, daemon=True, name="progress").start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
