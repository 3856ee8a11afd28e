"""Side by side in one run: what other people's tools do with the same work, and ours.

Extraction: tickets with comments from our Zendesk stand-in, limits off. Texts: HTML or Markdown to ADF. Import file: Jira's JSON. The tools stand in
environments of their own, which the first run makes (`--install`); what is not installed is left out and named.

python benchmarks/rivals.py --install                # 2,000 tickets, 2,000 comments
python benchmarks/rivals.py --tickets 500 --only extraction
"""

import argparse

import _figures
from rivals_tools.environments import install
from rivals_tools.extraction import extraction, extraction_table, serve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=2_000)
    parser.add_argument("--install", action="store_true", help="install the tools first, where they are missing")
    parser.add_argument("--only", choices=("extraction",), action="append", help="only this part")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    _figures.add_options(parser)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    if options.install:
        install()
    rows = extraction(options.tickets)
    _figures.tell("rivals", extraction_table(rows), rows, options)


if __name__ == "__main__":
    main()
