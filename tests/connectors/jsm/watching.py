"""An emulated site that looks at every customer's portal after each committed write, under the site's lock: not for an instant."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.kit.messages import Router

__all__ = ["WatchedJsm", "portal"]

Look = Callable[["WatchedJsm", Call], None]


def portal(emulator: JsmEmulator) -> Iterator[tuple[str, Any, Any, str]]:
    """Yield (customer, issue, comment or None, text) of all that the portal shows to anybody now."""
    state = emulator.state
    for issue in state.issues.values():
        viewers = state.viewers(issue)
        for who in sorted(viewers):
            yield who, issue, None, str(issue.values.get("summary"))
            yield who, issue, None, adf.plain_text(issue.values.get("description"))
            for comment in issue.comments:
                if not comment.internal:
                    yield who, issue, comment, adf.plain_text(comment.body)


class WatchedJsm(JsmEmulator):
    """`look` is called after each write, before anybody else's request."""

    def __init__(self, *args: Any, look: Look, **more: Any) -> None:
        super().__init__(*args, **more)
        self.looks = 0
        self._look = look
        self._router = Router(self._watched(route) for route in self.routes)

    def _watched(self, route: Route) -> Route:
        if not route.write:
            return route

        def handler(emulator: Any, call: Call) -> Answer:
            answer = route.handler(emulator, call)
            self.looks += 1
            self._look(self, call)
            return answer

        return replace(route, handler=handler)
