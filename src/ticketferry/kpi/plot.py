"""The figures of a desk as a picture: backlog by age, volume and times by month (PNG, by matplotlib)."""

import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ticketferry.errors import ConfigError
from ticketferry.kpi.desks import FIGURE_NAMES, DeskFigures
from ticketferry.kpi.figures import AGES, FigureRow
from ticketferry.store.database import disk_errors

__all__ = ["draw_figures", "median_hours", "refuse_without_matplotlib"]

NEEDED = "pip install 'ticketferry[plot]'"
_TIMES = ("first_response", "full_resolution", "requester_wait")
_MARKS = ("o", "s", "^")
_AGE_COLOURS = ("#c6dbef", "#6baed6", "#2171b5", "#08306b")
_AGE_HATCHES = ("", "//", "..", "xx")
"""Ages differ by hatch as well as by colour: the picture is read in print, and by people who see no colours."""
_HOUR = 3600


def refuse_without_matplotlib() -> None:
    """Raise ConfigError where it is not installed, before anything is counted."""
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError as error:
        raise ConfigError("a picture needs matplotlib, which is not installed", remedy=NEEDED) from error


def draw_figures(desk: DeskFigures, path: Path) -> None:
    """Write the picture, whole or not at all. Medians in calendar hours; open tickets at the end of each day, UTC."""
    refuse_without_matplotlib()
    # Neither pyplot nor a window: the figure is drawn into the file alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 11), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    backlog, volume, times = figure.subplots(3, 1)
    figure.suptitle(_safe(f"{desk.desk}, snapshot s-{desk.snapshot}, definition {desk.definition.name}"))
    _backlog(backlog, desk)
    _by_month(volume, times, desk)
    partial = path.with_name(f"{path.name}.part")
    with disk_errors(path), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; the figures are read all the same.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        try:
            # No date and no version: the same figures give the same bytes.
            figure.savefig(partial, format="png", metadata={"Software": "ticketferry"})
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def _backlog(axes: Any, desk: DeskFigures) -> None:
    days = list(desk.backlog())
    axes.set_title("open tickets at the end of a day, by age")
    if not days:
        return
    names = ("up to 1 day", *(f"up to {days} days" for days in AGES[1:]), f"more than {AGES[-1]} days")
    areas = axes.stackplot(
        [date.fromisoformat(day) for day, _ in days],
        *zip(*(ages for _, ages in days), strict=True),
        labels=names,
        colors=_AGE_COLOURS,
    )
    for area, hatch in zip(areas, _AGE_HATCHES, strict=True):
        area.set_hatch(hatch)
        area.set_hatch_linewidth(0.3)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


def _by_month(volume: Any, times: Any, desk: DeskFigures) -> None:
    rows = list(desk.figures.rows("month"))
    months = [row.value for row in rows]
    places = range(len(rows))
    volume.set_title("tickets by the month in which they were made")
    volume.bar([place - 0.2 for place in places], [row.tickets for row in rows], 0.4, label="tickets")
    resolved = [row.resolved for row in rows]
    volume.bar([place + 0.2 for place in places], resolved, 0.4, label="resolved", hatch="//")
    times.set_title("medians in hours, calendar time, tickets by the month in which they were made")
    for name, mark in zip(_TIMES, _MARKS, strict=True):
        times.plot(places, median_hours(rows, name), marker=mark, label=FIGURE_NAMES[name])
    times.set_ylim(bottom=0)
    step = max(1, len(rows) // 12)
    for axes in (volume, times):
        axes.set_xticks(list(places)[::step], months[::step])
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


def median_hours(rows: Sequence[FigureRow], name: str) -> list[float]:
    """Return the medians of a figure in hours, a row each; no number where no ticket has it, so that a line has a gap there."""
    spans = [row.calendar[name] for row in rows]
    return [span.median / _HOUR if span.tickets else float("nan") for span in spans]


def _safe(text: str) -> str:
    """Return a text that matplotlib does not take for a formula."""
    return text.replace("$", r"\$")
