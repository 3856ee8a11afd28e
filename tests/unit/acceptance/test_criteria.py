"""acceptance.yaml: what is read, and what is refused with its place."""

from datetime import date

import pytest

from ticketferry.acceptance.criteria import load_acceptance, read_acceptance
from ticketferry.errors import ConfigError

WHOLE = """version: 1
criteria:
  rejected: 0
  impossible: 0.5%
  findings: {F102: 10, "TF-X": 0}
waivers:
  - {criterion: rejected, most: 3, because: "moved by hand, ticket 88", by: Ada, until: 2026-12-31}
"""


def test_criteria_and_waivers_are_read_with_their_places() -> None:
    found = read_acceptance(WHOLE)
    assert {name: (most.number, most.share) for name, most in found.criteria.items()} == {
        "rejected": (0, False), "impossible": (0.005, True), "findings.F102": (10, False), "findings.TF-X": (0, False),
    }  # fmt: skip
    assert found.places["findings.F102"] == "acceptance.yaml:5:14"
    (waiver,) = found.waivers
    assert (waiver.criterion, waiver.most.number, waiver.by, waiver.until) == (
        "rejected",
        3,
        "Ada",
        date(2026, 12, 31),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a\n", "must hold `criteria:`"),
        ("criteria: {}\n", "the most of each kind"),
        ("waivers: []\n", "the most of each kind"),
        ("criteria: {rejectd: 0}\n", "acceptance.yaml:1:12: there is no criterion `rejectd`: did you mean `rejected`"),
        ("criteria: {rejected: many}\n", "`many` is no bound"),
        ("criteria: {rejected: -1}\n", "is no bound"),
        ("criteria: {rejected: 101%}\n", "is no bound"),
        ("criteria: {rejected: }\n", "is no bound"),
        ("criteria: {findings: F102}\n", "{CODE: most}"),
        ("version: 2\ncriteria: {rejected: 0}\n", "version 2 is not known"),
        ("criterion: {rejected: 0}\n", "did you mean `criteria`"),
        ("criteria: {rejected: 0}\nwaivers: {rejected: 3}\n", "`waivers` is a list"),
        ("criteria: {rejected: 0}\nwaivers: [x]\n", "a waiver is written"),
        ("criteria: {rejected: 0}\nwaivers: [{criterion: rejected, most: 3}]\n", "a waiver needs `because`, `by`, `until`"),
        ("criteria: {rejected: 0}\nwaivers: [{criterion: gone, most: 3, because: x, by: y, until: 2026-12-31}]\n", "has no `gone`"),
        ("criteria: {rejected: 0}\nwaivers: [{criterion: rejected, most: x, because: x, by: y, until: 2026-12-31}]\n", "is no bound"),
        ("criteria: {rejected: 0}\nwaivers: [{criterion: rejected, most: 1, because: x, by: y, until: soon}]\n", "is no day"),
        ("criteria: {rejected: 0}\nwaivers: [{criterion: rejected, most: 1, because: ' ', by: y, until: 2026-12-31}]\n", "needs `because`"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_acceptance(text)
    assert words in caught.value.message, caught.value.message
    assert "acceptance.yaml:" in caught.value.message


def test_a_folder_without_the_file_has_no_criteria(tmp_path) -> None:
    assert load_acceptance(tmp_path) is None
    (tmp_path / "acceptance.yaml").write_text(WHOLE)
    assert load_acceptance(tmp_path) == read_acceptance(WHOLE)
