"""Where a file may be fetched from: the desk's own host, public addresses, and hosts that migration.yaml names."""

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.request import getproxies

import httpx

from ticketferry.errors import RejectedError

__all__ = ["Hosts"]

_LOCAL_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_LOCAL_ENDS = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa")


class Hosts:
    """Refuses addresses inside of our own network: an answer of the desk, or a redirect, must not make us read from there.

    `own`: host of the desk, always allowed. `allowed`: hosts that a person named.
    """

    def __init__(self, own: str, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(name.lower() for name in (httpx.URL(own).host, *allowed) if name)
        # Behind a proxy the other end of a connection is the proxy.
        self._direct = not getproxies()

    def refuse(self, url: httpx.URL) -> None:
        """Raise RejectedError for an address that is not `http(s)`, or that names a place inside of our network."""
        if url.scheme not in ("http", "https"):
            raise RejectedError(
                f"the desk sends to an address that is none of the web ({url.scheme}:)", where=str(url)[:200]
            )
        host = url.host.lower().rstrip(".")
        if host in self._allowed:
            return
        if host in _LOCAL_NAMES or host.endswith(_LOCAL_ENDS) or _inside(_address(host)):
            raise self._refused(host)

    def refuse_peer(self, response: httpx.Response) -> None:
        """Raise RejectedError where a name that looked harmless led to an address inside of our network."""
        if not self._direct or response.url.host.lower().rstrip(".") in self._allowed:
            return
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream is not None else None
        if peer and _inside(_address(str(peer[0]))):
            raise self._refused(f"{response.url.host} ({peer[0]})")

    def _refused(self, host: str) -> RejectedError:
        return RejectedError(
            f"the desk sends to {host}, a place inside of this network",
            where=host,
            remedy=f"Where the desk keeps files there, name the host in migration.yaml: `file_hosts: [{host.split(maxsplit=1)[0]}]`.",
        )


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address, also in the old ways of writing one that programs still take (`127.1`, `0x7f000001`, `2130706433`)."""
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        try:
            address = ip_address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _inside(address: IPv4Address | IPv6Address | None) -> bool:
    return address is not None and not address.is_global
