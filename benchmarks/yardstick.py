"""A fixed work that depends on nothing of this project: figures told as multiples of it hold on other machines and on a busy one.

One *yard* is the processor time of parsing five comments of 1 kB (the standard library's HTML parser), reading and writing a record of
480 values (orjson), compressing it (zlib) and hashing it (blake2b): about what the raw bytes of one ticket cost at the least.

python benchmarks/yardstick.py
"""

import statistics
import time
import zlib
from hashlib import blake2b
from html.parser import HTMLParser

import orjson

__all__ = ["seconds"]

_COMMENT = (
    "<div><p>Hi Sam,</p><p>we looked into order <b>#100042</b> &amp; found the <i>parcel</i> at our <a href='https://maps.example/?q=1'>depot</a>.</p>"
    "<ul><li>check the house number</li><li>open <a href='https://help.example/2'>this article</a></li><li>send a picture</li></ul>"
    + "<p>The carrier told us: <em>no such recipient</em>. If you run the tool, use <code>track --order 7</code> and tell us.</p>" * 5
    + "</div>"
)  # fmt: skip
_RECORD = {
    f"part{row}": {f"key{column}": f"value {row * 37 + column} of {column}" for column in range(24)}
    for row in range(20)
}
_ROUNDS = 40


class _Reader(HTMLParser):
    tags = 0

    def handle_starttag(self, _tag: str, _attrs: object) -> None:
        self.tags += 1


def _work() -> None:
    packed = orjson.dumps(_RECORD)
    for _ in range(_ROUNDS):
        for _ in range(5):
            reader = _Reader()
            reader.feed(_COMMENT)
            reader.close()
        body = orjson.dumps(orjson.loads(packed), option=orjson.OPT_SORT_KEYS)
        zlib.decompress(zlib.compress(body, 6))
        blake2b(body, digest_size=16).hexdigest()


def seconds(rounds: int = 5) -> float:
    """Return the processor seconds of one yard: the median of some rounds, after one to warm up."""
    _work()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        _work()
        times.append((time.process_time() - start) / _ROUNDS)
    return statistics.median(times)


if __name__ == "__main__":
    print(f"one yard: {seconds() * 1000:.3f} ms of processor time")
