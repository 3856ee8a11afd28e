"""Bodies as people write them, with everything in their words that means something in wiki markup; from a seed, always the same."""

import random

from ticketferry.schema.body import Block, Blocks, Inline, Tree, normalise

WORDS = [
    "a",
    "the",
    "router",
    "1500",
    "MTU",
    "disagree",
    "don't",
    "C:\\new",
    "x_y",
    "*bold*",
    "foo-bar",
    "--",
    "---",
    "----",
    "e.g.",
    "(see)",
    "[1]",
    "{x}",
    "{{y}}",
    "#4711",
    ":)",
    ":D",
    ";-)",
    "(y)",
    "(/)",
    "(x)",
    "!important!",
    "??",
    "??cite??",
    "+1",
    "-5",
    "5-3",
    "~9",
    "^2",
    "|",
    "||",
    "\\",
    "\\\\",
    "\\n",
    "&",
    "&amp;",
    "&#58;",
    "<b>",
    "h1.",
    "bq.",
    "*",
    "#",
    "-",
    "**",
    "https",
    "http://a.example/x_y?z=1",
    "mailto:a@b.example",
    "a@b.example",
    "ftp://x",
    "[a|b]",
    "[^f.txt]",
    "[~bob]",
    "!a.png!",
    "{code}",
    "{quote}",
    "{noformat}",
    "{color:red}",
    "{*}",
    "{panel}",
    "@ann",
    "😀",
    "été",
    "ß",
    "ñ",
    "„quoted”",
    "10%",
    "50€",
    "$HOME",
    "/etc/x,",
    "end.",
    "yes!",
    "really?",
    "ABC-123",
    "{adf}",
    "{anchor:x}",
    "a_b_c",
    "2*3*4",
    "x^2",
    "H~2~O",
    "(c)",
    "(tm)",
    "...",
    ")",
    "(",
    "]",
    "[",
    "}",
    "{",
    "\xa0",
    "\u200b",
]
ADDRESSES = (
    "https://x.example", "https://a.example/x_y?z=1&w=2", "mailto:a@b.example", "https://a.example/(x)",
    "http://1.2.3.4:80/a-b~c%20d", "http://a-b.example/--/x?y=1",
)  # fmt: skip


class Letters:
    """Draws bodies."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def draw(self) -> Tree:
        """Return a canonical body of one to three blocks; it may be empty."""
        return normalise([self._block(0) for _ in range(self._dice.choice([1, 1, 2, 3]))])

    def _text(self) -> str:
        join = self._dice.choice([" ".join, "".join])
        text = join(self._dice.choice(WORDS) for _ in range(self._dice.choice([1, 1, 2, 3, 5, 9])))
        return " " * (self._dice.random() < 0.1) + text + " " * (self._dice.random() < 0.1)

    def _line(self) -> tuple[Inline, ...]:
        line: list[Inline] = []
        for _ in range(self._dice.choice([1, 1, 2, 3, 4])):
            chance = self._dice.random()
            if chance < 0.12:
                line.append(("br",))
            elif chance < 0.4:
                line.append(
                    ("t", self._text(), self._dice.choice([1, 2, 1, 2, 3, 4, 8, 16, 32, 64, 17]), None)
                )
            elif chance < 0.55:
                href = self._dice.choice(ADDRESSES)
                line.append(("t", self._dice.choice([href, self._text()]), 0, (href, "")))
            else:
                line.append(("t", self._text(), 0, None))
        return tuple(line)

    def _block(self, depth: int) -> Block:
        chance = self._dice.random()
        if chance < 0.5 or depth > 2:
            return ("p", self._line())
        if chance < 0.57:
            return ("h", self._dice.randint(1, 6), self._line())
        if chance < 0.7:
            return ("ul", self._items(depth))
        if chance < 0.78:
            return ("ol", 1, self._items(depth))
        if chance < 0.84:
            return ("quote", tuple(self._block(depth + 1) for _ in range(self._dice.randint(1, 2))))
        if chance < 0.9:
            code = self._dice.choice([self._text(), f"{self._text()}\n{self._text()}", "{code}", "\n x"])
            return ("pre", self._dice.choice(["", "python", "klingon", "java"]), code)
        if chance < 0.93:
            return ("hr",)
        width = self._dice.randint(1, 3)
        return (
            "table",
            tuple(tuple(self._cell(depth) for _ in range(width)) for _ in range(self._dice.randint(1, 3))),
        )

    def _items(self, depth: int) -> tuple[Blocks, ...]:
        return tuple(
            (("p", self._line()), self._block(depth + 1))
            if self._dice.random() < 0.3
            else (("p", self._line()),)
            for _ in range(self._dice.randint(1, 3))
        )

    def _cell(self, depth: int) -> tuple[bool, int, int, Blocks]:
        inner: Block = self._block(depth + 1) if self._dice.random() < 0.2 else ("p", self._line())
        return (self._dice.random() < 0.2, 1, 1, (inner,))
