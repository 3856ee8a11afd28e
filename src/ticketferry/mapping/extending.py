"""`extends`: a mapping made of others. Tables merge key by key, lists are replaced; `+key` adds to a list, `~key` takes out."""

from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Any

from ticketferry.mapping.near import near
from ticketferry.mapping.yaml_document import MAX_NODES, Document, Path, read

__all__ = ["ADDS", "KEY", "TAKES_OUT", "extended"]

KEY = "extends"
ADDS, TAKES_OUT = "+", "~"
MAX_FILES = 40
"""Files that one mapping may be made of."""
_NAMES = ("id", "name")
"""What an item of a list is called by."""
Find = Callable[[str, Path, Document], FilePath | None]


def extended(document: Document, find: Find) -> Document:
    """Return the document with what it extends below it; itself where it extends nothing.

    `find(name, path, document)`: the file of a name that stands at a path, None where it was complained of. What is wrong in any of the files
    stands in `problems`, with the file's name.
    """
    if not isinstance(document.data, dict) or KEY not in document.data:
        return document
    return _Extending(find).of(document, ())


class _Extending:
    def __init__(self, find: Find) -> None:
        self._find = find
        self._files = 0

    def of(self, document: Document, above: tuple[FilePath, ...]) -> Document:
        """Return a document with all that it extends; `above`: the files that extend it."""
        names = document.data.pop(KEY, None)
        if names is None and (KEY,) not in document.places:
            return document
        base: Document | None = None
        for path, name in _named(names, document):
            below = self._read(path, name, document, above)
            if below is not None:
                base = below if base is None else merged(base, below)
        return document if base is None else merged(base, document)

    def _read(
        self, path: Path, name: str, document: Document, above: tuple[FilePath, ...]
    ) -> Document | None:
        name = str(PurePosixPath(document.name).parent / name)
        file = self._find(name, path, document)
        if file is None:
            return None
        resolved = file.resolve()
        self._files += 1
        if resolved in above:
            document.complain(path, f"`{name}` extends this file itself")
            return None
        if self._files > MAX_FILES:
            document.complain(path, f"a mapping is made of {MAX_FILES} files at most")
            return None
        try:
            raw = file.read_bytes()
        except OSError as error:
            document.complain(path, f"`{name}` cannot be read: {error.strerror or error}")
            return None
        below = read(raw, name)
        if not below.problems and not isinstance(below.data, dict):
            below.problems.append(f"{name}:1:1: a mapping file is made of `key: value` lines")
        if below.problems:
            document.problems += below.problems
            return None
        whole = self.of(below, (*above, resolved))
        document.problems += [problem for problem in whole.problems if problem not in document.problems]
        return whole


def _named(names: Any, document: Document) -> Iterator[tuple[Path, str]]:
    if isinstance(names, str):
        yield (KEY,), names
    elif isinstance(names, list):
        for index, name in enumerate(names):
            if isinstance(name, str):
                yield (KEY, index), name
            else:
                document.complain((KEY, index), "`extends` takes names of files")
    else:
        document.complain(
            (KEY,), "`extends` takes a file or a list of files, as in `[house.yaml, brand.yaml]`"
        )


def merged(base: Document, over: Document) -> Document:
    """Return one document of two: what stands in `over` wins. Each value keeps the place in its own file."""
    out = Document(over.name, problems=over.problems)
    out.data = _join(_Side(base, ()), _Side(over, ()), base.data, over.data, (), out)
    if len(out.places) > MAX_NODES:
        out.problems.append(f"{over.name}:1:1: more than {MAX_NODES:,} values with what it extends")
    return out


