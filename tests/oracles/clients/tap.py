"""Run a Singer tap as it is, but for the address: what it asks of the product's host goes to the stand-in.

usage: tap.py MODULE FROM TO [--without STREAM]... -- ARGUMENTS OF THE TAP
"""

import importlib
import sys

from redirect import redirect

module, product, stand_in = sys.argv[1:4]
split = sys.argv.index("--")
without = [name for name in sys.argv[4:split] if name != "--without"]
redirect(product, stand_in)
tap = importlib.import_module(module)
for name in without:
    tap.STREAMS.pop(name)
sys.argv = [module, *sys.argv[split + 1 :]]
tap.main()
