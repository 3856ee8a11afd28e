"""Writes as rows of a table: what most of a product's edits and deletions have in common is said once."""

from functools import partial

from ticketferry.sdk.contract import Endpoint, Repeat

__all__ = ["repeatable"]

repeatable = partial(Endpoint, gives=(), repeat=Repeat.SAFE)
"""A write that gives nothing new and may be sent again when its answer was lost: an edit to a known state, a deletion."""
