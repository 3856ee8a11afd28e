"""Checks of a site before anything is read or written: who we are, what we may, and whether anybody would be mailed."""

from collections.abc import Iterator, Sequence
from typing import Any

from ticketferry.sdk import Finding, RejectedError

from .catalog import service_desks
from .check_credentials import check_credentials
from .client import JsmClient
from .endpoints import GUARD_AUTOWATCH, GUARD_SCHEME, GUARDS
from .options import JsmOptions
from .rights import comments_of_others, missing_rights
from .wire import API

__all__ = ["check_site", "read_guards"]

_WAYS = {
    "classic": "classic token",
    "scoped": "token with scopes through the gateway",
    "bearer": "OAuth bearer token through the gateway",
    "refresh": "OAuth client, renewed by refresh token",
    "client": "OAuth client of a service account",
    "": "no credentials",
}
_REMEDY = {guard.code: guard.remedy for guard in GUARDS}


def check_site(
    client: JsmClient, options: JsmOptions, desk: str, *, written: bool = True
) -> Sequence[Finding]:
    """Return what was found, guards by their code; what concerns writes only where the site is to be `written`. Raises AuthError
    where the credentials are wrong.
    """
    me = client.myself()
    found = [
        Finding.info("JSM-ACCOUNT", options.where(), f"signed in as {me.get('displayName')} ({me.get('emailAddress') or options.email or 'e-mail hidden'}), time zone {me.get('timeZone')}, {_WAYS[options.way]}")
    ]  # fmt: skip
    found.extend(check_credentials(client, options))
    desks = service_desks(client, options)
    keys = list(desks)
    if not keys:
        found.append(
            Finding.blocker("JSM-PROJECTS", desk, "the account sees no service project", "Add the account to the role Service Desk Team of the projects.")
        )  # fmt: skip
        return found
    found.append(Finding.info("JSM-PROJECTS", desk, f"service projects: {', '.join(keys)}"))
    found.extend(missing_rights(client, keys, written=written))
    if not written:
        return found
    found.extend(_scheme(client, keys))
    found.append(_autowatch(client))
    found.extend(_seats(client))
    found.append(_mail(options))
    found.extend(_clocks(client, options))
    return found


def _mail(options: JsmOptions) -> Finding:
    """Name the strongest guard, which no API shows: without outgoing mail no scheme and no rule of a desk reaches anybody."""
    return Finding.info(
        "JSM-MAIL", options.where(),
        "no API tells whether the site's outgoing mail is off (Settings > System > Outgoing mail): that is the strongest guard, and the"
        " others hold beside it; invitations of new customers do not go that way",
    )  # fmt: skip


def _clocks(client: JsmClient, options: JsmOptions) -> Iterator[Finding]:
    """Tell what SLA clocks do on their own: no API stops or sets one [S GET /request/{key}/sla, LZ-07]."""
    names = [str(row.get("name", "?")) for kind, row in client.fields() if kind == "sd-sla-field"]
    if names:
        yield Finding.doubt(
            "JSM-SLA", options.where(),
            f"{len(names)} {'clock' if len(names) == 1 else 'clocks'}, {', '.join(names[:4])}{' …' if len(names) > 4 else ''}: they start by themselves on every new issue, and count from"
            " the creation date of one that an import file back-dates: old tickets can be breached when they are born",
            "Give each SLA a condition that leaves out issues with the migration's label (project settings > SLAs > start condition"
            ' `labels != …`), and keep automation that reacts to a breach off. There is no API.',
            len(names),
        )  # fmt: skip


def read_guards(client: JsmClient, options: JsmOptions, comments: Finding | None = None) -> Sequence[Finding]:
    """Return the guards that an API shows, and nothing else: what is read again during a run.

    `comments`: what was found of the right to edit comments of others, which is asked for once: Jira itself refuses without it.
    """
    keys = list(service_desks(client, options))
    return [*_scheme(client, keys), _autowatch(client), comments or comments_of_others(client, keys)]


def _seats(client: JsmClient) -> Iterator[Finding]:
    """Tell how many licences are in use: agents are matched and customers cost none, so a migration needs no more."""
    try:
        row = client.get(f"{API}/license/approximateLicenseCount", endpoint="license.count") or {}
    except RejectedError:
        return
    if row.get("value") is not None:
        yield Finding.info(
            "JSM-SEATS", "licences",
            f"about {row['value']} accounts have a licence; none is added: customers need none, agents are matched and never made",
        )  # fmt: skip


def _scheme(client: JsmClient, keys: Sequence[str]) -> Iterator[Finding]:
    """Read the notification scheme of every project: it holds when no event has a receiver."""
    loud: list[str] = []
    quiet: list[str] = []
    for key in keys:
        if client.get(f"{API}/project/{key}", endpoint="project.get").get("simplified") is True:
            # Its notification settings show through no API, and no scheme without receivers can be given to it (400).
            loud.append(
                f"{key}: a team-managed project, whose notifications nobody can read or switch off by API"
            )
            continue
        try:
            scheme = client.get(
                f"{API}/project/{key}/notificationscheme",
                endpoint="project.notification_scheme",
                params={"expand": "all"},
            )
        except RejectedError as error:
            if error.status != 404:
                loud.append(f"{key}: its scheme cannot be read ({error.message})")
                continue
            quiet.append(f"{key}: no scheme")
            continue
        events = [
            _event(row) for row in scheme.get("notificationSchemeEvents") or [] if row.get("notifications")
        ]
        if events:
            loud.append(
                f"{key}: {scheme.get('name')!r} mails at {', '.join(events[:4])}{' …' if len(events) > 4 else ''}"
            )
        else:
            quiet.append(f"{key}: {scheme.get('name')!r} is empty")
    if loud:
        yield Finding.blocker(
            GUARD_SCHEME, "notification schemes", "; ".join(loud), _REMEDY[GUARD_SCHEME], len(loud)
        )
    else:
        yield Finding.info(GUARD_SCHEME, "notification schemes", "; ".join(quiet))


def _event(row: Any) -> str:
    return str((row.get("event") or {}).get("name", "?"))


def _autowatch(client: JsmClient) -> Finding:
    key = "user.autowatch.disabled"
    try:
        value = (
            client.get_text(f"{API}/mypreferences", endpoint="preference.get", params={"key": key})
            .strip()
            .strip('"')
        )
    except RejectedError as error:
        if error.status != 404:
            raise
        value = ""
    if value == "true":
        return Finding.info(GUARD_AUTOWATCH, key, "the account does not watch what it writes")
    return Finding.blocker(
        GUARD_AUTOWATCH, key, f"the preference is {value or 'not set'}: the account watches what it writes", _REMEDY[GUARD_AUTOWATCH],
    )  # fmt: skip
