"""Charts as inline SVG: flows between two columns, bars. Every figure also stands in words; no colour carries meaning alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ticketferry.report.tables import printable

__all__ = ["Bar", "FlowLink", "bars", "columns", "flows"]

NODES = 14
"""Values that one side of a flow shows; the least frequent become one."""
COLUMNS = 60
_WIDTH = 920
_LABEL = 250
_NODE = 14
_ROW = 24
_MINIMUM = 2.0
_TALL = 220.0
_TOP = 26.0
_SLOT = 17.0
_GAP = 6.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its figure; `css` names its look in the style sheet (`carried`, `lost`, …)."""

    name: str
    count: int
    css: str = "plain"


@dataclass(frozen=True, slots=True)
class FlowLink:
    """A band of a flow; `dashed` bands have another meaning and are marked `~`."""

    before: str
    after: str
    count: int
    dashed: bool = False


def flows(links: Sequence[FlowLink], title: str, left: str, right: str) -> Markup:
    """Draw bands between two columns, as wide as their counts (a Sankey figure). Empty without links."""
    kept = _few(links)
    total = sum(link.count for link in kept)
    if not total:
        return Markup()
    before = _ordered(Counter(), kept, 0)
    after = _facing(before, kept)
    scale = _TALL / total
    left_y, right_y = _stack(before, scale), _stack(after, scale)
    height = 12 + max(_slots(before, scale), _slots(after, scale))
    x0, x1 = _LABEL, _WIDTH - _LABEL
    parts = [
        f'<text class="axis" x="{x0}" y="14" text-anchor="end">{escape(left)}</text>',
        f'<text class="axis" x="{x1}" y="14">{escape(right)}</text>',
    ]
    used_left, used_right = dict(left_y), dict(right_y)
    for link in kept:
        width = max(link.count * scale, _MINIMUM)
        y0, y1 = used_left[link.before], used_right[link.after]
        used_left[link.before] += link.count * scale
        used_right[link.after] += link.count * scale
        middle = (x0 + x1) / 2
        css = "band moved" if link.dashed else "band"
        parts.append(
            f'<path class="{css}" d="M{x0 + _NODE},{y0:.1f} C{middle},{y0:.1f} {middle},{y1:.1f} {x1 - _NODE},{y1:.1f}'
            f" L{x1 - _NODE},{y1 + width:.1f} C{middle},{y1 + width:.1f} {middle},{y0 + width:.1f}"
            f' {x0 + _NODE},{y0 + width:.1f} Z"><title>{escape(link.before)} {"~" if link.dashed else "="}'
            f" {escape(link.after)}: {link.count:,}</title></path>"
        )
    for names, places, x, anchor, shift in (
        (before, left_y, x0, "end", -8),
        (after, right_y, x1 - _NODE, "start", _NODE + 8),
    ):
        for name, count in names.items():
            tall = max(count * scale, _MINIMUM)
            y = places[name]
            parts.append(
                f'<rect class="node" x="{x}" y="{y:.1f}" width="{_NODE}" height="{tall:.1f}"/>'
                f'<text x="{x + shift}" y="{y + tall / 2 + 4:.1f}" text-anchor="{anchor}">{_short(name, 26)}'
                f' <tspan class="count">{count:,}</tspan></text>'
            )
    return _svg(_WIDTH, height, title, _in_words(kept), parts)


def bars(rows: Sequence[Bar], title: str) -> Markup:
    """Draw horizontal bars with names and figures. Empty without a count."""
    most = max((bar.count for bar in rows), default=0)
    total = sum(bar.count for bar in rows)
    if not most:
        return Markup()
    space = _WIDTH - _LABEL - 160
    parts = []
    for number, bar in enumerate(rows):
        y = 6 + number * _ROW
        width = max(bar.count / most * space, _MINIMUM if bar.count else 0.0)
        parts.append(
            f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{_short(bar.name, 32)}</text>'
            f'<rect class="bar {escape(bar.css)}" x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_ROW - 7}"/>'
            f'<text x="{_LABEL + width + 8:.1f}" y="{y + 14}" class="count">{bar.count:,} · {_share(bar.count, total)}</text>'
        )
    words = ", ".join(f"{bar.name} {bar.count:,}" for bar in rows)
    return _svg(_WIDTH, 12 + _ROW * len(rows), title, words, parts)


