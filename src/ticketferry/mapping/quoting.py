"""What of a message is not its author's own: mails quoted in a reply, and the signature below it.

Only what a mail program marks is taken for quoted: a quote block, lines that begin with `>`, and what stands below the header of another
mail (`From: … Sent: … To: …`, in the words of many languages). The line over a marked quote that says who wrote when is told by its
shape, not by its words: it ends with a colon and holds a year, a time of day or an address. A forwarded mail is no quote: it is what was sent.
A signature stands below `-- ` [RFC 3676 4.3], or is the line of a telephone's mail program.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from ticketferry.schema.body import BREAK, EMPTY, Block, Blocks, Inline, Tree, unfolded

__all__ = [
    "Piece",
    "PieceRun",
    "joined",
    "own_words",
    "pieces",
    "quoted_parts",
    "quotes",
    "run_of",
    "signature",
    "text_of",
]

MOST_LINES = 12
"""So many lines a signature has at the most; more below `-- ` is text that somebody parted."""
LINE = 100
"""So long is the line of a telephone's mail program at the most."""
MOST_LETTERS = 300
"""So long is the line over a quote at the most, two lines together."""

_FROM = "from|von|de|da|van|od|fra|från|lähettäjä|от|кому|von:|expéditeur|remitente|mittente|afzender|nadawca|发件人|寄件者|差出人|보낸 사람"
_SENT = "sent|date|gesendet|datum|envoyé|date d'envoi|enviado|enviado el|enviada em|fecha|data|inviato|verzonden|wysłano|sendt|skickat|дата|отправлено|发送时间|寄件日期|送信日時|보낸 날짜"
_TO = "to|an|à|para|a|aan|do|til|till|кому|收件人|收件者|宛先|받는 사람|cc|kopie|copie|copia|kopia|dw|subject|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|emne|ämne|тема|主题|主旨|件名|제목"
_HEADERS = tuple(
    re.compile(rf"[*_\s>]*(?:{names})\s*[*_]*\s*[:：][*_]*\s*\S", re.IGNORECASE)
    for names in (_FROM, _SENT, _TO)
)
_ANY_HEADER = re.compile(rf"[*_\s>]*(?:{_FROM}|{_SENT}|{_TO})\s*[*_]*\s*[:：]", re.IGNORECASE)
_RULED = re.compile(r"\s*(?:[-_]{5,}|-{2,}\s*\S[^\n]{0,60}\S\s*-{2,})\s*\Z")
_FORWARDED = re.compile(
    r"forward|weitergeleitet|transf[ée]r|reenviad|inoltrat|doorgestuurd|encaminhad|przekazan|przesłan|vidarebefordra|videresendt|переслан|转发|轉寄|転送|전달",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:sent from (?:my|mail|outlook|yahoo)|get outlook for|von meinem \S+ gesendet|gesendet (?:von|mit) (?:meinem|mail|der|outlook)|outlook für \S+ (?:beziehen|herunterladen|abrufen)|"
    r"envoyé (?:de|depuis) mon|enviado (?:desde mi|do meu|desde)|inviato da(?:l mio)?\b|verstuurd vanaf mijn|verzonden vanaf mijn|wysłane z|skickat från min|"
    r"sendt fra min|отправлено с|iPhoneから送信|从我的)",
    re.IGNORECASE,
)
_WHO_AND_WHEN = re.compile(r"@|\d[:.h]\d\d|(?<!\d)(?:19|20)\d\d(?!\d)|\d年")
_WORD = re.compile(r"\w+")


class Piece(NamedTuple):
    """A block of a body, or one line of a paragraph. `goes_on`: it is a further line of the paragraph before."""

    block: Block
    text: str
    goes_on: bool


class PieceRun(NamedTuple):
    """A run of pieces: from `start` up to `end`; `over`: how many at its beginning are the line that says who wrote when."""

    start: int
    end: int
    over: int = 0


_Part: TypeAlias = str
"""Words in a row, each after a space."""


def text_of(block: Block) -> str:
    """Return the words of a block on lines of their own; of pictures that are no files of the ticket their address."""
    if block[0] == "p":
        return _line(block[1])
    if block[0] == "h":
        return _line(block[2])
    if block[0] == "pre":
        return block[2]
    return "\n".join(_inner_texts(block))


