"""A migration into Jira sends hardly more requests than its data needs; the formula stands in the benchmark that prints it."""

import importlib.util
from pathlib import Path

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "jsm_requests.py"


def test_requests_are_within_five_percent_of_the_least(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARK.parent))
    spec = importlib.util.spec_from_file_location("jsm_requests", BENCHMARK)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    wanted, fixed, rest = benchmark.migrate(80)
    least, sent = sum(count for count, _ in wanted.values()), sum(rest.values())
    assert least > 500
    assert least <= sent <= 1.05 * least, {"least": wanted, "sent": dict(rest)}
    assert fixed < 160, (
        "what is read beforehand, and of the guards again and again, does not grow with the data"
    )