def columns(rows: Sequence[tuple[str, int]], title: str) -> Markup:
    """Draw one column a month (or another ordered name), the latest 60 of them. Empty without a count."""
    shown = list(rows)[-COLUMNS:]
    most = max((count for _, count in shown), default=0)
    if not most:
        return Markup()
    height, floor = 190.0, 150.0
    step = (_WIDTH - 70) / max(len(shown), 12)
    parts = [
        f'<line class="rule" x1="60" x2="{_WIDTH}" y1="{floor}" y2="{floor}"/>',
        f'<line class="rule" x1="60" x2="{_WIDTH}" y1="20" y2="20"/>',
        f'<text x="54" y="24" text-anchor="end" class="count">{most:,}</text>',
        f'<text x="54" y="{floor + 4}" text-anchor="end" class="count">0</text>',
    ]
    every = -(-len(shown) // 12)
    for number, (name, count) in enumerate(shown):
        x = 62 + number * step
        tall = count / most * (floor - 20)
        parts.append(
            f'<rect class="bar plain" x="{x:.1f}" y="{floor - tall:.1f}" width="{max(step - 2, 1):.1f}" height="{tall:.1f}">'
            f"<title>{escape(name)}: {count:,}</title></rect>"
        )
        if number % every == 0:
            parts.append(f'<text x="{x:.1f}" y="{floor + 20}">{_short(name, 10)}</text>')
    words = ", ".join(f"{name} {count:,}" for name, count in shown)
    return _svg(_WIDTH, height, title, words, parts)


def _svg(width: float, height: float, title: str, words: str, parts: Sequence[str]) -> Markup:
    body = "".join(printable(part) for part in parts)
    words = printable(words)
    return Markup(  # noqa: S704 -- every text in it was escaped where it was put in
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}. {escape(words[:2000])}">'
        f"{body}</svg>"
    )


def _few(links: Sequence[FlowLink]) -> list[FlowLink]:
    sides: list[set[str]] = []
    for side in (0, 1):
        counts: Counter[str] = Counter()
        for link in links:
            counts[(link.before, link.after)[side]] += link.count
        ranked = sorted(counts, key=lambda name: (-counts[name], name))
        sides.append(set(ranked if len(ranked) <= NODES else ranked[: NODES - 1]))
    others = [
        f"{len({link.before for link in links} - sides[0])} others",
        f"{len({link.after for link in links} - sides[1])} others",
    ]
    merged: Counter[tuple[str, str, bool]] = Counter()
    for link in links:
        before = link.before if link.before in sides[0] else others[0]
        after = link.after if link.after in sides[1] else others[1]
        merged[before, after, link.dashed] += link.count
    order = _ordered(Counter(), [FlowLink(*key[:2], count) for key, count in merged.items()], 0)
    places = {name: number for number, name in enumerate(order)}
    return sorted(
        (FlowLink(key[0], key[1], count, key[2]) for key, count in merged.items()),
        key=lambda link: (places[link.before], -link.count, link.after),
    )


def _ordered(counts: "Counter[str]", links: Sequence[FlowLink], side: int) -> dict[str, int]:
    for link in links:
        counts[(link.before, link.after)[side]] += link.count
    return dict(sorted(counts.items(), key=lambda item: (item[0].endswith(" others"), -item[1], item[0])))


def _facing(before: dict[str, int], links: Sequence[FlowLink]) -> dict[str, int]:
    """Order the right column by where its bands come from, so that few of them cross."""
    places = {name: number for number, name in enumerate(before)}
    counts = _ordered(Counter(), links, 1)
    pull = dict.fromkeys(counts, 0)
    for link in links:
        pull[link.after] += places[link.before] * link.count
    return dict(sorted(counts.items(), key=lambda item: (pull[item[0]] / max(1, item[1]), -item[1], item[0])))


def _slots(names: dict[str, int], scale: float) -> float:
    return _TOP + sum(max(count * scale, _SLOT) + _GAP for count in names.values())


def _stack(names: dict[str, int], scale: float) -> dict[str, float]:
    """Place the nodes of a column; each has room for its label, however few it stands for."""
    y, places = _TOP, {}
    for name, count in names.items():
        slot = max(count * scale, _SLOT)
        places[name] = y + (slot - max(count * scale, _MINIMUM)) / 2
        y += slot + _GAP
    return places


def _in_words(links: Sequence[FlowLink]) -> str:
    return "; ".join(
        f"{link.before} {'~' if link.dashed else '='} {link.after}: {link.count:,}" for link in links
    )


def _share(count: int, total: int) -> str:
    part = 100 * count / total
    if count and part < 0.1:
        return "under 0.1 %"
    if count < total and part > 99.9:
        return "over 99.9 %"
    return f"{part:.1f} %"


def _short(text: str, most: int) -> Markup:
    text = printable(text) or "(none)"
    # Isolated: a name in another direction must not turn the figure after it around.
    return escape("\u2068" + (text if len(text) <= most else text[: most - 1] + "…") + "\u2069")
