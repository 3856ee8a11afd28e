"""Changes to a YAML file that leave every other byte as it is: comments, quotes, order, blank lines."""

from collections.abc import Iterator
from typing import Any

import yaml

from ticketferry.mapping.yaml_document import Path

__all__ = ["YamlEdit", "leaf_nodes"]


class YamlEdit:
    """A YAML text that is edited by places. Edits are gathered and made at once by `result`; places are those of the text as it was.

    Raises yaml.YAMLError for a text that is none.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        self._edits: list[tuple[int, int, int, str]] = []
        self._added: set[str] = set()
        self._grown: set[int] = set()
        self._newline = "\r\n" if "\r\n" in text else "\n"

    @property
    def edits(self) -> int:
        """Return how many edits were gathered."""
        return len(self._edits)

    def result(self) -> str:
        """Return the text with all edits."""
        text = self._text
        for start, end, _, new in sorted(self._edits, key=lambda edit: (edit[0], edit[2]), reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def has(self, *path: str | int) -> bool:
        """Tell whether something stands at a place."""
        return self._node(path) is not None

    def replace(self, path: Path, value: str) -> bool:
        """Put another value, as YAML on one line, in place of the one there; returns whether there was one. A block is not replaced."""
        node = self._node(path)
        if node is None or (isinstance(node, yaml.CollectionNode) and not node.flow_style):
            return False
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return False
        lead = " " if start and self._text[start - 1] == ":" else ""
        self._edit(start, end, lead + value)
        return True

    def add_key(self, path: Path, key: str, value: str, comment: str = "") -> bool:
        """Add an entry at the end of a table; both are YAML on one line. Returns False where there is no table at the place."""
        node = self._node(path)
        if not isinstance(node, yaml.MappingNode):
            return False
        if node.flow_style or not node.value:
            at = node.end_mark.index - 1
            between = self._text[node.value[-1][1].end_mark.index : at] if node.value else ","
            before = "" if any("," in line.partition("#")[0] for line in between.splitlines()) else ", "
            before = ", " if id(node) in self._grown else before if node.value else ""
            self._grown.add(id(node))
            self._edit(at, at, f"{before}{key}: {value}")
            return True
        words = f"  # {comment}" if comment else ""
        # `"*"` names what no other line does: it stays last.
        last = node.value[-1]
        if last[0].value == "*" and len(node.value) > 1:
            self.insert_above(last[0].start_mark.line, f"{key}: {value}{words}")
        else:
            indent = " " * node.value[0][0].start_mark.column
            self._below(last[1], f"{indent}{key}: {value}{words}")
        return True

    def append(self, text: str) -> None:
        """Add lines at the end of the file."""
        end = len(self._text)
        lead = "" if not self._text or self._text.endswith("\n") else self._newline
        self._edit(end, end, lead + text)

    def below(self, path: Path, text: str) -> bool:
        """Add a line below the block that stands at a place, at its own indent."""
        node = self._node(path)
        if node is None:
            return False
        self._below(node, text)
        return True

    def insert_above(self, line: int, text: str) -> None:
        """Add a line above a line (from 0), with the same indent. The same text above the same line is added once, and not where it stands already."""
        lines = self._text.splitlines(keepends=True)
        at = sum(map(len, lines[:line]))
        there = lines[line] if line < len(lines) else ""
        indent = there[: len(there) - len(there.lstrip(" "))]
        if (line and lines[line - 1].strip() == text.strip()) or f"{line}:{text}" in self._added:
            return
        self._added.add(f"{line}:{text}")
        self._edit(at, at, f"{indent}{text}{self._newline}")

    def says(self, text: str) -> bool:
        """Tell whether a line, without its indent, stands in the file."""
        return any(line.strip() == text.strip() for line in self._text.splitlines())

    def line_of(self, *path: str | int) -> int | None:
        """Return the line, from 0, on which something stands."""
        node = self._node(path)
        return None if node is None else int(node.start_mark.line)

    def _edit(self, start: int, end: int, new: str) -> None:
        lines = new.replace("\r\n", "\n").replace("\n", self._newline)
        self._edits.append((start, end, len(self._edits), lines))

    def _below(self, node: Any, text: str) -> None:
        last = list(leaf_nodes(node))[-1]
        at = last.end_mark.index
        if last.end_mark.column or not (isinstance(last, yaml.ScalarNode) and last.style in ("|", ">")):
            stop = self._text.find("\n", at)
            at = len(self._text) if stop < 0 else stop + 1
        lead = self._newline if at == len(self._text) and not self._text.endswith("\n") else ""
        self._edit(at, at, f"{lead}{text}{self._newline}")

    def _node(self, path: Path | tuple[str | int, ...]) -> Any:
        node: Any = self._root
        for step in path:
            if isinstance(node, yaml.MappingNode):
                node = next((value for key, value in node.value if key.value == step), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return None
            if node is None:
                return None
        return node


def leaf_nodes(node: Any) -> Iterator[Any]:
    """Yield the scalars of a node and its collections on one line, in the order of the text."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        for item in node.value:
            for each in item if isinstance(item, tuple) else (item,):
                yield from leaf_nodes(each)
    else:
        yield node