def _line(inlines: Iterable[Inline]) -> str:
    return "".join(
        "\n" if node[0] == "br" else (node[3] if not node[2] else "") if node[0] == "img" else node[1]
        for node in inlines
    )


def _inner_texts(block: Block) -> Iterator[str]:
    for blocks in _within(block):
        for inner in blocks:
            yield text_of(inner)


def _within(block: Block) -> list[Blocks]:
    match block:
        case ("ul", items) | ("ol", _, items):
            return list(items)
        case ("quote", blocks) | ("fold", _, blocks):
            return [blocks]
        case ("table", rows):
            return [cell[3] for row in rows for cell in row]
        case _:
            return []


def pieces(tree: Iterable[Block]) -> list[Piece]:
    """Return the blocks of a body, paragraphs line by line."""
    out: list[Piece] = []
    for block in unfolded(tree):
        if block[0] != "p" or BREAK not in block[1]:
            out.append(Piece(block, text_of(block), goes_on=False))
            continue
        line: list[Inline] = []
        first = True
        for node in (*block[1], BREAK):
            if node[0] != "br":
                line.append(node)
                continue
            out.append(Piece(("p", tuple(line)), _line(line), goes_on=not first))
            line, first = [], False
    return out


def joined(found: Iterable[Piece]) -> Tree:
    """Put pieces together again: lines of one paragraph become one; blank lines at either end go."""
    out: list[Block] = []
    whole = list(found)
    while whole and _is_blank(whole[0]):
        del whole[0]
    while whole and _is_blank(whole[-1]):
        whole.pop()
    for number, piece in enumerate(whole):
        before = out[-1] if out else EMPTY
        if piece.goes_on and number and before[0] == "p" and piece.block[0] == "p":
            out[-1] = ("p", (*before[1], BREAK, *piece.block[1]))
        else:
            out.append(piece.block)
    return tuple(out)


def _is_blank(piece: Piece) -> bool:
    return (
        piece.block[0] == "p"
        and not piece.text.strip()
        and not any(node[0] == "img" for node in piece.block[1])
    )


def _is_marked(piece: Piece) -> bool:
    return piece.block[0] == "quote" or (piece.block[0] == "p" and piece.text.lstrip().startswith(">"))


def quotes(found: Sequence[Piece]) -> list[PieceRun]:
    """Return what is quoted, in order: each with the line over it, and blank lines between."""
    out: list[PieceRun] = []
    at = 0
    while at < len(found):
        if _is_marked(found[at]):
            end = at + 1
            look = end
            while look < len(found) and (_is_marked(found[look]) or _is_blank(found[look])):
                look += 1
                end = look if _is_marked(found[look - 1]) else end
            floor = out[-1].end if out else 0
            start = _over(found, at, floor)
            out.append(PieceRun(start, end, at - start))
            at = end
        elif _header_at(found, at):
            if _is_forward(found, at):
                break
            start = at - 1 if at and _RULED.match(found[at - 1].text) else at
            if out and out[-1].end > start:
                start = out[-1].end
            out.append(PieceRun(start, len(found)))
            break
        elif _RULED.match(found[at].text) and _FORWARDED.search(found[at].text):
            break
        else:
            at += 1
    return out


def _over(found: Sequence[Piece], at: int, floor: int) -> int:
    """Return where the line over a quote begins; mail programs break it in two."""
    last = at - 1
    while last >= floor and _is_blank(found[last]):
        last -= 1
    if last < floor or found[last].block[0] != "p" or not _ends(found[last].text):
        return at
    both = last - 1 >= floor and found[last].goes_on and found[last - 1].block[0] == "p"
    before = found[last - 1].text.strip() if both else ""
    text = found[last].text.strip()
    begun = bool(re.search(r"\d", before)) and not before.endswith((".", "!", "?", ":", ","))
    if begun and len(before) + len(text) < MOST_LETTERS and _WHO_AND_WHEN.search(f"{before} {text}"):
        return last - 1
    return last if len(text) < MOST_LETTERS and _WHO_AND_WHEN.search(text) else at


def _ends(text: str) -> bool:
    return text.rstrip().endswith((":", "："))


