"""migration.yaml: every mistake with its place, secrets by reference only and never in a message."""

import sys
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.errors import ConfigError, UnsupportedError
from ticketferry.project.config import load_config

GOOD = """version: 1
source: {connector: zendesk, key: acme, subdomain: acme, email: a@x.example, token: 'env:TF_TEST_TOKEN'}
target: {connector: neutral, key: dest, folder: there}
"""


def load(tmp_path, text):
    (tmp_path / "migration.yaml").write_text(text, encoding="utf-8")
    return load_config(tmp_path)


def refused(tmp_path, text) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return str(caught.value)


def test_what_is_not_said_has_its_default(tmp_path):
    found = load(tmp_path, GOOD)
    assert (found.share, found.workers, found.mapping) == (1.0, 0, tmp_path / "mapping.yaml")
    assert (found.source.key, found.target.key, found.source.connector.name) == ("acme", "dest", "zendesk")
    assert found.target.where == "there"


def test_pace_and_workers_are_read(tmp_path):
    found = load(tmp_path, GOOD + "pace: {share: 0.7}\nworkers: 64\nmapping: sub/m.yaml\n")
    assert (found.share, found.workers, found.mapping) == (0.7, 64, tmp_path / "sub" / "m.yaml")


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ("pace: {share: 0}", "4:", "above 0"),
        ("pace: {share: nan}", "4:", "above 0"),
        ("pace: {share: [1]}", "4:", "above 0"),
        ("pace: {share: }", "4:", "above 0"),
        ("pace: fast", "4:", "is written {share: 0.7}"),
        ("pace: {share: 0.5, nights: 1}", "4:", "`pace.nights` is not supported"),
        ("workers: 0", "4:", "from 1 to 200"),
        ("workers: 201", "4:", "from 1 to 200"),
        ("workers: [1]", "4:", "from 1 to 200"),
        ("workers: ", "4:", "from 1 to 200"),
        ("mapping: [a]", "4:", "name of a file"),
        ("wokers: 3", "4:1", "did you mean `workers`"),
        ("zzz: 3", "4:1", "unknown key `zzz`"),
        ("environments: {}", "4:1", "is written {sandbox"),
        ("on_event: {}", "4:1", "`on_event` is written"),
        ("version: 1", "4:1", ""),
        ("wokers: 3\nworkers: 0\nworkers: 4", "6:1", "`workers` stands here twice"),
        ("wokers: 3\nworkers: 0\nworkers: 4", "4:1", "did you mean `workers`"),
        (f"kpi: {{hours: {{zone: {'9' * 400}, mon: '9:00-17:00'}}}}", "4:", "there is no time zone"),
    ],
)
def test_each_mistake_names_its_place(tmp_path, more, place, words):
    text = refused(tmp_path, GOOD + more + "\n")
    assert f"migration.yaml:{place}" in text
    assert words in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a\n", "must hold `source:`"),
        (GOOD.replace("key: dest", "key: acme"), "both desks have the key `acme`"),
        (GOOD.replace("key: acme", "key: Acme"), "short slug"),
        (GOOD.replace("connector: neutral", "connector: neutrl"), "no connector 'neutrl'"),
        (GOOD.replace("env:TF_TEST_TOKEN", "s3cret-value"), "must not stand in this file"),
        (GOOD.replace("'env:TF_TEST_TOKEN'", "[s3cret-value]"), "must not stand in this file"),
        ("version: 1\n", "`target` is missing"),
        (GOOD.replace("version: 1", "version: 7"), "version 7 is not known"),
    ],
)
def test_a_wrong_desk_is_told(tmp_path, text, words):
    message = refused(tmp_path, text)
    assert words in message
    assert "s3cret" not in message


def test_all_problems_are_told_at_once(tmp_path):
    text = refused(tmp_path, "version: 3\nsource: {connector: no, key: X}\nworkers: 0\nodd: 1\n")
    assert int(text.splitlines()[0].split()[0]) >= 4


