"""What all tests share: the vendors' documents, the rounds, and the profiles of property tests."""

import gc
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests import rounds
from tests.probes import FOLDER, Coverage
from tests.processor_time import FILE, ProcessorTime
from tests.without_sockets import WAY

ROOT = Path(__file__).resolve().parent.parent

# `ci` draws the same examples on every run, so that a red build is red again; `dev` looks for new ones; `long` for many, `quick` for few.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "long", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("quick", max_examples=rounds.QUICK_EXAMPLES, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


_LAST_MODULE: list[Path | None] = [None]
COVERAGE = Coverage(Path(folder).absolute()) if (folder := os.environ.get(FOLDER)) else None

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
    """Record processor seconds a test, and the coverage, where the environment asks for them."""
    if file := os.environ.get(FILE):
        config.pluginmanager.register(ProcessorTime(Path(file).absolute()))
    if COVERAGE:
        config.pluginmanager.register(COVERAGE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Choose how requests go to the stand-ins of this process, and forget the secrets that the tests of another module met: each answer is
    looked through for every one of them.
    """
    WAY.choose(item.path, item.nodeid)
    secrets = sys.modules.get("ticketferry.sdk.secrets")
    if secrets is not None and item.path != _LAST_MODULE[0]:
        secrets._KNOWN = secrets._Known()
    _LAST_MODULE[0] = item.path


def pytest_collection_finish() -> None:
    """Take what is there for the whole round (modules, tests, tables) out of the sight of the garbage collector: looking through it
    again and again takes a tenth of the processor time. And let it look through what is new by ten thousand things, not by seven hundred.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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