def _header_at(found: Sequence[Piece], at: int) -> bool:
    """Tell whether the header of another mail begins here."""
    lines: list[str] = []
    for piece in found[at : at + 8]:
        if piece.block[0] != "p":
            break
        lines += piece.text.split("\n")
    return _header_length(lines) > 0


def _header_length(lines: Sequence[str]) -> int:
    """Return how many lines are the header of a mail: who, when, and to whom or about what; 0 where none begins here."""
    if not lines or not _HEADERS[0].match(lines[0]):
        return 0
    told = {0}
    length = 1
    for number, line in enumerate(lines[1:7], 1):
        kinds = [kind for kind in (1, 2) if _HEADERS[kind].match(line)]
        if kinds:
            told.update(kinds)
            length = number + 1
        elif line.strip() and _ANY_HEADER.match(line) is None:
            break
    return length if told == {0, 1, 2} else 0


def _is_forward(found: Sequence[Piece], at: int) -> bool:
    above = at - 1
    while above >= 0 and _is_blank(found[above]):
        above -= 1
    return (
        above >= 0
        and bool(_FORWARDED.search(found[above].text))
        and (bool(_RULED.match(found[above].text)) or found[above].text.rstrip().endswith(":"))
    )


def signature(found: Sequence[Piece], taken: Sequence[PieceRun]) -> PieceRun | None:
    """Return the signature of a message; `taken`: what is quoted, which is never looked into."""
    quoted = {index for span in taken for index in range(span.start, span.end)}
    own = [index for index in range(len(found)) if index not in quoted]
    for index in reversed(own):
        if found[index].text.strip() != "--" or found[index].block[0] != "p":
            continue
        end = index + 1
        while end < len(found) and end not in quoted:
            end += 1
        lines = [piece for piece in found[index + 1 : end] if not _is_blank(piece)]
        return PieceRun(index, end) if 0 < len(lines) <= MOST_LINES else None
    last = next((index for index in reversed(own) if not _is_blank(found[index])), None)
    if last is not None and found[last].block[0] == "p":
        text = found[last].text.strip()
        if len(text) <= LINE and _DEVICE.match(text):
            return PieceRun(last, last + 1)
    return None


def run_of(text: str) -> _Part:
    """Return the words of a text in a row, letters of any case and form as one."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return f" {' '.join(words)} " if words else ""


def own_words(found: Sequence[Piece], taken: Sequence[PieceRun]) -> _Part:
    """Return the words that are the author's own, in a row."""
    quoted = {index for span in taken for index in range(span.start, span.end)}
    return run_of("\n".join(piece.text for index, piece in enumerate(found) if index not in quoted))


def quoted_parts(found: Sequence[Piece]) -> list[_Part]:
    """Return the words of what is quoted, mail by mail: parted where the depth changes, and without the lines that say who wrote when."""
    lines: list[tuple[int, str]] = []
    for piece in found:
        lines.extend(_deep_lines(piece.block, 0))
    # How deep the next line is that says anything, for each.
    below = [0] * len(lines)
    for number in range(len(lines) - 2, -1, -1):
        deep, line = lines[number + 1]
        below[number] = deep if line.strip() else below[number + 1]
    parts: list[list[str]] = [[]]
    depth, at = -1, 0
    while at < len(lines):
        level, text = lines[at]
        header = _header_length([line for _, line in lines[at : at + 8]])
        if header:
            parts.append([])
            at += header
            continue
        at += 1
        deeper = below[at - 1] > level
        if _RULED.match(text) or (deeper and _ends(text) and _WHO_AND_WHEN.search(text)):
            parts.append([])
        elif text.strip():
            if level != depth:
                parts.append([])
                depth = level
            parts[-1].append(text)
    return [run for part in parts if (run := run_of("\n".join(part)))]


def _deep_lines(block: Block, level: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of a block, each with how deep it is quoted."""
    if block[0] == "quote":
        for inner in block[1]:
            yield from _deep_lines(inner, level + 1)
        return
    for line in text_of(block).split("\n"):
        bare = line.lstrip()
        deep = 0
        while bare.startswith(">"):
            deep += 1
            bare = bare[1:].lstrip()
        yield level + deep, bare
