"""Side by side in one run: what other people's tools do with the same work, and ours.

Extraction: tickets with comments from our Zendesk stand-in, limits off. Texts: HTML or Markdown to ADF. Import file: Jira's JSON. The tools stand in
environments of their own, which the first run makes (`--install`); what is not installed is left out and named.

python benchmarks/rivals.py --install                # 2,000 tickets, 2,000 comments
python benchmarks/rivals.py --tickets 500 --only extraction
"""

import argparse
from typing import Any

import _figures
from rivals_tools.environments import install
from rivals_tools.extraction import extraction, extraction_table, serve
from rivals_tools.import_files import import_files, import_files_table, write_files
from rivals_tools.texts import texts, texts_table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--tickets",
        type=int,
        default=2_000,
        help="tickets of the desk that is extracted and written as an import file",
    )
    parser.add_argument("--comments", type=int, default=2_000, help="comments that become ADF")
    parser.add_argument(
        "--install", action="store_true", help="install the tools first, where they are missing"
    )
    parser.add_argument(
        "--only", choices=("extraction", "texts", "files"), action="append", help="only this part"
    )
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--files", nargs=2, help=argparse.SUPPRESS)
    _figures.add_options(parser)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    if options.files:
        write_files(*options.files)
        return
    if options.install:
        install()
    parts = options.only or ["extraction", "texts", "files"]
    figures: dict[str, Any] = {}
    tables = []
    if "extraction" in parts:
        figures["extraction"] = extraction(options.tickets)
        tables.append(extraction_table(figures["extraction"]))
    if "texts" in parts:
        figures["texts"] = texts(options.comments)
        tables.append(texts_table(figures["texts"]))
    if "files" in parts:
        figures["files"] = import_files(options.tickets)
        tables.append(import_files_table(figures["files"]))
    _figures.tell("rivals", "\n\n".join(tables), figures, options)


if __name__ == "__main__":
    main()
