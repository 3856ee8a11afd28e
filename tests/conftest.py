"""What all tests share: the vendors' documents, the rounds, and the profiles of property tests."""

import functools
import gc
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests import rounds
from tests.processor_time import FILE, ProcessorTime

ROOT = Path(__file__).resolve().parent.parent

# `ci` draws the same examples on every run, so that a red build is red again; `dev` looks for new ones; `long` for many.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "long", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


# A shell that starts the tests in the background lets them ignore Ctrl-C, and whatever they start too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    with suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of vendor documents (OpenAPI, recorded answers); skips where it is absent.

    TICKETFERRY_SHARED names it; else it is the folder `shared` beside the repository.
    """
    named = os.environ.get("TICKETFERRY_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no vendor documents at {folder}: set TICKETFERRY_SHARED to the folder that holds them")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Record processor seconds a test where the environment asks for it."""
    if file := os.environ.get(FILE):
        config.pluginmanager.register(ProcessorTime(Path(file).absolute()))


def _coverage_of(config: pytest.Config) -> Any:
    """Return what starts and stops the measuring of the coverage, None where there is none."""
    return getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure no test that `rounds.measured` leaves out, with its fixtures."""
    control = _coverage_of(item.config)
    if control is None or rounds.measured(item):
        return (yield)
    control.pause()
    try:
        return (yield)
    finally:
        control.resume()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Measure the first examples of a property test only: the others run the same code again."""
    control = _coverage_of(pyfuncitem.config)
    handle = getattr(pyfuncitem.obj, "hypothesis", None)
    if control is None or handle is None or not rounds.measured(pyfuncitem):
        return (yield)
    whole = handle.inner_test
    begun = 0

    @functools.wraps(whole)
    def counted(*args: Any, **named: Any) -> Any:
        nonlocal begun
        begun += 1
        if begun == rounds.MEASURED_EXAMPLES + 1:
            control.pause()
        return whole(*args, **named)

    handle.inner_test = counted
    try:
        return (yield)
    finally:
        handle.inner_test = whole
        if begun > rounds.MEASURED_EXAMPLES:
            control.resume()


def pytest_collection_finish() -> None:
    """Take what is there for the whole round (modules, tests, tables) out of the sight of the garbage collector: looking through it
    again and again takes a tenth of the processor time.
    """
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    """Say how a red part of the long families is drawn again."""
    if rounds.WHOLE:
        return "long families: whole"
    return (
        f"long families: the part of seed {rounds.SEED} (TICKETFERRY_TEST_SEED={rounds.SEED} draws it again)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the rounds before `-m` chooses by them, and leave out what the seed did not draw of the long families."""
    rounds.sort_out(items)
    if left := rounds.leave_out(items):
        config.hook.pytest_deselected(items=left)
