"""`ticketferry mapping doc`: every rule in words."""

from pathlib import Path

import click

from ticketferry.cli.app import App, catalog_option, examples, mapping_option, output_option, pass_app
from ticketferry.errors import UsageError

__all__ = ["doc"]


@click.command(
    short_help="Every rule in words, as HTML or Markdown.",
    epilog=examples(
        "ticketferry mapping doc -o mapping.html",
        "ticketferry mapping doc -o mapping.md",
        "ticketferry mapping doc --catalog catalogs.json -m acme.yaml --markdown",
    ),
)
@output_option("stdout")
@click.option("--markdown", is_flag=True, help="Markdown; without it the file's ending says.")
@catalog_option
@mapping_option
@pass_app
def doc(app: App, output: Path | None, markdown: bool, catalog: Path | None, mapping_file: Path) -> None:
    """Write the mapping in words, for people who do not read YAML: what is lost first, then every rule with its tickets and its line. Talks to
    no desk.
    """
    from ticketferry.project.mapping_words import words_elsewhere, words_of_mapping
    from ticketferry.report.mapping_page import mapping_html, mapping_markdown

    ending = output.suffix.lower() if output is not None else ""
    if ending not in ("", ".html", ".htm", ".md", ".markdown"):
        raise UsageError(
            f"{output}: the words are written as HTML or Markdown, not as `{ending}`",
            remedy="Name a file that ends in .html or .md; a browser prints the HTML as PDF.",
        )
    if catalog is not None:
        from ticketferry.project.definitions_file import read_definitions

        words = words_elsewhere(mapping_file, read_definitions(catalog))
    else:
        with app.project() as project:
            words = words_of_mapping(project)
    plain = markdown or (output is not None and output.suffix.lower() in (".md", ".markdown"))
    app.console.stream([mapping_markdown(words) if plain else mapping_html(words)], output)
    if output is not None:
        app.console.note(f"wrote {output}")
