"""Variables of the process's environment, set for a while: made-up secrets of stand-ins stand where migration.yaml names them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["variables_set"]


@contextmanager
def variables_set(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables; afterwards each has the value of before, or is not there, whatever happened meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