def test_a_connector_that_only_reads_is_no_target(tmp_path, monkeypatch):
    from dataclasses import replace

    from ticketferry.project import config
    from ticketferry.registry import connector

    monkeypatch.setattr(config, "find_connector", lambda name: replace(connector(name), target=None))
    assert "can be a source only" in refused(tmp_path, GOOD)


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    (tmp_path / "migration.yaml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_secrets_come_from_the_environment_and_offline_from_nowhere(tmp_path, monkeypatch):
    desk = load(tmp_path, GOOD).source
    monkeypatch.delenv("TF_TEST_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="TF_TEST_TOKEN is not set") as caught:
        desk.options()
    assert caught.value.where.startswith("migration.yaml:2:")
    assert desk.options(offline=True).token.get_secret_value() == ""
    monkeypatch.setenv("TF_TEST_TOKEN", "hidden-value")
    options = desk.options()
    assert options.token.get_secret_value() == "hidden-value"
    assert "hidden-value" not in f"{options!r} {desk!r} {desk.where}"


def test_secrets_come_from_a_keyring(tmp_path, monkeypatch):
    desk = load(tmp_path, GOOD.replace("env:TF_TEST_TOKEN", "keyring:zendesk/ann@x")).source
    held = {("zendesk", "ann@x"): "hidden"}
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=lambda *key: held.get(key)))
    assert desk.options().token.get_secret_value() == "hidden"
    held.clear()
    with pytest.raises(ConfigError, match="keyring has no secret zendesk/ann@x"):
        desk.options()
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UnsupportedError, match="needs the package keyring"):
        desk.options()


def test_a_wrong_option_names_its_place_and_the_nearest_name(tmp_path):
    desk = load(tmp_path, GOOD.replace("folder: there", "folder: there, page_sise: 3, settle: soon")).target
    with pytest.raises(ConfigError) as caught:
        desk.options()
    assert "did you mean `page_size`" in str(caught.value)
    assert "target.settle" in str(caught.value)
    assert str(caught.value).count("migration.yaml:3:") == 2
    assert desk.where == ""


@given(
    st.binary(max_size=60)
    | st.text(alphabet=":{}[]- \n'\"&*!|>%@`abc:version source target 1", max_size=60).map(str.encode)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(150))
def test_whatever_stands_in_the_file_it_is_refused_in_words(tmp_path, data):
    (tmp_path / "migration.yaml").write_bytes(data)
    with pytest.raises(ConfigError):
        load_config(tmp_path)


def test_a_secret_that_the_desk_replaced_is_kept_in_the_keyring_and_nowhere_else(tmp_path, monkeypatch):
    keyring = pytest.importorskip("keyring")
    held = {}
    monkeypatch.setattr(keyring, "set_password", lambda *key: held.update({key[:2]: key[2]}))
    ringed = load(tmp_path, GOOD.replace("env:TF_TEST_TOKEN", "keyring:zendesk/ann@x")).source
    assert ringed.keep_secret("token", "new")
    assert held == {("zendesk", "ann@x"): "new"}
    exported = load(tmp_path, GOOD).source
    assert not exported.keep_secret("token", "new")
    assert not exported.keep_secret("no_such_option", "new")
    assert "new" not in (tmp_path / "migration.yaml").read_text()


def test_a_keyring_that_is_locked_is_no_place_to_keep_a_secret(tmp_path, monkeypatch):
    keyring = pytest.importorskip("keyring")
    from keyring.errors import KeyringLocked

    def locked(*_):
        raise KeyringLocked

    monkeypatch.setattr(keyring, "set_password", locked)
    desk = load(tmp_path, GOOD.replace("env:TF_TEST_TOKEN", "keyring:zendesk/ann@x")).source
    assert not desk.keep_secret("token", "new")
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not desk.keep_secret("token", "new")


@pytest.mark.parametrize("said", ["", "workers: auto\n"])
def test_as_many_workers_as_help_is_a_word_and_the_default(tmp_path, said):
    assert load(tmp_path, GOOD + said).workers == 0
    assert "`workers` must be `auto` or a whole number from 1 to 200" in refused(
        tmp_path, GOOD + "workers: 0\n"
    )
