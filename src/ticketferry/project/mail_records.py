"""Mail records of the domains of support addresses, asked of DNS: who receives, who may send (SPF), who signs (DKIM), what DMARC demands.

Needs `dnspython` (`ticketferry[dns]`), which is imported here alone and only where somebody asks for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ticketferry.errors import ConfigError
from ticketferry.project.preflight import Reader
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.counting import counted
from ticketferry.sdk.preflight import PreflightItem, PreflightResult

if TYPE_CHECKING:
    import dns.resolver

__all__ = ["SENDERS", "DomainRecords", "MailSender", "domain_item", "mail_items", "read_domain"]

NEEDED = "pip install 'ticketferry[dns]'"
_MOST = 10
"""Look-ups that one SPF record may cost (RFC 7208, 4.6.4)."""
_WAIT = 5.0
"""Seconds for one question in all."""


@dataclass(frozen=True, slots=True)
class MailSender:
    """How a product sends in the name of a domain. `spf`: what its record must include, empty where the product needs none;
    `dkim`: names below the domain that must lead to the product; `source`: the vendor's page.
    """

    title: str
    spf: str = ""
    dkim: tuple[str, ...] = ()
    note: str = ""
    source: str = ""


SENDERS: Mapping[str, MailSender] = {
    "zendesk": MailSender(
        "Zendesk",
        "mail.zendesk.com",
        ("zendesk1._domainkey", "zendesk2._domainkey"),
        source="support.zendesk.com 4867238761626, 115015746187",
    ),
    "jsm": MailSender(
        "Jira",
        note="its records (one for bounces, two for DKIM) have names of their own for each domain: Atlassian Administration > Emails >"
        " Email domains lists them and checks them every day",
        source="support.atlassian.com, DNS records required for configuring DMARC",
    ),
}
"""Product -> what it needs. Products that are not here: a person reads it in their settings."""


@dataclass(slots=True)
class DomainRecords:
    """What DNS says of a domain. `trouble`: what could not be asked; `lookups`: what the SPF record costs."""

    domain: str
    mx: tuple[str, ...] = ()
    spf: tuple[str, ...] = ()
    includes: frozenset[str] = frozenset()
    lookups: int = 0
    dkim: Mapping[str, bool] = field(default_factory=dict)
    dmarc: str = ""
    dmarc_at: str = ""
    trouble: tuple[str, ...] = ()


def mail_items(nameserver: str = "") -> Reader:
    """Return what reads the records of all support addresses. `nameserver`: ADDRESS or ADDRESS:PORT; else the machine's own.

    Raises ConfigError where `dnspython` is not installed.
    """
    resolver = _resolver(nameserver)

    def read(catalogs: Sequence[Catalog]) -> list[PreflightItem]:
        return list(_items(resolver, catalogs))

    return read


def _resolver(nameserver: str) -> "dns.resolver.Resolver":
    try:
        import dns.resolver
    except ImportError as error:
        raise ConfigError(
            "the mail records of domains are read with dnspython, which is not installed", remedy=NEEDED
        ) from error
    try:
        resolver = dns.resolver.Resolver(configure=not nameserver)
    except dns.resolver.NoResolverConfiguration as error:
        raise ConfigError(
            "this machine names no name server", remedy="Name one: --nameserver ADDRESS."
        ) from error
    if nameserver:
        host, _, port = nameserver.rpartition(":") if nameserver.count(":") == 1 else (nameserver, "", "")
        try:
            resolver.nameservers = [host.strip("[]")]
            resolver.port = int(port or 53)
        except ValueError as error:
            raise ConfigError(
                f"{nameserver!r} is no address of a name server", remedy="Write 192.0.2.1 or 192.0.2.1:53."
            ) from error
    resolver.lifetime = _WAIT
    return resolver


def _items(resolver: "dns.resolver.Resolver", catalogs: Sequence[Catalog]) -> Iterator[PreflightItem]:
    source, target = catalogs[0] if catalogs else None, catalogs[-1] if catalogs else None
    domains: dict[str, list[str]] = {}
    for catalog in catalogs:
        for row in catalog.get("support_addresses", []):
            if row.get("active", True) and "@" in row["name"]:
                addresses = domains.setdefault(row["name"].rpartition("@")[2].casefold(), [])
                addresses += [row["name"]] if row["name"] not in addresses else []
    if not domains or source is None or target is None:
        yield PreflightItem(
            "PF-DNS", PreflightResult.PERSON, "neither desk lists a support address through its API",
            "Name the domains to whoever keeps their DNS; the new desk's e-mail settings say which records it needs.",
        )  # fmt: skip
        return
    old, new = (SENDERS.get(catalog.get("product", "")) for catalog in (source, target))
    selectors = [*(old.dkim if old else ()), *(new.dkim if new else ())]
    for domain, addresses in sorted(domains.items()):
        records = read_domain(resolver, domain, list(dict.fromkeys(selectors)))
        yield domain_item(records, addresses, old, new)


def read_domain(
    resolver: "dns.resolver.Resolver", domain: str, selectors: Sequence[str] = ()
) -> DomainRecords:
    """Ask for everything of one domain: MX, SPF with what it includes, DKIM by `selectors`, DMARC (its parent's where it has none)."""
    asked = _Questions(resolver)
    found = DomainRecords(domain)
    found.mx = tuple(sorted(str(row.exchange).rstrip(".").casefold() for row in asked.rows(domain, "MX")))
    found.spf = tuple(text for text in asked.texts(domain) if _is_spf(text))
    if len(found.spf) == 1:
        names: set[str] = set()
        found.lookups = _walk(asked, found.spf[0], names, depth=0)
        found.includes = frozenset(names)
    found.dkim = {name: asked.signs(f"{name}.{domain}") for name in selectors}
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        at = ".".join(labels[start:])
        text = next((text for text in asked.texts(f"_dmarc.{at}") if text.lower().startswith("v=dmarc1")), "")
        if text:
            found.dmarc, found.dmarc_at = text, at
            break
    found.trouble = tuple(dict.fromkeys(asked.trouble))
    return found


def _is_spf(text: str) -> bool:
    return text.casefold() == "v=spf1" or text.casefold().startswith("v=spf1 ")


def _walk(asked: "_Questions", record: str, names: set[str], *, depth: int) -> int:
    """Return how many look-ups a record costs; note what it includes, at any depth."""
    cost = 0
    for term in record.split()[1:]:
        word = term.lstrip("+-~?").casefold()
        kind, _, name = word.partition(":")
        if word.startswith("redirect="):
            kind, name = "redirect", word.partition("=")[2]
        if kind.partition("/")[0] in ("a", "mx", "ptr", "exists"):
            cost += 1
        if kind not in ("include", "redirect") or not name:
            continue
        cost += 1
        if name in names or depth > _MOST or cost > 2 * _MOST:
            continue
        names.add(name)
        for text in asked.texts(name):
            if _is_spf(text):
                cost += _walk(asked, text, names, depth=depth + 1)
    return cost


class _Questions:
    """Asks, and keeps what could not be asked: that a name is not there is an answer, silence is none."""

    def __init__(self, resolver: "dns.resolver.Resolver") -> None:
        self._resolver = resolver
        self.trouble: list[str] = []

    def rows(self, name: str, kind: str) -> list[Any]:
        import dns.exception
        import dns.resolver

        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            self.trouble.append(f"{kind} of {name}: {type(error).__name__}")
            return []

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name; the strings of one record belong together (RFC 7208, 3.3)."""
        return [b"".join(row.strings).decode("utf-8", "replace") for row in self.rows(name, "TXT")]

    def signs(self, name: str) -> bool:
        """Tell whether a DKIM key is there, by itself or where the name leads."""
        return any("p=" in text and not text.replace(" ", "").endswith("p=") for text in self.texts(name))


def domain_item(
    found: DomainRecords, addresses: Sequence[str], old: MailSender | None, new: MailSender | None
) -> PreflightItem:
    """Judge a domain: what would keep the new desk's mail from arriving, or customers' mail from reaching it."""
    policy = _policy(found.dmarc)
    rows = [
        f"MX {', '.join(found.mx) or 'none'}",
        f"SPF {found.spf[0] if len(found.spf) == 1 else f'{len(found.spf)} records' if found.spf else 'none'}"
        + (f" ({counted(found.lookups, 'look-up')} of {_MOST})" if len(found.spf) == 1 else ""),
        *(f"DKIM {name}: {'there' if there else 'not there'}" for name, there in found.dkim.items()),
        f"DMARC {policy or 'none'}"
        + (f" (of {found.dmarc_at})" if found.dmarc and found.dmarc_at != found.domain else ""),
    ]
    wrong, todo = list(_wrong(found)), []
    if new is not None and new.spf and len(found.spf) < 2 and new.spf not in found.includes:
        wrong.append(f"{new.title} may not send for it")
        todo.append(f"Add include:{new.spf} to the SPF record of {found.domain}.")
    lacking = [name for name in (new.dkim if new else ()) if not found.dkim.get(name)]
    if lacking:
        wrong.append(f"{new.title if new else ''} has no DKIM key there")
        todo.append(
            f"Publish {', '.join(f'{name}.{found.domain}' for name in lacking)} as the e-mail settings of {new.title if new else ''} say."
        )
    if old is not None and old is not new and old.spf and old.spf in found.includes:
        rows.append(f"{old.title} may send for it today; take it out once the old desk is closed")
    if new is not None and new.note:
        rows.append(f"{new.title}: {new.note}")
    if wrong and policy in ("reject", "quarantine"):
        todo.append(f"DMARC says {policy}: mail that neither SPF nor DKIM covers does not arrive.")
    told = f"{found.domain} ({', '.join(addresses[:3])}{' …' if len(addresses) > 3 else ''})"
    figures = {"wrong": len(wrong), "lookups": found.lookups, "addresses": len(addresses)}
    if found.trouble:
        words = f"{told}: DNS did not answer: {'; '.join(found.trouble[:3])}"
        return PreflightItem(
            "PF-DNS",
            PreflightResult.UNKNOWN,
            words,
            "Run it again, or ask another name server: --nameserver.",
            rows=tuple(rows),
            figures=figures,
        )
    if wrong:
        return PreflightItem(
            "PF-DNS", PreflightResult.FAILED, f"{told}: {'; '.join(wrong)}", " ".join(todo) or "Mend the records where the domain's DNS is kept.",
            rows=tuple(rows), figures=figures,
        )  # fmt: skip
    if new is None or not (new.spf or new.dkim):
        return PreflightItem(
            "PF-DNS", PreflightResult.PERSON, f"{told}: in order; what the new desk needs has names that DNS does not tell",
            "Look at the records that the new desk's e-mail settings list for the domain.", rows=tuple(rows), figures=figures,
        )  # fmt: skip
    return PreflightItem(
        "PF-DNS",
        PreflightResult.PROVED,
        f"{told}: {new.title} may send for it",
        rows=tuple(rows),
        figures=figures,
    )


def _wrong(found: DomainRecords) -> Iterator[str]:
    if not found.mx:
        yield "nobody receives its mail (no MX)"
    if len(found.spf) > 1:
        yield f"{len(found.spf)} SPF records, of which receivers take none (RFC 7208, 4.5)"
    elif not found.spf:
        yield "no SPF record"
    elif found.lookups > _MOST:
        yield f"its SPF record costs {found.lookups} look-ups, and receivers stop at {_MOST}"


def _policy(record: str) -> str:
    for part in record.split(";"):
        name, _, value = part.partition("=")
        if name.strip().casefold() == "p":
            return value.strip().casefold()
    return ""
