"""Steps of an expression that depend on no value of a record: what they give is known before any record is there."""

from collections.abc import Iterator

from jinja2 import nodes

__all__ = ["constant_steps"]

_SAMPLES = {"local": "2024-01-31T12:00:00Z", "round": 1}
"""Filter -> what it takes."""


def constant_steps(tree: nodes.Template) -> Iterator[nodes.Template]:
    """Yield each of them, the largest ones only, as a template of its own. It asks for their truth alone: a long list is no text that is too long.

    A time zone, a form of a time and a number of digits depend on no value either: with them a sample is shown.
    """
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Filter) and node.name in _SAMPLES and not _constant(node):
            arguments = [*node.args, *(keyword.value for keyword in node.kwargs)]
            if all(map(_constant, arguments)):
                sample = nodes.Const(_SAMPLES[node.name], lineno=node.lineno)
                tried = nodes.Filter(
                    sample, node.name, node.args, node.kwargs, None, None, lineno=node.lineno
                )
                yield _asked(tried)
        if (
            not isinstance(node, nodes.Expr)
            or isinstance(node, nodes.Name | nodes.Literal)
            or not _constant(node)
        ):
            waiting.extend(node.iter_child_nodes())
            continue
        yield _asked(node)


def _asked(node: nodes.Expr) -> nodes.Template:
    nothing = nodes.Const("", lineno=node.lineno)
    asked = nodes.CondExpr(node, nothing, nothing, lineno=node.lineno)
    return nodes.Template([nodes.Output([asked], lineno=node.lineno)], lineno=1)


def _constant(node: nodes.Node) -> bool:
    """Tell whether a step reads nothing but what it says itself."""
    return all(name.name == "range" for name in node.find_all(nodes.Name))
