"""A file of the new desk is read again where its transfer breaks off: one bad answer is no other file."""

from hashlib import sha256
from types import SimpleNamespace

from ticketferry.errors import RejectedError, RetryableError
from ticketferry.verify.file_sums import read_sum
from ticketferry_emulators.kit.clock import ManualClock


def desk(*answers):
    """A desk that gives these in turn: bytes, or an error behind the first bytes."""
    left = list(answers)

    def content(_):
        answer = left.pop(0)
        yield b"he"
        if isinstance(answer, Exception):
            raise answer
        yield answer

    return SimpleNamespace(content=content, left=left)


def test_a_transfer_that_breaks_off_is_begun_again_from_its_first_byte():
    clock = ManualClock()
    began = clock.time()
    one = desk(RetryableError("502"), RetryableError("cut", retry_after=30.0), b"llo")
    assert read_sum(one, {}, clock) == sha256(b"hello").hexdigest()
    assert clock.time() - began == 31.0


def test_a_file_that_is_refused_or_never_comes_has_no_sum():
    clock = ManualClock()
    assert read_sum(desk(RejectedError("gone", status=404)), {}, clock) is None
    one = desk(*(RetryableError("502") for _ in range(9)))
    assert read_sum(one, {}, clock) is None
    assert len(one.left) == 5
