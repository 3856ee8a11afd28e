"""Tickets that are made later: jobs, worked on when their time has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.intercom.models.state import TicketJob, WorkspaceState
from ticketferry_emulators.intercom.models.ticketing import create_ticket, validated
from ticketferry_emulators.kit.app import Refused

__all__ = ["enqueue", "work"]

_DELAY = 2.0
"""Seconds that a job waits; no document says how long."""


def enqueue(state: WorkspaceState, sent: Mapping[str, Any]) -> TicketJob:
    """Take a job that makes a ticket; what can be seen to fail is refused at once."""
    validated(state, sent)
    job = TicketJob(state.next_id("job"), state.clock.time() + _DELAY, dict(sent))
    state.jobs[job.id] = job
    return job


def work(state: WorkspaceState) -> None:
    """Make the tickets whose time has come."""
    for job in state.jobs.values():
        if job.status == "pending" and job.due <= state.clock.time():
            try:
                job.ticket = create_ticket(state, job.sent).id
                job.status = "success"
            except Refused:
                job.status = "failed"
