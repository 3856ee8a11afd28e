"""JQL as far as it is served: conditions joined by AND, OR, NOT and parentheses, and ORDER BY.

What is no JQL is refused as Jira does, 400; what Jira answers and this stand-in cannot (a field or function it does not
index) is not served, 501: see :mod:`.jql_values` for the fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ticketferry_emulators.jsm.exceptions import refused
from ticketferry_emulators.jsm.models.records import JiraAccount
from ticketferry_emulators.jsm.models.search_index import Indexed
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.jql_values import ORDERS, Operand, Searched, Test, field_named
from ticketferry_emulators.kit.app import NotServed

__all__ = ["JqlQuery", "parse", "sort_key"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>>=|<=|!=|!~|=|~|>|<|!|\(|\)|,)|(?P<word>[^\s"'=<>!~(),]+))"""
)
_SIGNS = ("=", "!=", "~", "!~", ">", ">=", "<", "<=")
_HISTORY = ("was", "changed")
_MOST_ORDERED = 7
_UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query. "
    "For example: updated >= -30d."
)


@dataclass(slots=True)
class JqlQuery:
    """A parsed query: the test, the order, and what narrows the candidates."""

    test: Test
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Field and whether it descends."""
    ids: set[int] | None = None
    """Issues that the query names one by one; None where it does not."""
    labels: frozenset[str] | None = None
    """Labels of which a matching issue has one; None where the query names none."""

    def matches(self, entry: Indexed) -> bool:
        """Say whether an indexed issue answers the query."""
        return self.test(entry)


class _Clause(NamedTuple):
    test: Test
    ids: set[int] | None = None
    labels: frozenset[str] | None = None


class _Token(NamedTuple):
    kind: str
    text: str

    @property
    def word(self) -> str:
        """The word in lower case; empty for a quoted text or a sign."""
        return self.text.lower() if self.kind == "word" else ""


def sort_key(entry: Indexed, name: str) -> Any:
    """Return what an indexed issue is ordered by; what is missing comes last, as the highest value."""
    value = ORDERS[name](entry)
    return (value is None, "" if value is None else value)


def parse(state: SiteState, text: str, caller: JiraAccount) -> JqlQuery:
    """Parse a query; times are in the caller's zone. Raises Refused (400) in Jira's form, NotServed for what is not served."""
    reader = _Reader(Searched(state, caller), _tokens(text))
    if not reader.left or reader.ordering():
        raise refused(400, _UNBOUNDED)
    clause = reader.either()
    query = JqlQuery(clause.test, ids=clause.ids, labels=clause.labels)
    if reader.left:
        if not reader.ordering():
            got = reader.tokens[reader.at].text
            raise refused(
                400, f"Error in the JQL Query: Expecting either 'OR', 'AND' or 'ORDER BY' but got '{got}'."
            )
        query.order = reader.order()
    query.order = query.order or [("created", True)]
    return query


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise refused(400, f"Error in the JQL Query: The character '{text[at]}' is not expected.")
        kind = found.lastgroup or ""
        token = found[kind]
        if kind == "quoted":
            token = re.sub(r"\\(.)", r"\1", token[1:-1])
        tokens.append(_Token(kind, token))
        at = found.end()
    return tokens


def _narrower(one: set[int] | None, other: set[int] | None) -> set[int] | None:
    return other if one is None else one if other is None else one & other


@dataclass(slots=True)
class _Reader:
    """Reads the tokens of one query from left to right."""

    searched: Searched
    tokens: list[_Token]
    at: int = 0

    @property
    def left(self) -> bool:
        """Whether there is anything more to read."""
        return self.at < len(self.tokens)

    @property
    def word(self) -> str:
        """The next word in lower case; empty for anything else."""
        return self.tokens[self.at].word if self.left else ""

    def ordering(self) -> bool:
        """Say whether ORDER BY comes next."""
        return [token.word for token in self.tokens[self.at : self.at + 2]] == ["order", "by"]

    def take(self, sign: str, where: str) -> None:
        """Read one sign; refuses when another thing comes."""
        if not self.left or self.tokens[self.at] != ("sign", sign):
            raise refused(400, f"Error in the JQL Query: Expecting '{sign}' {where}.")
        self.at += 1

    def either(self) -> _Clause:
        """Read conditions joined by OR."""
        clauses = [self.both()]
        while self.word == "or":
            self.at += 1
            clauses.append(self.both())
        if len(clauses) == 1:
            return clauses[0]
        tests = [clause.test for clause in clauses]
        return _Clause(lambda entry: any(test(entry) for test in tests))

    def both(self) -> _Clause:
        """Read conditions joined by AND."""
        clauses = [self.negated()]
        while self.word == "and":
            self.at += 1
            clauses.append(self.negated())
        if len(clauses) == 1:
            return clauses[0]
        ids, labels = None, None
        for clause in clauses:
            ids = _narrower(ids, clause.ids)
            labels = clause.labels or labels
        tests = [clause.test for clause in clauses]
        return _Clause(lambda entry: all(test(entry) for test in tests), ids, labels)

    def negated(self) -> _Clause:
        """Read a condition, perhaps with NOT before it or in parentheses."""
        if self.word == "not" or (self.left and self.tokens[self.at] == ("sign", "!")):
            self.at += 1
            test = self.negated().test
            return _Clause(lambda entry: not test(entry))
        if self.left and self.tokens[self.at] == ("sign", "("):
            self.at += 1
            clause = self.either()
            self.take(")", "at the end of a group")
            return clause
        return self.condition()

    def condition(self) -> _Clause:
        """Read a field, an operator and what it is held against."""
        if not self.left or self.ordering():
            raise refused(400, "Error in the JQL Query: Expecting a field name at the end of the query.")
        token = self.tokens[self.at]
        if token.kind == "sign":
            raise refused(400, f"Error in the JQL Query: Expecting a field name but got '{token.text}'.")
        known = field_named(self.searched, token.text)
        self.at += 1
        if not self.left:
            raise refused(400, "Error in the JQL Query: Expecting an operator at the end of the query.")
        sign = self.operator()
        if sign in ("is", "is not"):
            if self.word not in ("empty", "null"):
                raise refused(
                    400, f"Error in the JQL Query: Expecting 'EMPTY' or 'NULL' after '{sign.upper()}'."
                )
            self.at += 1
            return _Clause(known.compare("=" if sign == "is" else "!=", [Operand(None)]))
        values = self.several() if sign in ("in", "not in") and not self.word else [self.operand()]
        if sign in ("in", "not in") and len(values) == 1 and self.tokens[self.at - 1] != ("sign", ")"):
            raise refused(400, "Error in the JQL Query: Expecting '(' before a list.")
        test = known.compare({"in": "=", "not in": "!="}.get(sign, sign), values)
        texts = [value.text for value in values]
        if sign in ("in", "=") and None not in texts:
            if known.name == "key":
                return _Clause(test, ids={self.searched.issue(str(text)) for text in texts})
            if known.name == "labels":
                return _Clause(test, labels=frozenset(str(text) for text in texts))
        return _Clause(test)

    def operator(self) -> str:
        """Read an operator: a sign, or words."""
        token, following = (
            self.tokens[self.at],
            self.tokens[self.at + 1].word if self.at + 1 < len(self.tokens) else "",
        )
        self.at += 1
        if token.kind == "sign" and token.text in _SIGNS:
            return token.text
        if token.word in _HISTORY:
            raise NotServed(f"the operator {token.text} of JQL")
        if token.word in ("is", "not") and following == {"is": "not", "not": "in"}[token.word]:
            self.at += 1
            return "is not" if token.word == "is" else "not in"
        if token.word in ("is", "in"):
            return token.word
        raise refused(400, f"Error in the JQL Query: Expecting an operator but got '{token.text}'.")

    def operand(self) -> Operand:
        """Read a value, EMPTY or a function with its arguments."""
        if not self.left or self.tokens[self.at].kind == "sign":
            raise refused(400, "Error in the JQL Query: Expecting a value.")
        token = self.tokens[self.at]
        self.at += 1
        if token.word in ("empty", "null"):
            return Operand(None)
        if token.kind == "word" and self.tokens[self.at : self.at + 1] == [("sign", "(")]:
            arguments = self.several(empty=True)
            return Operand(token.text, tuple(str(value.text) for value in arguments))
        return Operand(token.text)

    def several(self, *, empty: bool = False) -> list[Operand]:
        """Read values in parentheses."""
        values: list[Operand] = []
        self.take("(", "before a list")
        if empty and self.left and self.tokens[self.at] == ("sign", ")"):
            self.at += 1
            return values
        while True:
            values.append(self.operand())
            if self.left and self.tokens[self.at] == ("sign", ","):
                self.at += 1
                continue
            self.take(")", "at the end of a list")
            return values

    def order(self) -> list[tuple[str, bool]]:
        """Read what follows ORDER BY, to the end."""
        self.at += 2
        found: list[tuple[str, bool]] = []
        while self.left:
            name = self.tokens[self.at].text
            known = field_named(self.searched, name, ordered=True).name
            if known not in ORDERS:
                raise NotServed(f"ORDER BY {name} of JQL")
            self.at += 1
            descends = self.word == "desc"
            if self.word in ("asc", "desc"):
                self.at += 1
            found.append((known, descends))
            if self.left:
                self.take(",", "between fields of ORDER BY")
        if not found:
            raise refused(400, "Error in the JQL Query: Expecting a field name after ORDER BY.")
        if len(found) > _MOST_ORDERED:
            raise refused(400, "The maximum number of ORDER BY fields is 7.")
        return found
