"""The section `clean`: tickets that stay behind, and what is taken out of those that go."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from ticketferry.mapping import patterns
from ticketferry.mapping.sections.part import Condition, Part, fault
from ticketferry.schema.personal_data import KINDS_OF_DATA, REMOVED

__all__ = ["CleanRule", "Redaction"]

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}")


class Redaction(Part):
    """What is taken out of texts, and where."""

    in_: list[Literal["subject", "comments", "fields", "files", "history", "tags", "beside"]] = Field(
        default=[], alias="in"
    )
    """`comments`: the description and all messages; `files`: their names; `beside`: what only the old desk knows and links. Without it: everywhere."""
    patterns: list[str] = Field(min_length=1)
    """`iban`, `card`, `secret`, `email`, `phone`, or a regular expression."""
    with_: str = Field(default=REMOVED, alias="with", max_length=60)
    """What stands there instead."""

    @field_validator("patterns")
    @classmethod
    def _readable(cls, value: list[str]) -> list[str]:
        for pattern in value:
            problem = None if pattern in KINDS_OF_DATA else patterns.fault(pattern)
            if problem:
                raise fault(f"not a regular expression: {problem}")
            if pattern not in KINDS_OF_DATA and patterns.compile_pattern(pattern).found(""):
                raise fault(f"`{pattern}` fits an empty text: it would stand between all letters")
        return value

    @field_validator("with_")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise fault(
                "say what stands there instead: an empty place does not tell that something was taken out"
            )
        return value

    @model_validator(mode="after")
    def _stays(self) -> "Redaction":
        for pattern in self.patterns:
            if pattern not in KINDS_OF_DATA and patterns.compile_pattern(pattern).found(self.with_):
                raise fault(
                    f"`{pattern}` fits `{self.with_}`, which stands there instead: it would never be gone"
                )
        return self


class CleanRule(Part):
    """Tickets that are left behind (the first that matches decides), and what is taken out of those that are moved (all that match)."""

    id: str
    when: Condition
    do: Literal["skip", "archive", "keep"] | None = None
    """`skip` leaves a ticket behind; `archive` too, and `apply` writes it into neutral files; `keep` moves it, whatever rules after it say."""
    to: str | None = None
    """Of `archive`: folder of the files, in the migration's folder; `archive` without it."""
    redact: Redaction | None = None
    merge: dict[str, str] = Field(default={})
    """Number of a ticket -> number of the one that it repeats: it counts as merged into that one, and `exits: {merged: …}` says what becomes of it."""
    overrides: list[str] = Field(default=[])
    """Of `keep`: ids of rules, wherever they stand, that do not hold for these tickets, as under a legal hold."""
    because: str | None = None
    unused: Literal["ok"] | None = None
    """`ok`: no ticket needs to have what the condition asks for today, as with a hold that may be set until the cut-over."""

    @field_validator("to")
    @classmethod
    def _beside(cls, value: str | None) -> str | None:
        if value is not None and _FOLDER.fullmatch(value) is None:
            raise fault(
                "`to` is the name of a folder in the migration's folder: letters, digits, `-`, `_` and dots"
            )
        return value

    @model_validator(mode="after")
    def _reasons(self) -> "CleanRule":
        if sum((self.do is not None, self.redact is not None, bool(self.merge))) != 1:
            raise fault("either `do` (skip, archive, keep) or `redact` or `merge`")
        for number, kept in self.merge.items():
            if kept in self.merge:
                raise fault(
                    f"{number} is merged into {kept}, which is merged itself: name the ticket that stays"
                )
        if self.to is not None and self.do != "archive":
            raise fault("`to` goes with `do: archive`")
        if self.overrides and self.do != "keep":
            raise fault("`overrides` goes with `do: keep`")
        words = {
            "redact": self.redact is not None,
            "merge": bool(self.merge),
            "overrides": bool(self.overrides),
        }
        what = next((word for word, used in words.items() if used), self.do)
        if what != "keep" and not (self.because or "").strip():
            raise fault(f"`{what}` needs `because`: an auditor must find the reason")
        return self
