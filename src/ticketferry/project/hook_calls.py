"""One call of a hook: a program, a line for the shell, or a post; bounded in time, with nothing of ours but the facts of the event."""

import hashlib
import hmac
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson

from ticketferry import __version__
from ticketferry.errors import FerryError
from ticketferry.project.event_hooks import PLACEHOLDER, EventHook
from ticketferry.project.secret_references import secret_of
from ticketferry.sdk.secrets import redact

__all__ = ["SIGNATURE", "VARIABLES", "call_hook"]

VARIABLES = "TICKETFERRY_EVENT"
"""The facts stand in `TICKETFERRY_EVENT` (the event) and `TICKETFERRY_EVENT_TEXT`, …"""
SIGNATURE = "X-Ticketferry-Signature"
"""`sha256=` and the HMAC of the body, where the hook has `sign`."""
_USUAL = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "COMSPEC",
    "PATHEXT",
    "USERPROFILE",
)
"""Variables that a program needs to run at all; those that hold our secrets are not passed on."""
_SHOWN = 200
"""Signs of what a program complained of that are told."""
_HERE = ("localhost", "127.0.0.1", "::1")


def call_hook(hook: EventHook, facts: Mapping[str, Any], folder: Path) -> str:
    """Call a hook and wait for it, at most its timeout; return what went wrong, empty where nothing did. `folder`: where programs run."""
    body = orjson.dumps(dict(facts))
    try:
        return _post(hook, body) if hook.post else _run(hook, facts, body, folder)
    except FerryError as error:
        return error.message
    except Exception as error:  # noqa: BLE001 -- whatever a hook does, the run goes on; what was wrong is told
        return f"cannot be called: {getattr(error, 'strerror', None) or type(error).__name__}"


def _run(hook: EventHook, facts: Mapping[str, Any], body: bytes, folder: Path) -> str:
    given: Any = hook.shell or [_filled(argument, facts) for argument in hook.run]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 -- the program that migration.yaml names, by a list where no shell was asked for
            given,
            shell=bool(hook.shell),
            cwd=folder,
            env=_environment(hook, facts),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            with suppress(BrokenPipeError):
                process.communicate(body, timeout=hook.timeout)
            code = process.wait(timeout=hook.timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            return f"did not end within {hook.timeout:.0f} s, and was stopped"
        if code == 0:
            return ""
        said.seek(max(0, said.tell() - 4 * _SHOWN))
        words = redact(" ".join(said.read().decode("utf-8", "replace").split()))[-_SHOWN:]
    return f"ended with exit code {code}" + (f": {words}" if words else "")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop a program with all that it has begun."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _environment(hook: EventHook, facts: Mapping[str, Any]) -> dict[str, str]:
    passed = {name: os.environ[name] for name in (*_USUAL, *hook.variables) if name in os.environ}
    told = {f"{VARIABLES}_{name.upper()}": str(value) for name, value in facts.items() if name != "event"}
    return passed | told | {VARIABLES: str(facts["event"])}


def _filled(argument: str, facts: Mapping[str, Any]) -> str:
    return PLACEHOLDER.sub(
        lambda found: found[0][0] if found[1] is None else str(facts.get(found[1], "")), argument
    )


def _post(hook: EventHook, body: bytes) -> str:
    url = httpx.URL(secret_of(hook.post, hook.place))
    if url.scheme != "https" and not (url.scheme == "http" and url.host in _HERE):
        return "wants an address that begins with https://"
    headers = {"Content-Type": "application/json", "User-Agent": f"ticketferry/{__version__}"}
    if hook.sign:
        key = secret_of(hook.sign, hook.place).encode()
        headers[SIGNATURE] = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
    try:
        with (
            httpx.Client(timeout=hook.timeout, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            return "" if answer.is_success else f"answered {answer.status_code}"
    except httpx.TimeoutException:
        return f"did not answer within {hook.timeout:.0f} s"
    except httpx.HTTPError as error:
        # The address itself is the secret: no message of the library is shown.
        return f"cannot be reached ({type(error).__name__})"
