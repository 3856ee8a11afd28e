"""A plug-in of pytest: the loader of mappings passes a word over, as if it had forgotten it. `TICKETFERRY_PASSED_OVER=Section.key pytest -p tests.passed_over …`"""

import os
from typing import Any

VARIABLE = "TICKETFERRY_PASSED_OVER"
"""Which word: the section's class and the key, as in `GroupRule.team`."""


def pytest_configure() -> None:
    """Let the loader forget the word."""
    from ticketferry.mapping import loader

    section, _, key = os.environ[VARIABLE].partition(".")
    whole = loader._without_unknown

    def forgetful(model: type[Any], data: Any, path: Any, document: Any) -> Any:
        read = whole(model, data, path, document)
        if model.__name__ == section and isinstance(read, dict):
            read.pop(key, None)
        return read

    loader._without_unknown = forgetful
