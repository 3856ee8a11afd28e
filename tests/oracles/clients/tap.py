"""Run a Singer tap as it is, but for the address: what it asks of the product's host goes to the stand-in.

usage: tap.py MODULE FROM TO [--without STREAM]... -- ARGUMENTS OF THE TAP
"""

import importlib
import sys

from requests.adapters import HTTPAdapter

module, product, stand_in = sys.argv[1:4]
split = sys.argv.index("--")
without = [name for name in sys.argv[4:split] if name != "--without"]
send = HTTPAdapter.send


def to_the_stand_in(adapter, request, **options):
    """Send a request to the stand-in, with the path and headers that the tap gave it."""
    if not request.url.startswith(product):
        raise SystemExit(f"the tap asks another host: {request.url}")
    asked = request.url
    request.url = stand_in + asked[len(product) :]
    answer = send(adapter, request, **options)
    request.url = answer.url = asked
    return answer


HTTPAdapter.send = to_the_stand_in
if module == "tap_zendesk":
    import aiohttp

    ask = aiohttp.ClientSession._request

    async def ask_the_stand_in(session, method, url, **options):
        """Do the same for what the tap asks side by side."""
        return await ask(session, method, str(url).replace(product, stand_in, 1), **options)

    aiohttp.ClientSession._request = ask_the_stand_in
tap = importlib.import_module(module)
for name in without:
    tap.STREAMS.pop(name)
sys.argv = [module, *sys.argv[split + 1 :]]
tap.main()
