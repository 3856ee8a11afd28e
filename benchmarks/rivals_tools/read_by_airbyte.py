"""Let Airbyte's source for Zendesk read tickets, comments and users, its messages to standard output.

usage: read_by_airbyte.py CLIENTS PRODUCT STAND_IN FOLDER, with config.json and configured_catalog.json in the folder
"""

import sys

clients, product, stand_in, folder = sys.argv[1:5]
sys.path.insert(0, clients)
from redirect import redirect  # noqa: E402 -- it stands where the tests have it

redirect(product, stand_in, "https://acme.zendesk.example")
from source_zendesk_support.run import run  # noqa: E402 -- after the redirection

sys.argv = [
    "source-zendesk-support", "read", "--config", f"{folder}/config.json", "--catalog", f"{folder}/configured_catalog.json",
]  # fmt: skip
run()
