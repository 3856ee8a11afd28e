"""`python -m ticketferry`."""

import sys

from ticketferry.cli import main

if __name__ == "__main__":
    sys.exit(main())
