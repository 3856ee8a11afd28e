"""Tiny on loopback: the state, its rules, and the routes that the connector uses. Any other request is answered with 501."""

import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "s3cret"


class Desk:
    """What the desk holds. Times only grow, so that two changes never have the same one."""

    def __init__(self, name: str = "desk-1") -> None:
        self.name = name
        self.people: dict[str, dict] = {}
        self.tickets: dict[str, dict] = {}
        self.comments: dict[str, dict] = {}
        self.mails = False
        self.numbers = 100
        self.time = 0.0
        self.lock = threading.RLock()

    def person(self, id_: str, name: str) -> None:
        self.people[id_] = {"id": id_, "name": name, "email": f"{id_}@tiny.example"}

    def add(self, table: str, row: dict) -> dict:
        self.numbers += 1
        made = {"id": str(self.numbers), "external_id": None, "created_at": self.now(), **row}
        getattr(self, table)[made["id"]] = made
        self.touch(made.get("ticket_id", made["id"]))
        return made

    def touch(self, ticket: str) -> None:
        self.tickets[ticket]["updated_at"] = self.now()

    def now(self) -> float:
        self.time = max(time.time(), self.time + 0.001)
        return self.time

    def answer(self, method: str, path: str, query: dict[str, str], body: dict) -> tuple[int, object]:
        with self.lock:
            for wanted, pattern, route in ROUTES:
                match = re.fullmatch(pattern, path)
                if match and wanted == method:
                    return route(self, query, body, *match.groups())
        return 501, {"error": "no such route"}

    def list_people(self, query, _body):
        page, size = int(query.get("page", 1)), int(query.get("per_page", 100))
        rows = list(self.people.values())
        more = page + 1 if len(rows) > page * size else None
        return 200, {"people": rows[(page - 1) * size : page * size], "next_page": more, "total": len(rows)}

    def list_tickets(self, query, _body):
        since, size = float(query.get("updated_since", 0)), int(query.get("per_page", 50))
        rows = [row for row in self.tickets.values() if row["updated_at"] >= since]
        if "external_id" in query:
            rows = [row for row in rows if row["external_id"] == query["external_id"]]
        rows.sort(key=lambda row: (row["updated_at"], row["id"]))
        if "after" in query:
            rows = [row for row in rows if repr((row["updated_at"], row["id"])) > query["after"]]
        last = rows[size - 1] if len(rows) > size else None
        return 200, {"tickets": rows[:size], "next": repr((last["updated_at"], last["id"])) if last else None}

    def show(self, _query, _body, id_):
        if id_ not in self.tickets:
            return 404, {"error": "no such ticket"}
        comments = [row for row in self.comments.values() if row["ticket_id"] == id_]
        return 200, {"ticket": {**self.tickets[id_], "comments": comments}}

    def create(self, _query, body):
        return 201, self.add("tickets", {"person_id": None, "updated_at": 0, "tags": [], **body})

    def comment(self, _query, body, id_):
        if id_ not in self.tickets:
            return 404, {"error": "no such ticket"}
        return 201, self.add("comments", {"person_id": None, "ticket_id": id_, **body})

    def change(self, _query, body, table, id_):
        row = getattr(self, table).get(id_)
        if row is None:
            return 404, {"error": f"no such record in {table}"}
        row.update(body)
        self.touch(row.get("ticket_id", id_))
        return 200, row

    def delete(self, _query, _body, table, id_):
        row = getattr(self, table).pop(id_, None)
        if row is None:
            return 404, {"error": f"no such record in {table}"}
        if "ticket_id" in row:
            self.touch(row["ticket_id"])
        return 204, None


ROUTES = (
    ("GET", "/api/me", lambda desk, *_: (200, {"name": "Ana", "desk": desk.name, "mails": desk.mails})),
    ("GET", "/api/people", Desk.list_people),
    ("GET", "/api/tickets", Desk.list_tickets),
    ("GET", "/api/tickets/([^/]+)", Desk.show),
    ("POST", "/api/tickets", Desk.create),
    ("POST", "/api/tickets/([^/]+)/comments", Desk.comment),
    ("PUT", "/api/(tickets|comments)/([^/]+)", Desk.change),
    ("DELETE", "/api/(tickets|comments)/([^/]+)", Desk.delete),
)


@contextmanager
def served(desk: Desk):
    """Serve a desk on a free port; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length) or b"null") or {}
            status, told = 401, {"error": "who are you?"}
            if self.headers.get("authorization") == f"Bearer {TOKEN}":
                status, told = desk.answer(self.command, parts.path, query, body)
            data = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815 -- the names that http.server calls

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
