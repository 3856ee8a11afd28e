"""Routes that show how jobs get on."""

from __future__ import annotations

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import not_found, too_many_values
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.routing import both

__all__ = ["ROUTES"]


def show(state: DeskState, call: Call) -> Answer:
    """Show one job; one that ended a day ago is not found."""
    jobs = state.jobs
    job = jobs.find(call.params["id"].removesuffix(".json"))
    if job is None:
        raise not_found()
    return Answer(200, {"job_status": job.shown(jobs.host, state.clock.time())})


def show_many(state: DeskState, call: Call) -> Answer:
    """Show up to 100 jobs by id; what is not known is left out."""
    jobs, now = state.jobs, state.clock.time()
    names = [name.strip() for name in (call.query.get("ids") or "").split(",") if name.strip()]
    if len(names) > 100:
        raise too_many_values("Parameter ids")
    found = [job.shown(jobs.host, now) for job in map(jobs.find, dict.fromkeys(names)) if job is not None]
    return Answer(200, {"job_statuses": found, "next_page": None, "previous_page": None, "count": len(found)})


def index(state: DeskState, call: Call) -> Answer:
    """List the jobs that are still known, newest first, at most 100."""
    jobs, now = state.jobs, state.clock.time()
    found = [job.shown(jobs.host, now) for job in jobs.all()[::-1][:100]]
    return Answer(200, {"job_statuses": found, "next_page": None, "previous_page": None, "count": len(found)})


ROUTES: tuple[Route, ...] = (
    *both("/api/v2/job_statuses", index, "ListJobStatuses", "job_statuses"),
    *both("/api/v2/job_statuses/show_many", show_many, "ShowManyJobStatuses", "job_statuses"),
    *both("/api/v2/job_statuses/{id}", show, "ShowJobStatus", "job_statuses"),
)
