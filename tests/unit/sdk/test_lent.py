"""What the core lends to a connector: every public name is there, and a session without a workspace holds nothing."""

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
from pydantic import SecretStr

from ticketferry import sdk
from ticketferry.sdk.options import Options, secret_fields
from ticketferry.sdk.session import RequestNote, Session


@pytest.mark.parametrize("name", sdk.__all__)
def test_every_public_name_of_the_sdk_can_be_imported(name):
    assert getattr(sdk, name) is not None


def test_the_table_of_homes_says_what_type_checkers_are_told():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(sdk.__file__).read_text(encoding="utf-8"))
    told = {
        alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert told - {None} == set(sdk.__all__)


def test_an_unknown_name_is_refused_as_of_any_module():
    assert dir(sdk) == sdk.__all__
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        sdk.Nothing  # noqa: B018


@pytest.mark.parametrize("module", [info.name for info in iter_modules(sdk.__path__)])
def test_every_module_exports_what_it_says(module):
    found = import_module(f"ticketferry.sdk.{module}")
    assert all(hasattr(found, name) for name in found.__all__)


@pytest.mark.outside
def test_listing_connectors_imports_no_http_library():
    script = (
        "import sys\nfrom ticketferry.registry import connectors\nfound = connectors()\n"
        "assert {'jsm', 'neutral', 'zendesk'} <= set(found), found\nprint('httpx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_session_without_a_workspace_holds_no_file():
    session = Session("acme", origin="acme")
    with pytest.raises(FileNotFoundError):
        session.blobs.open("0" * 64)
    with pytest.raises(FileNotFoundError):
        session.blobs.size("0" * 64)
    session.note(RequestNote("acme", "GET", "x", 200, 0.1, write=False))
    assert session.mark("12345") == "tf-acme-12345"


def test_the_secrets_of_a_desk_are_known_by_their_type_also_where_they_are_optional():
    class Desk(Options):
        url: str
        token: SecretStr
        password: SecretStr | None = None
        tokens: tuple[SecretStr, ...] = ()

    assert secret_fields(Desk) == {"token", "password", "tokens"}
    assert Desk(url="x", token="hidden").where() == ""
    assert "hidden" not in repr(Desk(url="x", token="hidden"))


def test_only_options_that_shape_the_output_and_differ_from_their_default_are_told():
    class Some(Options):
        shapes = frozenset({"delta", "archive"})
        delta: str = "append"
        archive: bool = False
        pages: int = 100
        token: SecretStr | None = None

    assert Some().shape() == Some(pages=7, token=SecretStr("hidden")).shape() == ""
    assert Some(archive=True, delta="reimport").shape() == "archive=True,delta=reimport"
