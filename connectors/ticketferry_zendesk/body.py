"""The toolkit's body functions that this connector uses, named in one place."""

from ticketferry.schema.body_html import from_html
from ticketferry.schema.body_subset import write_html
from ticketferry.schema.body_text import from_text

__all__ = ["from_html", "from_text", "write_html"]
