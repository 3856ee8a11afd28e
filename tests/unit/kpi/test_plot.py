"""The picture of the figures: whole or not there, the same for the same figures, readable without colours."""

import struct
import sys
from pathlib import Path

import pytest

from ticketferry.errors import ConfigError
from ticketferry.kpi.desks import DeskFigures
from ticketferry.kpi.figures import FigureColumns
from ticketferry.kpi.histories import History, Labels, Moment, Step
from ticketferry.kpi.measures import DEFINITIONS, Measures
from ticketferry.kpi.plot import draw_figures, median_hours, refuse_without_matplotlib

pytestmark = pytest.mark.outside  # matplotlib asks a program which fonts there are

DAY = 86_400
BEGAN = 19_723 * DAY


def desk(tickets: int, name: str = "acme") -> DeskFigures:
    figures = FigureColumns()
    definition = DEFINITIONS["stage"]
    as_of = BEGAN + 200 * DAY
    for number in range(tickets):
        created = BEGAN + number * DAY * 3
        stages = ((created, "new"), (created + 5 * DAY, "resolved"))
        moments = tuple(Moment(at, Step.STAGE, stage) for at, stage in stages)
        history = History(f"a:ticket:{number}", created, moments, "resolved", "customer", Labels("Tier 1"))
        figures.add(history, Measures(first_response=3600 * number, resolved=True))
    return DeskFigures(name, 1, as_of, definition, figures)


def test_a_picture_is_a_png_of_some_size_and_the_same_twice(tmp_path: Path) -> None:
    draw_figures(desk(40), tmp_path / "a.png")
    draw_figures(desk(40), tmp_path / "b.png")
    data = (tmp_path / "a.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (1100, 1100)
    assert data == (tmp_path / "b.png").read_bytes()
    assert data != draw(tmp_path, desk(41))


def draw(tmp_path: Path, figures: DeskFigures) -> bytes:
    draw_figures(figures, tmp_path / "other.png")
    return (tmp_path / "other.png").read_bytes()


def test_names_are_names_and_no_formulas(tmp_path: Path) -> None:
    assert draw(tmp_path, desk(2, f"a$b$c^{{ שלום 😀 {'x' * 300}"))


def test_an_empty_desk_has_a_picture_too(tmp_path: Path) -> None:
    assert draw(tmp_path, desk(0)).startswith(b"\x89PNG")


def test_a_place_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"no\.png|nowhere"):
        draw_figures(desk(1), tmp_path / "nowhere" / "no.png")
    assert not list(tmp_path.rglob("*.part"))


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigError, match="matplotlib") as told:
        refuse_without_matplotlib()
    assert "ticketferry[plot]" in str(told.value.remedy)


def test_times_are_in_hours_and_a_month_without_any_is_a_gap() -> None:
    rows = list(desk(3).figures.rows())
    assert median_hours(rows, "first_response") == [1.0]
    assert median_hours(rows, "requester_wait") == [pytest.approx(float("nan"), nan_ok=True)]