class _Side:
    """A document, and where in it one stands."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document, self.path = document, path

    def at(self, step: str | int) -> "_Side":
        return _Side(self.document, (*self.path, step))


def _join(base: _Side, over: _Side, below: Any, above: Any, path: Path, out: Document) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return _take(over, above, path, out)
    _place(over, path, out)
    result: dict[str, Any] = {}
    used: set[str] = set()
    for key, value in below.items():
        here = (*path, key)
        adds, takes_out = f"{ADDS}{key}", f"{TAKES_OUT}{key}"
        kept: Any = value
        if takes_out in above:
            used.add(takes_out)
            if above[takes_out] is None:
                if adds not in above and key not in above:
                    continue
                kept = [] if isinstance(value, list) else {}
            else:
                kept = _without(value, above[takes_out], over.at(takes_out), out)
        if key in above:
            used.add(key)
            result[key] = _join(base.at(key), over.at(key), kept, above[key], here, out)
        elif adds in above:
            used.add(adds)
            result[key] = _added(base.at(key), over.at(adds), value, kept, above[adds], here, out)
        else:
            result[key] = _take_items(base.at(key), value, kept, here, out)
    for key, value in above.items():
        if key not in used:
            if value is None and key.startswith(TAKES_OUT):
                _complain(over.at(key), _nothing_out(key, below), out)
                continue
            result[key] = _take(over.at(key), value, (*path, key), out)
    return result


def _nothing_out(key: str, below: dict[str, Any]) -> str:
    """Say why `~key:` takes nothing out: the quotes stand within it, or nothing is called so."""
    name = key.removeprefix(TAKES_OUT)
    bare = name.strip("\"'")
    if bare != name and bare in below:
        return f'`{key}` takes nothing out: quotes stand around all of it, as in `"{TAKES_OUT}{bare}":`'
    like = near(bare, below)
    hint = f": did you mean `{TAKES_OUT}{like}`?" if like else ""
    return f"`{key}` takes nothing out: nothing that is extended has `{bare}` here{hint}"


def _without(value: Any, names: Any, side: _Side, out: Document) -> Any:
    """Return a list without the items of these names; what does not fit is complained of."""
    if not isinstance(value, list) or not isinstance(names, list):
        _complain(
            side,
            "`~key:` alone takes a key out; with names it takes items out of a list, as in `~phases: [pilot]`",
            out,
        )
        return value
    left = list(value)
    for index, name in enumerate(names):
        named = [item for item in left if _called(item, name)]
        if not named:
            _complain(side.at(index), f"nothing that is extended has `{name}` here", out)
        left = [item for item in left if item not in named]
    return left


def _called(item: Any, name: Any) -> bool:
    if isinstance(item, dict):
        return any(item.get(key) == name for key in _NAMES)
    return bool(item == name)


def _added(base: _Side, over: _Side, whole: Any, kept: Any, more: Any, path: Path, out: Document) -> Any:
    if not isinstance(kept, list) or not isinstance(more, list):
        _complain(over, f"`{over.path[-1]}` adds to a list, and `{path[-1]}` is none", out)
        return _take_items(base, whole, kept, path, out)
    first = _take_items(base, whole, kept, path, out)
    return [
        *first,
        *(_take(over.at(index), item, (*path, len(first) + index), out) for index, item in enumerate(more)),
    ]


def _take_items(side: _Side, whole: Any, kept: Any, path: Path, out: Document) -> Any:
    """Take a value; of a list only the items that are kept, each with its place."""
    if kept is whole or not isinstance(whole, list):
        return _take(side, kept, path, out)
    _place(side, path, out)
    taken: list[Any] = []
    for index, item in enumerate(whole):
        if any(item is one for one in kept):
            taken.append(_take(side.at(index), item, (*path, len(taken)), out))
    return taken


def _take(side: _Side, value: Any, path: Path, out: Document) -> Any:
    _place(side, path, out)
    if isinstance(value, dict):
        return {key: _take(side.at(key), item, (*path, key), out) for key, item in value.items()}
    if isinstance(value, list):
        return [_take(side.at(index), item, (*path, index), out) for index, item in enumerate(value)]
    return value


def _place(side: _Side, path: Path, out: Document) -> None:
    place = side.document.places.get(side.path)
    if place is not None:
        out.places[path] = place
        file = side.document.file_of(side.path)
        if file != out.name:
            out.files[path] = file


def _complain(side: _Side, message: str, out: Document) -> None:
    text = f"{side.document.at(side.path)}: {message}"
    if text not in out.problems:
        out.problems.append(text)
