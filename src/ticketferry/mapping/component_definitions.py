"""Components that `groups` and routes give to tickets and that the projects of the routes lack."""

from collections.abc import Iterator

from ticketferry.mapping import expressions
from ticketferry.mapping.definition_record import UNDECIDED, definition_record
from ticketferry.mapping.work import Setup
from ticketferry.schema.records import Record

__all__ = ["component_definitions"]


def component_definitions(setup: Setup) -> Iterator[Record]:
    """Yield what could be missing: each component in each project to which a route leads; the plan makes those that a ticket names."""
    of_groups = list(dict.fromkeys(_names(setup)))
    for project in setup.target.get("projects", ()):
        routes = [route for route in setup.rules.route if project["key"] in route.project.names()]
        known = {row["name"].casefold() for row in project.get("components", ())}
        of_routes = [name for route in routes if route.component for name in route.component.names()]
        for name in [*of_routes, *of_groups] if routes else ():
            if name.casefold() not in known and name != UNDECIDED:
                known.add(name.casefold())
                yield definition_record(setup, "component", name, project=project["key"])


def _names(setup: Setup) -> Iterator[str]:
    """Yield the names that `groups` gives: as they stand there, or made of the names of the source's groups."""
    table = {key.casefold(): rule for key, rule in setup.rules.groups.items()}
    listed = [str(row["name"]) for row in setup.source.get("groups", ())]
    for group in dict.fromkeys([*listed, *(key for key in setup.rules.groups if key != "*")]):
        rule = table.get(group.casefold(), table.get("*"))
        if rule is not None and rule.component:
            yield from _rendered(rule.component, group)
    for rule in setup.rules.groups.values():
        if rule.component and "{{" not in rule.component:
            yield rule.component


def _rendered(source: str, group: str) -> Iterator[str]:
    if "{{" not in source:
        return
    try:
        name = expressions.render(expressions.compile_template(source), {"group": {"name": group}}).strip()
    except expressions.ExpressionError:
        return  # it asks for more than the name: the ticket tells, and what is missing then is told with it
    if name:
        yield name
