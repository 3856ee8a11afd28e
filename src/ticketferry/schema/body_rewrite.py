"""A tree with some of its inline nodes replaced; what holds no change stays the same object."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ticketferry.schema.body import Block, Blocks, Cell, Inline, Inlines, Tree, normal_line

__all__ = ["rewrite"]

Change: TypeAlias = Callable[[Inline], Inline | Sequence[Inline] | None]


def rewrite(tree: Tree, change: Change) -> Tree:
    """The tree with every inline node replaced by what `change` gives: a node, several (a list), or None to take it out.

    A node returned as it is costs nothing: what holds no change is the same object before and after, up to the tree itself.
    """
    return _rewrite_blocks(tree, change)


def _rewrite_blocks(blocks: Blocks, change: Change) -> Blocks:
    out = [_rewrite_block(block, change) for block in blocks]
    return blocks if all(a is b for a, b in zip(out, blocks, strict=True)) else tuple(out)


def _rewrite_items(items: tuple[Blocks, ...], change: Change) -> tuple[Blocks, ...]:
    out = [_rewrite_blocks(item, change) for item in items]
    return items if all(a is b for a, b in zip(out, items, strict=True)) else tuple(out)


def _rewrite_block(block: Block, change: Change) -> Block:
    match block:
        case ("p", inlines):
            line = _rewrite_line(inlines, change)
            return block if line is inlines else ("p", line)
        case ("h", level, inlines):
            line = _rewrite_line(inlines, change)
            return block if line is inlines else ("h", level, line)
        case ("ul", items):
            done = _rewrite_items(items, change)
            return block if done is items else ("ul", done)
        case ("ol", start, items):
            done = _rewrite_items(items, change)
            return block if done is items else ("ol", start, done)
        case ("quote", blocks):
            inner = _rewrite_blocks(blocks, change)
            return block if inner is blocks else ("quote", inner)
        case ("fold", title, blocks):
            inner = _rewrite_blocks(blocks, change)
            return block if inner is blocks else ("fold", title, inner)
        case ("table", rows):
            made = tuple(tuple(_rewrite_cell(cell, change) for cell in row) for row in rows)
            return block if made == rows else ("table", made)
        case _:
            return block


def _rewrite_cell(cell: Cell, change: Change) -> Cell:
    blocks = _rewrite_blocks(cell[3], change)
    return cell if blocks is cell[3] else (cell[0], cell[1], cell[2], blocks)


def _rewrite_line(inlines: Inlines, change: Change) -> Inlines:
    line: list[Inline] = []
    same = True
    for node in inlines:
        new = change(node)
        if new is node:
            line.append(node)
            continue
        same = False
        if isinstance(new, tuple) and new and isinstance(new[0], str):
            line.append(new)
        elif new:
            line.extend(new)  # type: ignore[arg-type]
    return inlines if same else normal_line(line)
