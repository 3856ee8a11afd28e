"""Send what a client asks of a product's host to a stand-in, with the path and headers that it gave; a third host ends the run."""

import os
import sys

from requests.adapters import HTTPAdapter

__all__ = ["redirect"]


def redirect(product: str, stand_in: str, *named: str) -> None:
    """Redirect all requests of this process that go out by `requests`, and by `aiohttp` where that is installed. `named`: what the stand-in calls
    itself in addresses of next pages.
    """
    send = HTTPAdapter.send

    def to_the_stand_in(adapter, request, **options):
        host = next((name for name in (product, *named) if request.url.startswith(name)), None)
        if host is None:
            sys.stderr.write(f"the client asks another host: {request.url}\n")
            os._exit(3)  # also out of a thread, whose exceptions a client may swallow
        asked = request.url
        request.url = stand_in + asked[len(host) :]
        answer = send(adapter, request, **options)
        request.url = answer.url = asked
        return answer

    HTTPAdapter.send = to_the_stand_in
    try:
        import aiohttp
    except ImportError:
        return
    ask = aiohttp.ClientSession._request

    async def ask_the_stand_in(session, method, url, **options):
        return await ask(session, method, str(url).replace(product, stand_in, 1), **options)

    aiohttp.ClientSession._request = ask_the_stand_in
