"""Let dlt's source for Zendesk (as the package ingestr carries it) load tickets, events with comments, and users into a DuckDB file.

usage: read_by_dlt.py CLIENTS PRODUCT STAND_IN FOLDER, with credentials.json in the folder. The source asks for ticket events without their
comments; here the query asks for them, since a comparison without comments would say nothing.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

clients, product, stand_in, folder = sys.argv[1:5]
sys.path.insert(0, clients)
from redirect import redirect  # noqa: E402 -- it stands where the tests have it

redirect(product, stand_in, "https://acme.zendesk.example")
import dlt  # noqa: E402 -- after the redirection
from ingestr.src.zendesk import zendesk_support  # noqa: E402
from ingestr.src.zendesk.helpers.credentials import ZendeskCredentialsOAuth  # noqa: E402
from ingestr.src.zendesk.helpers.talk_api import ZendeskAPIClient  # noqa: E402

pages = ZendeskAPIClient.get_pages


def with_comments(
    client: ZendeskAPIClient, endpoint: str, name: str, pagination: Any, params: dict[str, Any] | None = None
) -> Iterator[Any]:
    """Ask for the comments of events too."""
    if name == "ticket_events":
        params = {**(params or {}), "include": "comment_events"}
    return pages(client, endpoint, name, pagination, params)


ZendeskAPIClient.get_pages = with_comments
known = json.loads((Path(folder) / "credentials.json").read_text())
credentials = ZendeskCredentialsOAuth()
credentials.subdomain, credentials.oauth_token = known["subdomain"], known["token"]
source = zendesk_support(credentials, load_all=False, pivot_ticket_fields=False, start_date="2000-01-01")
pipeline = dlt.pipeline(
    pipeline_name="rival", destination=dlt.destinations.duckdb(f"{folder}/rival.duckdb"), dataset_name="desk",
    pipelines_dir=f"{folder}/pipelines",
)  # fmt: skip
print(pipeline.run(source.with_resources("tickets", "ticket_events", "users")))
