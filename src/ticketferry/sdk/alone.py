"""A batch whose records are sent one after the other: what was done before one of them got no answer stays done."""

from collections.abc import Callable, Sequence

from ticketferry.errors import RetryableError, UnknownOutcomeError
from ticketferry.sdk.contract import Operation, WriteResult

__all__ = ["one_by_one"]


def one_by_one(batch: Sequence[Operation], send: Callable[[Operation], WriteResult]) -> list[WriteResult]:
    """Send each operation by itself and return the results in order.

    Where one is not served or gets no answer, it and all behind it are `unknown`, so that they are looked up: the exception would say
    of the whole batch that nothing was done. Raises it where it is the first, of which it is true.
    """
    results: list[WriteResult] = []
    for operation in batch:
        try:
            results.append(send(operation))
        except (RetryableError, UnknownOutcomeError):
            if not results:
                raise
            results += [WriteResult(left.key, "unknown") for left in batch[len(results) :]]
            break
    return results
