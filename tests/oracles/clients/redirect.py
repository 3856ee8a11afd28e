"""Send what a client asks of a product's host to a stand-in, with the path and headers that it gave; a third host ends the run."""

from requests.adapters import HTTPAdapter

__all__ = ["redirect"]


def redirect(product: str, stand_in: str) -> None:
    """Redirect all requests of this process that go out by `requests`, and by `aiohttp` where that is installed."""
    send = HTTPAdapter.send

    def to_the_stand_in(adapter, request, **options):
        if request.url.startswith(stand_in):  # an address that the stand-in gave
            return send(adapter, request, **options)
        if not request.url.startswith(product):
            raise SystemExit(f"the client asks another host: {request.url}")
        asked = request.url
        request.url = stand_in + asked[len(product) :]
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
