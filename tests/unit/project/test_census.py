"""What a verify told of counts for the state of a ticket, whoever of the two comparisons told it."""

from ticketferry.project.census import _differing
from ticketferry.verify.verifier import Verified, VerifyLine
from ticketferry.verify.witnessing import Witnessed, WitnessedDifference


def test_a_ticket_of_which_only_the_witness_tells_is_no_verified_one() -> None:
    found = Verified()
    found.lines.append(VerifyLine("~", "d:ticket:1", "9", ("subject",), ""))
    found.witnessed = Witnessed(
        2, errors=[WitnessedDifference("d:ticket:2", "10", "leak", "comment 1", "internal words")]
    )
    assert _differing(found) == {"d:ticket:1", "d:ticket:2"}
