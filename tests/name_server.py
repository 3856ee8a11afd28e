"""A name server on loopback for tests: answers from a table, over UDP, and can be silent or refuse."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

__all__ = ["NameServer", "name_server"]


class NameServer:
    """`zone`: (name, type) -> values as a zone file has them; `mute`: names that get no answer; `failing`: names answered SERVFAIL."""

    def __init__(self, zone: Mapping[tuple[str, str], Sequence[str]]) -> None:
        self.zone = {(name.casefold(), kind): list(values) for (name, kind), values in zone.items()}
        self.mute: set[str] = set()
        self.failing: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                data, client = self._socket.recvfrom(4096)
            except OSError:
                return
            if data == b"end":
                return
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), client)

    def end(self) -> None:
        """Let `serve` return."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"end", self._socket.getsockname())

    def close(self) -> None:
        self._socket.close()

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        (question,) = query.question
        name = question.name.to_text().rstrip(".").casefold()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.mute:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA | dns.flags.RA
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        at, seen = name, set[str]()
        while at not in seen:
            seen.add(at)
            if values := self.zone.get((at, kind)):
                answer.answer.append(dns.rrset.from_text(f"{at}.", 60, "IN", kind, *values))
                return answer
            led = self.zone.get((at, "CNAME"))
            if not led:
                break
            answer.answer.append(dns.rrset.from_text(f"{at}.", 60, "IN", "CNAME", *led))
            at = led[0].rstrip(".").casefold()
        if not any(known == at for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@contextmanager
def name_server(zone: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[NameServer]:
    """Serve a zone in a thread of its own."""
    server = NameServer(zone)
    thread = threading.Thread(target=server.serve, name="name server")
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join(5)
        server.close()
