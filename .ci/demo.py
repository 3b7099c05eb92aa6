"""A demo of one's own, for as long as something is tried on it.

BELLWETHER is the program (target/debug/bellwether unless set).
"""

import contextlib
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGIN = {"email": "demo@example.org", "password": "watch the bells"}
START_S = 60
HEAR_S = 60
STOP_S = 45


GIVEN: set[int] = set()


def free_port() -> int:
    """A port that nobody has, below those that the system gives to connections, and never the same twice."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in GIVEN:
                probe.bind(("127.0.0.1", port))
                GIVEN.add(port)
                return port


def ask(address: str, body=None, token: str | None = None, kind: str = "application/json"):
    """The JSON that an address answers; nothing where it answers none. A text is sent as it is."""
    headers = {"content-type": kind} | ({"authorization": f"Bearer {token}"} if token else {})
    sent = body if body is None or isinstance(body, str) else json.dumps(body)
    request = urllib.request.Request(address, sent and sent.encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
        return json.loads(text) if "json" in answer.headers.get("content-type", "") else None


def end_in_order() -> None:
    """Makes SIGTERM end this program as an exit does, so that what it started ends with it."""

    def end(*_) -> None:
        # A second one must not cut short what the first one set off.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


@contextlib.contextmanager
def running(folder: pathlib.Path, *options: str):
    """Where a demo in a folder and its receiver of webhooks are; it ends behind the block."""
    end_in_order()
    program = pathlib.Path(os.environ.get("BELLWETHER", ROOT / "target/debug/bellwether")).resolve()
    said = folder / "said"
    command = [program, "demo", "--port", str(free_port()), "--inbox-port", str(free_port()), *options]
    with said.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=os.environ | {"TMPDIR": str(folder)}
        )
    try:
        until = time.monotonic() + START_S
        while "Ctrl-C ends it" not in (text := said.read_text()):
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"the demo did not start:\n{text}")
            time.sleep(0.1)
        api = re.search(r"the API +(http://[^/\s]+)/docs", text)[1]
        receiver = re.search(r"(http://[^/\s\"]+/hooks/mine)", text)[1]
        hear_prices(api)
        yield {"api": api, "receiver": receiver}
    finally:
        stop(process)


def hear_prices(api: str) -> None:
    """Waits until the demo's markets are heard: an alert that is made before has no price to begin with."""
    until = time.monotonic() + HEAR_S
    token = ask(f"{api}/api/token", LOGIN)["access"]
    while time.monotonic() < until:
        items = ask(f"{api}/api/alerts?kind=price&page_size=100", token=token)["items"]
        if any(alert["instrument"] == "binance:BTCUSDT" and alert["market"] for alert in items):
            return
        time.sleep(0.1)
    sys.exit("the demo's markets are silent")


def stop(process: subprocess.Popen) -> None:
    """Ends the demo, and nothing else."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
