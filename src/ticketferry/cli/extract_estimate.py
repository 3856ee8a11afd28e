"""`ticketferry extract --estimate`: what an extract will take, before it begins."""

from typing import TYPE_CHECKING

from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ticketferry.extract.forecast import Taken
    from ticketferry.project.desks import DeskEstimate

__all__ = ["estimate_json", "print_estimates"]


def estimate_json(item: "DeskEstimate") -> dict[str, object]:
    """Return an estimate as `--json` shows it. Bytes are bytes of answers' bodies, seconds those of a whole extract."""
    figures: dict[str, object] = {
        "streams": item.streams,
        "records": item.records,
        "requests": item.requests,
        "seconds": round(item.seconds, 1),
        "disk": item.disk,
        "free": item.free,
        "share": item.share,
        "first": item.first,
        "not_counted": item.unknown,
    }
    taken = item.taken
    if taken is None:
        return figures
    return figures | {
        "bytes": taken.octets,
        "files": taken.files,
        "file_bytes": taken.file_octets,
        "parts": [
            {
                "what": row.what,
                "records": row.records,
                "requests": row.requests,
                "bytes": row.octets,
                "seconds": round(row.seconds, 1),
            }
            for row in taken.rows
        ],
        "exact": taken.exact,
        "not_shown": taken.unread,
        "sample": taken.chosen,
        "asked": {"requests": taken.spent.requests, "bytes": taken.spent.octets},
    }


def print_estimates(console: Console, estimates: "Sequence[DeskEstimate]") -> None:
    """Print what each desk takes: a whole extract by its sample where it was asked for one, else by the desk's own counts."""
    counted = [item for item in estimates if item.taken is None]
    for item in estimates:
        if item.taken is not None:
            _print_taken(console, item, item.taken)
    if counted:
        _print_counted(console, counted)
    if estimates:
        share = estimates[0].share
        part = f"; time at {share:.0%} of the desks' limits" if share != 1.0 else ""
        console.text(f"disk: {size(estimates[0].free)} free{part}")


def _time(seconds: float) -> str:
    return duration(seconds) if seconds >= 1 else "-"


def _print_taken(console: Console, item: "DeskEstimate", taken: "Taken") -> None:
    rows: list[tuple[object, ...]] = [
        (
            row.what.replace("_", " "),
            "-" if row.records is None else row.records,
            row.requests,
            size(row.octets),
            _time(row.seconds),
        )
        for row in taken.rows
    ]
    rows.append(("in all", taken.records, taken.requests, size(taken.octets), _time(taken.seconds)))
    header = (item.role, "records", "requests", "bytes", "time")
    console.table(rows, "lrrrr", header=header, indent=0)
    files = f"{counted(taken.files, 'file')} with {size(taken.file_octets)}" if taken.files else "no files"
    console.text(f"{item.role}: {files}; the workspace grows by about {size(taken.disk)}")
    for stream, why in taken.unread.items():
        console.text(f"{item.role}: these credentials do not get the {stream.replace('_', ' ')}: {why}")
    how = "every request is counted" if taken.exact else "scaled from a sample"
    sample = f" ({taken.chosen})" if taken.chosen else ""
    console.text(f"{item.role}: {how}{sample}")
    spent = taken.spent
    console.text(
        f"{item.role}: to find out took {counted(spent.requests, 'request')} and {size(spent.octets)}; nothing was kept"
    )
    if not item.first:
        console.text(
            f"{item.role}: was read before; these figures are for reading all of it anew. `ticketferry extract` reads what changed"
            " since, which takes less"
        )


def _print_counted(console: Console, estimates: "Sequence[DeskEstimate]") -> None:
    rows: list[tuple[object, ...]] = []
    for item in estimates:
        streams = [stream for stream in item.streams if stream.records]
        for stream in streams:
            seconds = (stream.seconds or 0.0) / item.share
            rows.append((
                item.role,
                stream.stream,
                stream.records or 0,
                stream.requests or 0,
                _time(seconds),
                size(stream.disk or 0),
            ))  # fmt: skip
        if len(streams) != 1:
            rows.append(
                (item.role, "in all", item.records, item.requests, _time(item.seconds), size(item.disk))
            )
    console.table(rows, "llrrrr", header=("desk", "what", "records", "requests", "time", "disk"), indent=0)
    for item in estimates:
        if item.unknown:
            console.text(f"{item.role}: the desk cannot count {', '.join(item.unknown)}; they come on top")
        if not item.first:
            console.text(f"{item.role}: was read before; only what changed since is read now")
    roles = " and ".join(item.role for item in estimates)
    console.text(
        f"{roles}: by the desk's counts alone, without the set-up"
        + (
            ", control totals, gaps in the numbers, the inventory and files: ticketferry extract --estimate"
            if "source" in roles
            else ""
        )
    )
