"""YAML as it was written: plain data in which every scalar is text, and the line and column of every value."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

__all__ = ["MAX_BYTES", "Document", "Path", "Place", "read"]

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]
"""Line and column, both from 1."""

MAX_BYTES = 4_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000
"""Nodes after anchors are expanded: a file of a few lines must not grow into gigabytes."""

_ABSENT = frozenset({"", "~", "null"})
_PLAIN_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str"})


@dataclass
class Document:
    """`data` holds dicts, lists, texts and None; `places` where each value (its key, in a dict) stands; `problems` all that is wrong.

    `files`: values that stand in another file, which this one extends -> its name.
    """

    name: str
    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    files: dict[Path, str] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)

    def at(self, path: Path) -> str:
        """`file:line:column` of a value, or of the nearest value around it."""
        while path not in self.places and path:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return f"{self.file_of(path)}:{line}:{column}"

    def file_of(self, path: Path) -> str:
        """Return the file in which a value stands."""
        return self.files.get(path, self.name)

    def complain(self, path: Path, message: str) -> None:
        """Note a problem at a place; the same one twice counts once."""
        text = f"{self.at(path)}: {message}"
        if text not in self._said:
            self._said.add(text)
            self.problems.append(text)


@dataclass
class _Node:
    line: int
    column: int
    text: str | None = None
    pairs: list[tuple["_Node", "_Node"]] | None = None
    items: list["_Node"] | None = None
    absent: bool = False
    open: bool = True
    key: "_Node | None" = None


def read(raw: bytes | str, name: str) -> Document:
    """Read one YAML document. Never raises for what the bytes hold: `problems` says it, with the place."""
    document = Document(name)
    text = _decode(raw, document)
    if text is None:
        return document
    try:
        root = _compose(_events(text))
    except _ProblemAtError as error:
        document.problems.append(f"{name}:{error.line}:{error.column}: {error.message}")
        return document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        fault = ", ".join(part for part in (error.context, error.problem) if part)
        if _is_tab(text, line, column) or "tab character" in (error.problem or ""):
            fault = "a tab where a value or an indent begins: YAML takes blanks there"
        document.problems.append(f"{name}:{line}:{column}: not YAML: {fault or 'cannot be read'}")
        return document
    except (yaml.YAMLError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else "cannot be read"
        document.problems.append(f"{name}:1:1: not YAML: {first}")
        return document
    if root is None:
        document.problems.append(f"{name}:1:1: the file is empty")
        return document
    try:
        document.data = _expand(root, (), document, [0], 0)
    except _ProblemAtError as error:
        document.problems.append(f"{name}:{error.line}:{error.column}: {error.message}")
    return document


def _is_tab(text: str, line: int, column: int) -> bool:
    lines = text.split("\n")
    return line <= len(lines) and lines[line - 1][column - 1 : column] == "\t"


class _ProblemAtError(Exception):
    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line, self.column, self.message = line, column, message


def _decode(raw: bytes | str, document: Document) -> str | None:
    if isinstance(raw, bytes):
        if len(raw) > MAX_BYTES:
            document.problems.append(
                f"{document.name}:1:1: larger than {MAX_BYTES:,} bytes: not a mapping file"
            )
            return None
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
            document.problems.append(
                f"{document.name}:{line}:{column}: not UTF-8 text: save the file as UTF-8"
            )
            return None
    else:
        text = raw
    if "\x00" in text:
        document.problems.append(
            f"{document.name}:{text.count(chr(10), 0, text.index(chr(0))) + 1}:1: binary data, not a text"
        )
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        document.problems.append(f"{document.name}:1:1: not UTF-8 text: save the file as UTF-8")
        return None
    return text


def _events(text: str) -> Iterator[Any]:
    # Events rather than compose(): its recursion would end the process on a thousand brackets.
    yield from yaml.parse(text, Loader=yaml.CSafeLoader)


def _compose(events: Iterator[Any]) -> _Node | None:
    anchors: dict[str, _Node] = {}
    stack: list[_Node] = []
    root: _Node | None = None
    documents = 0

    def place(node: _Node) -> None:
        nonlocal root
        if not stack:
            root = node
            return
        parent = stack[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            assert parent.pairs is not None
            parent.pairs.append((parent.key, node))
            parent.key = None

    for event in events:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _ProblemAtError(line, column, "a second document (`---`): a mapping is one document")
        elif isinstance(event, yaml.ScalarEvent):
            _refuse_tag(event.tag, line, column)
            plain = event.style in (None, "") and event.tag is None
            node = _Node(line, column, text=event.value, absent=plain and event.value in _ABSENT, open=False)
            if event.anchor:
                anchors[event.anchor] = node
            place(node)
        elif isinstance(event, yaml.AliasEvent):
            target = anchors.get(event.anchor or "")
            if target is None:
                raise _ProblemAtError(line, column, f"`*{event.anchor}` names no anchor above it")
            if target.open:
                raise _ProblemAtError(line, column, f"`*{event.anchor}` stands inside what it names")
            place(target)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if event.tag not in (None, "!"):
                _refuse_tag(event.tag, line, column)
            if len(stack) >= MAX_DEPTH:
                raise _ProblemAtError(line, column, f"nested more than {MAX_DEPTH} deep")
            node = _Node(line, column)
            if isinstance(event, yaml.MappingStartEvent):
                node.pairs = []
            else:
                node.items = []
            if event.anchor:
                anchors[event.anchor] = node
            place(node)
            stack.append(node)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop().open = False
    return root


def _refuse_tag(tag: str | None, line: int, column: int) -> None:
    if tag not in _PLAIN_TAGS:
        raise _ProblemAtError(line, column, f"the YAML tag `{tag}` is not read: write the plain value")


def _expand(node: _Node, path: Path, document: Document, count: list[int], depth: int) -> Any:
    count[0] += 1
    if count[0] > MAX_NODES:
        raise _ProblemAtError(
            node.line, node.column, f"more than {MAX_NODES:,} values once anchors are filled in"
        )
    if depth > MAX_DEPTH:
        raise _ProblemAtError(node.line, node.column, f"nested more than {MAX_DEPTH} deep")
    document.places.setdefault(path, (node.line, node.column))
    if node.items is not None:
        return [
            _expand(item, (*path, index), document, count, depth + 1) for index, item in enumerate(node.items)
        ]
    if node.pairs is None:
        return None if node.absent else node.text
    out: dict[str, Any] = {}
    for key, value in node.pairs:
        if key.text is None:
            document.problems.append(f"{document.name}:{key.line}:{key.column}: a key must be a text")
            continue
        if key.text in out:
            first = document.places[*path, key.text]
            document.problems.append(
                f"{document.name}:{key.line}:{key.column}: `{key.text}` stands here twice, first in line {first[0]}"
            )
            continue
        document.places[*path, key.text] = (key.line, key.column)
        out[key.text] = _expand(value, (*path, key.text), document, count, depth + 1)
    return out
