"""Texts that were once read with the wrong character set, read as they were meant."""

import ftfy
from ftfy.badness import is_bad

__all__ = ["repaired"]


def repaired(text: str) -> str:
    """Return the text as it was meant, line by line; the same object where nothing looks broken.

    Only the encoding is mended (ftfy's `fix_encoding`): quotes, ligatures, widths and the like stay as somebody wrote them.
    """
    if text.isascii() or not is_bad(text):
        return text
    lines = text.split("\n")
    fixed = [ftfy.fix_encoding(line) if is_bad(line) else line for line in lines]
    return text if fixed == lines else "\n".join(fixed)
