"""An emulated site that looks at every customer's portal after each committed write, under the site's lock: not for an instant."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.kit.messages import Router

__all__ = ["WatchedJsm", "comments_on_portal", "portal"]

Look = Callable[["WatchedJsm", Call], None]


def portal(emulator: JsmEmulator) -> Iterator[tuple[str, Any, Any, str]]:
    """Yield (customer, issue, comment or None, text) of all that the portal shows to anybody now."""
    for issue, viewers in _shown(emulator):
        for who in viewers:
            yield who, issue, None, str(issue.values.get("summary"))
            yield who, issue, None, adf.plain_text(issue.values.get("description"))
            for comment in issue.comments:
                if not comment.internal:
                    yield who, issue, comment, adf.plain_text(comment.body)


def comments_on_portal(emulator: JsmEmulator) -> Iterator[tuple[str, Any, Any]]:
    """Yield (customer, issue, comment) of all comments that the portal shows to anybody now; their texts are not put together."""
    for issue, viewers in _shown(emulator):
        for comment in issue.comments if viewers else ():
            if not comment.internal:
                for who in viewers:
                    yield who, issue, comment


def _shown(emulator: JsmEmulator) -> Iterator[tuple[Any, list[str]]]:
    for issue in emulator.state.issues.values():
        yield issue, sorted(emulator.state.viewers(issue))


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
