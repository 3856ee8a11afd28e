"""Hypothesis strategies for canonical bodies, hostile text included."""

from hypothesis import strategies as st

from ticketferry.schema.body import BREAK, normalise

TEXT = st.one_of(
    st.sampled_from(
        [
            " ",
            "  ",
            "a",
            "Hello. World ",
            "#123",
            "<b>&amp;",
            "\u00a0",
            "שלום",
            "😀👩‍👩‍👧",
            "\t",
            "x\ny",
            "\x00",
            "\ud800",
            "\u0085\ufffe",
        ]
    ),
    st.text(max_size=12),
)
LINKS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            ("https://example.com/?a=1&b=\"2'", ""),
            ("https://example.com/t/12", "acme:ticket:12"),
            ("", "acme:ticket:13"),
            ("/hc/en", ""),
        ]
    ),
)
MARKS = st.one_of(st.just(0), st.integers(0, 127))
INLINES = st.lists(
    st.one_of(
        st.tuples(st.just("t"), TEXT, MARKS, LINKS),
        st.tuples(st.just("t"), TEXT, st.just(0), st.none()),
        st.just(BREAK),
        st.tuples(
            st.just("img"),
            TEXT,
            st.sampled_from(["acme:attachment:55", "acme:attachment:none"]),
            st.just(""),
            LINKS,
        ),
        st.tuples(st.just("img"), TEXT, st.just(""), st.just('https://example.com/a.png?x="&y'), LINKS),
        st.tuples(st.just("at"), TEXT, MARKS, LINKS, st.just("acme:person:7")),
    ),
    max_size=5,
).map(tuple)
LEAVES = st.one_of(
    st.tuples(st.just("p"), INLINES),
    st.tuples(st.just("h"), st.integers(1, 6), INLINES),
    st.tuples(
        st.just("pre"), st.sampled_from(["", "python", 'a"b']), st.one_of(TEXT, st.just("\n\n  x\r\ny"))
    ),
    st.just(("hr",)),
)


def _containers(blocks):
    inner = st.lists(blocks, max_size=3).map(tuple)
    items = st.lists(inner, max_size=3).map(tuple)
    cell = st.tuples(st.booleans(), st.integers(1, 3), st.integers(1, 3), inner)
    rows = st.lists(st.lists(cell, max_size=2).map(tuple), max_size=3).map(tuple)
    return st.one_of(
        st.tuples(st.just("ul"), items),
        st.tuples(st.just("ol"), st.integers(0, 12), items),
        st.tuples(st.just("quote"), inner),
        st.tuples(st.just("fold"), TEXT, inner),
        st.tuples(st.just("table"), rows),
    )


RAW_TREES = st.lists(st.recursive(LEAVES, _containers, max_leaves=8), max_size=4).map(tuple)
"""Trees of the documented shape that are not canonical yet."""
TREES = RAW_TREES.map(normalise)
