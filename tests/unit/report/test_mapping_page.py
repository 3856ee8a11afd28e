import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import html

from ticketferry.mapping.wording.chapters import Chapter, MappingWords, WordTable
from ticketferry.report.mapping_page import mapping_html, mapping_markdown

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
HOSTILE = "<script>alert(1)</script> | \"q\" & 'a' \x07 \u202e `x` [y](z) *b* 😀"
WORDS = MappingWords(
    "The mapping in words",
    [("File", HOSTILE), ("Digest", "ab12")],
    (
        Chapter("losses", "What is lost", HOSTILE, lines=("Nothing.",)),
        Chapter("status", "Statuses", "What becomes.", (WordTable(("Old", "Tickets", "Line"), [(HOSTILE, "4,812", "mapping.yaml:8:3")], "Statuses", frozenset({1})),)),
    ),
)  # fmt: skip


def test_names_of_strangers_stay_texts_and_nothing_is_loaded() -> None:
    page = mapping_html(WORDS)
    tree = html.document_fromstring(page)
    assert tree.xpath("//script | //img | //@src | //link") == []
    assert "unsafe" not in tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert [link[1:] for link in tree.xpath("//a/@href")] == ["losses", "losses", "status"]
    assert tree.xpath("//td[@class='num']")[0].text_content() == "4,812"
    assert page == mapping_html(WORDS)


def test_a_row_of_markdown_stays_a_row() -> None:
    text = mapping_markdown(WORDS)
    (row,) = [line for line in text.splitlines() if "4,812" in line]
    assert len(re.findall(r"(?<!\\)\|", row)) == 4
    assert "<script>" not in text
    assert "[y](z)" not in text


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium here")
def test_a_browser_shows_it_whole_on_a_narrow_screen(tmp_path: Path) -> None:
    path = tmp_path / "mapping.html"
    path.write_text(mapping_html(WORDS), encoding="utf-8")
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}", "--window-size=800,900", "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=90, check=True)
    tree = html.document_fromstring(done.stdout.decode())
    assert [node.text_content() for node in tree.xpath("//h2")] == ["What is lost", "Statuses"]
