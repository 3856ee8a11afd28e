"""Which group of the target stands for a group of the source: the one that the mapping names (`team`), else the one of its name."""

from collections.abc import Mapping

from ticketferry.mapping.sections.people import GroupRule
from ticketferry.people.account import Account
from ticketferry.schema.catalog import Catalog, GroupDef

__all__ = ["TargetGroups"]


class TargetGroups:
    """The target's groups as its catalog lists them."""

    def __init__(self, rules: Mapping[str, GroupRule], target: Catalog) -> None:
        self._desk = target["desk"]
        self._teams = {key.casefold(): rule.team for key, rule in rules.items() if rule.team}
        self._groups: dict[str, GroupDef] = {}
        for row in target.get("groups", ()):
            self._groups.setdefault(row["name"].casefold(), row)

    def wanted(self, name: str) -> str:
        """Return what the group of the source is called in the target."""
        return self._teams.get(name.casefold()) or self._teams.get("*") or name

    def account(self, name: str) -> Account | None:
        """Return the group of the target for a group of the source by its name, letters of any case."""
        group = self._groups.get(self.wanted(name).casefold())
        if group is None:
            return None
        how = "name" if self.wanted(name) == name else "team"
        return Account(f"{self._desk}:group:{group['id']}", "group", how)

    def restricted(self, name: str) -> bool | None:
        """Tell whether the target's group for a group of the source is restricted; None where the target has none."""
        group = self._groups.get(self.wanted(name).casefold())
        return None if group is None else group.get("restricted", False)
