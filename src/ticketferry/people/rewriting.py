"""Other addresses that agents have in the target: rules of the mapping that turn an address of the source into one of the target."""

from collections.abc import Iterator, Mapping

from ticketferry.people.keys import domain_key, email_key, is_address

__all__ = ["REWRITTEN", "AddressRules", "faults_of"]

REWRITTEN = "rewrite_email"
"""How an account was found that a rewritten address names."""


def _key(written: str) -> str:
    """Return an address, or a domain as `@domain`, for comparing."""
    return f"@{domain_key(written)}" if written.startswith("@") else email_key(written)


def _is_domain(written: str) -> bool:
    return written.startswith("@") and is_address(f"a{written}")


def faults_of(rules: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with rules as written."""
    keys: dict[str, str] = {}
    named: dict[str, str] = {}
    for old, new in rules.items():
        for side in (old, new):
            if not _is_domain(side) and not is_address(side):
                yield f"`{side}` is neither an address (`kim@old.com`) nor a domain (`@old.com`)"
                return
        if _is_domain(old) != _is_domain(new):
            yield f"`{old}: {new}`: an address becomes an address, and a domain a domain"
        if _key(old) == _key(new):
            yield f"`{old}: {new}` changes nothing"
        first = keys.setdefault(_key(old), old)
        if first != old:
            yield f"`{first}` and `{old}` are one address: only one of the rules would have an effect"
        if not _is_domain(old):
            other = named.setdefault(_key(new), old)
            if other != old:
                yield f"`{other}` and `{old}` would both become `{new}`: an account is one agent's"


class AddressRules:
    """The rules compiled. One for a whole address wins over one for its domain; what a rule gives is not rewritten again."""

    def __init__(self, rules: Mapping[str, str]) -> None:
        self._rules = {_key(old): (old, _key(new)) for old, new in rules.items()}

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._rules)

    def rewritten(self, address: str) -> tuple[str, str] | None:
        """Return (the rule as written, the address of the target) for an address as `email_key` gives it; None where no rule is for it."""
        own = self._rules.get(address)
        if own is not None:
            return own
        local, _, domain = address.rpartition("@")
        found = self._rules.get(f"@{domain}")
        return None if found is None else (found[0], f"{local}{found[1]}")

    def names(self) -> Iterator[str]:
        """Yield the rules as written, in order."""
        for written, _ in self._rules.values():
            yield written
