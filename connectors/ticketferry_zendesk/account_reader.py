"""Zendesk as it is read on either side of a migration: its set-up, people, organizations, groups, memberships, and files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from ticketferry.sdk import (
    Attachment,
    AuthError,
    Catalog,
    DeskIdentity,
    Kind,
    NotServedError,
    Ref,
    RejectedError,
    Session,
    Wire,
    pause,
)
from ticketferry.sdk.preflight import CredentialEnd
from ticketferry.sdk.rest.parallel import OrderedMap, workers_for
from ticketferry.sdk.rest.source import Reading, RestSource
from ticketferry.sdk.rest.streams import RestStream, by_row
from ticketferry.sdk.shapes import holding, within
from ticketferry_zendesk import catalog as catalogs
from ticketferry_zendesk import checks, tokens
from ticketferry_zendesk import wire as wires
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.history import AuditHistory
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.second_look import REFUSALS
from ticketferry_zendesk.wire import Row

__all__ = ["MANY", "AccountReader"]

_COUNTS = {
    "organizations": "/organizations/count",
    "groups": "/groups/count",
    "people": "/users/count",
    "tickets": "/tickets/count",
}
_SETUP = (
    ("/ticket_fields", "ticket_fields"),
    ("/user_fields", "user_fields"),
    ("/organization_fields", "organization_fields"),
    ("/groups", "groups"),
    ("/brands", "brands"),
    ("/custom_statuses", "custom_statuses"),
    ("/ticket_forms", "ticket_forms"),
    ("/slas/policies", "sla_policies"),
    ("/recipient_addresses", "recipient_addresses"),
)
_MEMBERSHIPS = ("organization_memberships", "group_memberships")
_WITHOUT = frozenset({"custom_statuses", "ticket_forms", "sla_policies", "recipient_addresses", "brands"})
"""Lists that a plan may not have: empty then."""
MANY = 100
"""Records that one request names by their ids."""


class AccountReader(RestSource):
    """Reads an account. Groups and memberships have no export and are read whole each time.

    `deleted_groups`: the list of groups leaves deleted ones out. A source keeps them for the names of old tickets; a target has them no more.
    """

    deleted_groups = True

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        client = ZendeskClient(options, session)
        super().__init__(client, session)
        self.client: ZendeskClient = client
        self.several = OrderedMap(
            session.clock, lambda: options.parallel or workers_for(client.limit), "zendesk"
        )
        self._options = options
        self._history = AuditHistory(client, options, session, self.several)
        self._look = self._history.look

    def identity(self) -> DeskIdentity:
        """Ask for the account's id and subdomain."""
        return checks.identity(self.client, self._options.where())

    def credential_end(self) -> CredentialEnd:
        """Return when the credentials end."""
        return tokens.end_of(self.client, self._options)

    def catalog(self) -> Catalog:
        """Read what the account defines. Raises AuthError naming a list that these credentials may not read.

        404: the list is not in this plan [PROBE 5.5], believed of two answers; NotServedError: not in this edition of the API.
        """
        rows: dict[str, list[Row]] = {}
        for path, key in _SETUP:
            if key in self._options.without:
                continue
            for last in (False, True):
                try:
                    rows[key] = list(self.client.every(path, key, endpoint=f"setup.{key}"))
                    break
                except RejectedError as error:
                    if error.status == 403:
                        raise self._forbidden(path, key, error) from error
                    if error.status != 404 or (last and key not in _WITHOUT):
                        raise
                    if not last:
                        pause(self.session.clock, 2.0, "a list that is not there is asked for once more")
                except NotServedError:
                    if key not in _WITHOUT:
                        raise
                    break
        return catalogs.build(self.session.desk, self._options.where(), rows)

    def _forbidden(self, path: str, key: str, error: RejectedError) -> AuthError:
        name = key.replace("_", " ")
        remedy = "Use the credentials of an admin with the scope `read`."
        if key in _WITHOUT:
            remedy += f" Where the plan has no {name}, say so in migration.yaml: `without: [{key}]`."
        message = f"the account may not read the {name}: {error.message}"
        return AuthError(message, where=f"GET {path}", remedy=remedy)

    def count(self, stream: str) -> int | None:
        """Ask the account's own count; None for memberships and history. Tickets without deleted ones, users without inactive ones."""
        path = _COUNTS.get(stream)
        return self.client.count(path, endpoint=f"{stream}.count") if path else None

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Stream a file; RejectedError where it is gone."""
        url = attachment.get("url")
        state = attachment.get("state")
        if not url or state in ("redacted", "malware"):
            reason = f"the file is {state}" if url else "the attachment has no address"
            raise RejectedError(reason, where=attachment["ref"], status=404)
        return self.client.file(url)

    # ---- streams

    def declared(self) -> dict[str, RestStream | Reading]:
        """Return the streams that both sides read."""
        desk, client = self.session.desk, self.client
        streams = (
            RestStream(
                "organizations",
                by_row(lambda row: wires.of_organization(desk, row)),
                (client.exported_by_time("/incremental/organizations", "organizations"),),
            ),
            RestStream(
                "groups",
                by_row(lambda row: wires.of_group(desk, row)),
                (client.listed("/groups", "groups", endpoint="list.groups"),),
                whole=None if self.deleted_groups else Kind.GROUP,
            ),
            RestStream(
                "people",
                lambda page: self._with_identities(page.rows, page.body.get("identities")),
                (client.exported("/incremental/users/cursor", "users", include="identities"),),
            ),
            RestStream(
                "memberships",
                lambda page: [self._membership(page.listed.rows, row) for row in page.rows],
                tuple(client.listed(f"/{key}", key, endpoint=f"list.{key}") for key in _MEMBERSHIPS),
                whole=Kind.MEMBERSHIP,
            ),
        )
        return {stream.name: stream for stream in streams}

    def _membership(self, key: str, row: Row) -> Wire:
        of = "org" if key == "organization_memberships" else "group"
        return wires.of_membership(self.session.desk, row, of)

    def _with_identities(self, users: Sequence[Row], sideloaded: Any) -> list[Wire]:
        """Join users with their identities, each user's asked for where the answer brought none."""
        desk = self.session.desk
        if not isinstance(sideloaded, list):
            asked = self.several.each(self._identified, users)
            return [wire for found in asked for wire in found]
        by_user: dict[Any, list[Row]] = {}
        for row in sideloaded:
            by_user.setdefault(row.get("user_id"), []).append(row)
        return [wires.of_user(desk, user, by_user.get(user["id"], [])) for user in users]

    def _identified(self, user: Row) -> list[Wire]:
        """Join a user with the identities, asked for; none of one who is deleted for good, unread where they cannot be read."""
        path, desk = f"/users/{user['id']}/identities", self.session.desk
        try:
            return [
                wires.of_user(
                    desk, user, list(self.client.every(path, "identities", endpoint="users.identities"))
                )
            ]
        except REFUSALS as error:
            if user.get("active") is False or not self._look.there(Kind.PERSON, user["id"], error):
                return [wires.of_user(desk, user, [])]
            return self._look.after(Kind.PERSON, user["id"], "the identities", error)

    # ---- by id

    @property
    def fetchers(self) -> Mapping[Kind, Callable[[Sequence[str]], list[Wire]]]:
        """Return what reads records of a kind by their ids, at most `MANY` at a time."""
        return {
            Kind.PERSON: self._fetch_people,
            Kind.ORGANIZATION: self._fetch_organizations,
            Kind.GROUP: self._fetch_groups,
        }

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots with all their parts by id; deleted tickets are absent."""
        found: list[Wire] = []
        by_kind: dict[Kind, list[str]] = {}
        for one in refs:
            by_kind.setdefault(one.kind, []).append(one.id)
        for kind, ids in by_kind.items():
            for start in range(0, len(ids), MANY):
                found += self.fetchers[kind](ids[start : start + MANY])
        return found

    def _show_many(self, path: str, key: str, ids: Sequence[str], **params: str) -> list[Row]:
        body = self.client.get(
            f"{path}/show_many",
            {"ids": ",".join(ids), **params},
            endpoint=f"{key}.show_many",
            fits=within(holding(key), key, "id", ids),
        )
        return cast("list[Row]", body[key])

    def _fetch_people(self, ids: Sequence[str]) -> list[Wire]:
        rows = self._show_many("/users", "users", ids, include_deleted="true")
        found = self._with_identities(rows, None)
        for memberships in self.several.each(self._memberships, rows):
            found += memberships
        return found

    def _memberships(self, user: Row) -> list[Wire]:
        try:
            return self._listed_memberships(user)
        except REFUSALS as error:
            return self._look.after(Kind.PERSON, user["id"], "the memberships", error)

    def _listed_memberships(self, user: Row) -> list[Wire]:
        found: list[Wire] = []
        for key in _MEMBERSHIPS:
            if key == "group_memberships" and user.get("role") == "end-user":
                continue  # only agents work in groups
            listed = self.client.every(f"/users/{user['id']}/{key}", key, endpoint=f"users.{key}")
            found += [self._membership(key, row) for row in listed]
        return found

    def _fetch_organizations(self, ids: Sequence[str]) -> list[Wire]:
        rows = self._show_many("/organizations", "organizations", ids)
        return [wires.of_organization(self.session.desk, row) for row in rows]

    def _fetch_groups(self, ids: Sequence[str]) -> list[Wire]:
        found = []
        for id_ in ids:
            try:
                row = self.client.get(f"/groups/{id_}", endpoint="groups.show").get("group")
            except RejectedError as error:
                if error.status != 404:
                    raise
                continue
            if isinstance(row, dict):
                found.append(wires.of_group(self.session.desk, row))
        return found
