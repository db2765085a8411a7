"""The first page that people see: its weight, the server's time for it, and a field to type in.

``python -m bench.first_page N`` asks N times for the page and for the server's cheapest answer.
"""

from __future__ import annotations

import gzip
import re
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, sync_playwright

from bench.server import Server, serving

REQUESTS = 2_000
LOADS = 9
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_SLOW_3G = {
    "offline": False,
    "latency": 2000,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
"""As Chromium's developer tools have it: milliseconds, bytes a second."""
_BARE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<form method="post"><label>Email <input name="identifier" type="text" required></label>
<button name="submit">Sign in</button></form></html>"""


def measure(requests: int = REQUESTS, loads: int = LOADS) -> dict[str, float]:
    """Weight in KB, requests, and ratios: of the server's p50 and p99, and of times to a field."""
    with tempfile.TemporaryDirectory() as folder, serving(f"sqlite:///{folder}/b.db") as server:
        cookies = _arrive(server)
        pieces = _pieces(server, cookies)
        page = _asked("/sign-in?app_id=demo-app", cookies)
        took = _interleaved(server.port, page, _asked("/api/status", ""), requests)
        return {
            "kilobytes": sum(map(len, pieces)) / 1024,
            "requests": len(pieces),
            "p50": _quantile(took[0], 50) / _quantile(took[1], 50),
            "p99": _quantile(took[0], 99) / _quantile(took[1], 99),
            "field": _fields(server, cookies, loads),
        }


def _arrive(server: Server) -> str:
    """The cookies of somebody whom an application has sent."""
    asked = {
        "client_id": "demo-app",
        "redirect_uri": f"http://127.0.0.1:{server.port}/demo-app",
        "response_type": "code",
        "scope": "openid profile",
        "prompt": "login",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(_asked(f"/oidc/auth?{urllib.parse.urlencode(asked)}", ""))
        head = _answer(line)[0].decode("latin-1")
    return "; ".join(re.findall(r"^set-cookie: ([^;\r]+)", head, re.IGNORECASE | re.MULTILINE))


def _pieces(server: Server, cookies: str) -> list[bytes]:
    """The page as it comes over the wire, and every file that it asks for."""

    def got(path: str) -> tuple[bytes, bytes]:
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(_asked(path, cookies))
            return _answer(line)

    head, body = got("/sign-in?app_id=demo-app")
    html = gzip.decompress(body).decode()
    files = re.findall(r'<script[^>]* src="(/[^"]+)"|<link[^>]* href="(/[^"]+)"', html)
    return [head + body, *[b"".join(got(script or link)) for script, link in files]]


def _asked(path: str, cookies: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: text/html",
        "Accept-Encoding: gzip",
        "Accept-Language: en",
        *([f"Cookie: {cookies}"] if cookies else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _answer(line: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of an answer."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
    while len(body) < length:
        body += line.recv(65536)
    return head, body


def _interleaved(
    port: int, page: bytes, status: bytes, number: int
) -> tuple[list[float], list[float]]:
    """Seconds of each, one after the other on a kept connection; the first ones warm up."""
    took: tuple[list[float], list[float]] = ([], [])
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for turn in range(number + 50):
            for request, found in zip((page, status), took, strict=True):
                begin = time.perf_counter()
                line.sendall(request)
                _answer(line)
                if turn >= 50:
                    found.append(time.perf_counter() - begin)
    return took


def _quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _fields(server: Server, cookies: str, loads: int) -> float:
    """Times until the field can be typed in over slow 3G, over those of a bare form."""
    ours = f"http://127.0.0.1:{server.port}/sign-in?app_id=demo-app"
    took: dict[str, list[float]] = {}
    with _bare_form() as bare, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        for _ in range(loads):
            for address in (ours, bare):
                took.setdefault(address, []).append(_until_field(browser, address, cookies))
        browser.close()
    return statistics.median(took[ours]) / statistics.median(took[bare])


def _until_field(browser: Browser, address: str, cookies: str) -> float:
    """Seconds from the address to a field that takes letters, with nothing kept from before."""
    context = browser.new_context(locale="en")
    pairs = [pair.split("=", 1) for pair in cookies.split("; ")]
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in pairs])
    page = context.new_page()
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", _SLOW_3G)
    begin = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("input[name=identifier]:enabled")
    took = time.perf_counter() - begin
    context.close()
    return took


class _Bare(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_BARE)))
        self.end_headers()
        self.wfile.write(_BARE)

    def log_message(self, *_: object) -> None:
        """Nothing: it is measured."""


@contextmanager
def _bare_form() -> Iterator[str]:
    """A form with the same field and nothing else, at an address of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Bare)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    for label, value in measure(*map(int, sys.argv[1:])).items():
        print(f"{label:12} {value:8.3f}")
