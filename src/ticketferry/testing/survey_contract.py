"""What every source keeps that tells about its desk: totals, gaps in the numbers, what is not moved, how long reading takes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from ticketferry.errors import UnsupportedError
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import Stage
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Source, Wire
from ticketferry.sdk.features import Feature
from ticketferry.sdk.forecast import Forecaster, Meter, Probe
from ticketferry.sdk.survey import Absence, Survey
from ticketferry.testing.source_suite import SourceSuite

__all__ = ["SurveyContract"]


class SurveyContract(SourceSuite):
    """A part of `SourceContract`; each test is skipped where the connector does not declare the feature."""

    def test_control_totals_are_those_of_reading(self, source: Source, catalog: Catalog) -> None:
        """What the desk counts by another way is what its streams gave, stage by stage and month by month."""
        self.needs(Feature.TOTALS)
        read = Counter(self._stages_and_months(source, catalog))
        totals = list(cast("Survey", source).totals())
        assert totals, "a desk that declares totals counts something"
        cells = [(total.stage, total.month) for total in totals]
        assert len(set(cells)) == len(cells), "two totals of the same stage and month"
        for total in totals:
            assert total.where
            assert total.month == "" or re.fullmatch(r"\d{4}-\d\d", total.month)
            stages = set(total.stage.split("+")) if total.stage else None
            assert stages is None or stages <= {stage.value for stage in Stage}, total.stage
            here = sum(
                count
                for (stage, month), count in read.items()
                if (stage in stages if stages else stage not in ("deleted", "spam", "suspended"))
                and total.month in ("", month)
            )
            if total.exact:
                assert total.count == here, total

    def _stages_and_months(self, source: Source, catalog: Catalog) -> Iterator[tuple[str, str]]:
        for wire in self.all_wires(source).values():
            if wire.ref.kind is Kind.TICKET and wire.body is not None:
                for record in self.finished(source, wire, catalog).records:
                    if record["ref"] == str(wire.ref):
                        at = datetime.fromisoformat(str(record["created"])) if "created" in record else None
                        month = f"{at.astimezone(UTC):%Y-%m}" if at else ""
                        stage = str(record.get("stage", ""))
                        yield ("deleted" if wire.gone and not stage else stage), month

    def test_every_gap_in_the_numbers_is_explained(self, source: Source, catalog: Catalog) -> None:
        """A number that no ticket has gets a reason other than unknown; one that a ticket has is left out."""
        self.needs(Feature.TOTALS)
        survey = cast("Survey", source)
        highest: dict[str, int] = {}
        used: set[str] = set()
        for wire in self.all_wires(source).values():
            if wire.ref.kind is Kind.TICKET and wire.body is not None and not wire.gone:
                for record in self.finished(source, wire, catalog).records:
                    if record["ref"] == str(wire.ref) and (
                        numbered := re.fullmatch(r"(|.*\D)([1-9]\d*)", str(record.get("number", "")))
                    ):
                        used.add(numbered[0])
                        highest[numbered[1]] = max(highest.get(numbered[1], 0), int(numbered[2]))
        assert used, "the desk of the contract suite has no numbered ticket"
        living = sorted(used)[: self.most_roots]
        assert survey.explain_absent(living) == {}
        assert survey.explain_absent([]) == {}
        gaps = [
            f"{prefix}{number}"
            for prefix, high in highest.items()
            for number in range(1, high)
            if f"{prefix}{number}" not in used
        ][: self.most_roots]
        reasons = survey.explain_absent(gaps)
        assert set(reasons) <= set(gaps)
        assert [name for name in gaps if reasons.get(name) is Absence.UNKNOWN] == []

    def test_the_inventory_names_each_thing_once(self, source: Source) -> None:
        """What is not moved has a kind, an id that is its own, and a use that is no negative number."""
        self.needs(Feature.INVENTORY)
        things = list(cast("Survey", source).inventory())
        assert things, "the desk of the contract suite has nothing that is not moved"
        names = [(item.what, item.id) for item in things]
        assert len(set(names)) == len(names)
        for item in things:
            assert item.what
            assert item.id
            assert item.used is None or item.used >= 0
            assert item.last_used is None or item.last_used.tzinfo is not None

    def test_a_forecast_is_within_a_fifth_of_what_reading_takes(self, tmp_path: Path) -> None:
        """Requests and bytes of answers, but for the set-up and gaps in the numbers, and files: told from a sample, then read."""
        self.needs(Feature.FORECAST)
        meter, reading = Meter(), Meter()
        forecaster = self.noting_source(tmp_path, meter.note)
        read = self.noting_source(tmp_path, reading.note)
        if forecaster is None or read is None:
            pytest.skip("noting_source is not given")
        totals, inventory = (name in self.connector.features for name in (Feature.TOTALS, Feature.INVENTORY))
        try:
            counts = {stream: forecaster.count(stream) for stream in forecaster.streams()}
            catalog = forecaster.catalog()
            probe = Probe(meter, counts, totals=totals, inventory=inventory)
            forecast = cast("Forecaster", forecaster).forecast(probe)
            read.catalog()
            with reading.measured() as came:
                wires = self.all_wires(read)
                if totals:
                    list(cast("Survey", read).totals())
                if inventory:
                    list(cast("Survey", read).inventory())
            files = sum(
                one.stands_for * len(self.files_in(forecaster, one.wires, catalog)) for one in forecast.sample
            )
            files_read = len(self.files_in(read, wires.values(), catalog))
        finally:
            forecaster.close()
            read.close()
        needs = [need for need in forecast.needs if need.what != "numbers"]
        pairs = {
            "requests": (sum(need.requests for need in needs), came.all.requests),
            "bytes": (sum(need.octets for need in needs), came.all.octets),
            "files": (files, files_read),
        }
        wrong = {name: pair for name, pair in pairs.items() if abs(pair[0] - pair[1]) > 0.2 * pair[1]}
        assert wrong == {}, pairs
        assert set(forecast.records) <= {*read.streams(), *(need.what for need in forecast.needs)}
        assert forecast.unread == {}, "the desk of the contract suite shows everything"

    def files_in(self, source: Source, wires: Iterable[Wire], catalog: Catalog) -> set[str]:
        """Return the refs of the files that some wires hold."""
        return {
            str(record["ref"])
            for wire in wires
            if not wire.gone and not wire.unread
            for record in source.translate(wire, catalog).records
            if parse_ref(str(record.get("ref"))).kind is Kind.ATTACHMENT
        }

    def test_what_is_not_declared_about_the_desk_is_unsupported(self, source: Source) -> None:
        """A connector that cannot count, or list what is not moved, has no such method or says so."""
        absent: list[tuple[Feature, str, tuple[Any, ...]]] = [
            (Feature.TOTALS, "totals", ()),
            (Feature.TOTALS, "explain_absent", (["1"],)),
            (Feature.INVENTORY, "inventory", ()),
            (Feature.FORECAST, "forecast", (Probe(Meter(), {}),)),
        ]
        for feature, name, arguments in absent:
            method = getattr(source, name, None)
            if feature not in self.connector.features and method is not None:
                with pytest.raises(UnsupportedError):
                    list(method(*arguments))
