"""What was found in a sample, and what it says of all: only a random draw speaks, and what nobody looked at speaks against."""

from ticketferry.audit.bound import most_defective
from ticketferry.audit.result import AuditResult


def result(**changed: object) -> AuditResult:
    fields: dict[str, object] = {
        "plan": "p-01", "digest": "d", "seed": "s", "by": "Ada", "at": "", "population": 1000, "random": 100, "looked_at": 110,
        "random_looked_at": 100, "random_defects": 0, "confidence": 0.95, "defects": {}, "open": 0,
    }  # fmt: skip
    return AuditResult(**(fields | changed))  # type: ignore[arg-type]


def test_an_example_of_a_kind_says_nothing_of_all_but_counts_itself() -> None:
    clean = result().bound
    assert clean == most_defective(1000, 100, 0, 0.95)
    assert result(defects={"t": "words"}).bound == clean
    many = {str(number): "words" for number in range(clean + 5)}
    assert result(defects=many).bound == clean + 5


def test_a_ticket_that_nobody_looked_at_counts_against() -> None:
    assert result(random_looked_at=97, looked_at=107, open=3).bound == most_defective(1000, 100, 3, 0.95)
    assert result(random_looked_at=0, looked_at=0, open=110).bound == 1000
