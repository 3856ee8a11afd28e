"""A record that fails by itself: what Jira, or we, did not do for it."""

from functools import partial

from ticketferry.sdk.outcomes import rejected

__all__ = ["refused"]

refused = partial(rejected, code="JSM-REFUSED")
"""Return a rejection."""
