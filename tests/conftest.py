"""What all tests share: the vendors' documents and the profiles of property tests."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# `ci` draws the same examples on every run, so that a red build is red again; `dev` looks for new ones.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


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
