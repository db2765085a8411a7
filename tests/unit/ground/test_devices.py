"""A device is named by words of ours, whatever its ``User-Agent`` says."""

from __future__ import annotations

import pytest

from carteiro.model.devices import device_of

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Windows",
        ),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) {_CHROME} Safari/537.36", "Chrome, macOS"),
        (f"Mozilla/5.0 (Windows NT 10.0) {_CHROME} Safari/537.36 Edg/140.0", "Edge, Windows"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {_CHROME} Safari/537.36 OPR/120.0", "Opera, Linux"),
        (f"Mozilla/5.0 (Linux; Android 15) {_CHROME} Mobile Safari/537.36", "Chrome, Android"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) {_SAFARI} Safari/604.1", "Safari, iPhone"),
        ("curl/8.5.0", ""),
        ("<b>Firefox/1</b> {{code}} \r\nBcc: x", "Firefox"),
        ("x" * 100_000 + "Firefox/1", ""),
        ("", ""),
        (None, ""),
    ],
    ids=[
        *("firefox", "chrome", "edge", "opera", "android", "iphone", "curl", "hostile", "huge"),
        *("empty", "none"),
    ],
)
def test_a_device_is_known_by_its_browser_and_its_system(said: str | None, name: str) -> None:
    assert device_of(said) == name
