"""Whose certificates are taken for a desk's: all clients of a process share the authorities, and none takes a stranger."""

import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ticketferry.errors import RetryableError
from ticketferry.sdk.http import HttpClient
from ticketferry.sdk.pacing import Pacer
from ticketferry.sdk.session import Session
from ticketferry_emulators.kit.clock import ManualClock

pytestmark = pytest.mark.outside


class Yes(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def signed_by_itself(tmp_path):
    """A desk over TLS whose certificate no authority knows: (address, file of the certificate)."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        ["openssl", *made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), Yes)
    server.handle_error = lambda *_: None  # a refused handshake is what a test asks for
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_port}", certificate
    server.shutdown()
    thread.join()
    server.server_close()


def asked(address: str) -> int:
    clock = ManualClock(1_795_000_000.0)
    client = HttpClient(
        address,
        Session("acme", clock=clock, note=lambda _: None),
        headers=lambda: {"Authorization": "Bearer of-this-desk-alone"},
        classify=lambda _: None,
        pacer=Pacer(clock),
    )
    try:
        return client.read("GET", "/", endpoint="root").status_code
    finally:
        client.close()


def test_a_desk_whose_certificate_no_authority_signed_is_not_spoken_to(signed_by_itself):
    address, _ = signed_by_itself
    with pytest.raises(RetryableError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(address)


def test_the_authorities_are_those_that_the_environment_names_now_not_when_the_first_client_was_made(
    signed_by_itself, monkeypatch
):
    address, certificate = signed_by_itself
    with pytest.raises(RetryableError):
        asked(address)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert asked(address) == 200
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(RetryableError):
        asked(address)


def test_a_second_client_does_not_read_the_authorities_again(monkeypatch, tmp_path):
    """Some 20 ms of processor time a client, and a run has a dozen."""
    asked_for = []
    plain = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda **more: asked_for.append(more) or plain(**more))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    clock = ManualClock(1_795_000_000.0)
    for _ in range(3):
        HttpClient(
            "https://desk.example",
            Session("acme", clock=clock, note=lambda _: None),
            headers=dict,
            classify=lambda _: None,
            pacer=Pacer(clock),
        ).close()
    assert asked_for == [{"capath": str(tmp_path)}]
