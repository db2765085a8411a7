"""`carteiro dev` as a newcomer meets it: what it prints, and a mailbox that tells of new mails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from carteiro.testing.postgres import free_port
from chromium_parts import chromium

_PATIENCE = 60


class Development:
    """A running ``carteiro dev`` and what it has said so far."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.base = f"http://localhost:{self.port}"
        self._said = folder / "said"
        clean = {name: value for name, value in os.environ.items() if "CARTEIRO_" not in name}
        with self._said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "carteiro", "dev", "--no-reload", "--port", str(self.port)],
                cwd=folder,
                env={**clean, "COLUMNS": "200"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._said.read_text("utf-8")

    def wait_for(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if found := re.search(pattern, self.said):
                return found
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        raise AssertionError(f"{pattern} was not said:\n{self.said}")

    def client(self) -> httpx.Client:
        """With a token for the management API, from what was printed."""
        self.wait_for(r"event=serving|serving ")
        user = self.wait_for(r"application id\s+(\S+)")[1]
        secret = self.wait_for(r"application secret\s+(\S+)")[1]
        resource = self.wait_for(r"-d resource=(\S+)")[1]
        form = {"grant_type": "client_credentials", "resource": resource, "scope": "all"}
        answer = httpx.post(
            f"{self.base}/oidc/token", data=form, auth=(user, secret), timeout=_PATIENCE
        )
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=self.base, timeout=_PATIENCE, headers=headers)


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    running = Development(tmp_path_factory.mktemp("development"))
    yield running
    running.process.terminate()
    running.process.wait(_PATIENCE)


def test_each_mail_is_announced_with_its_page_and_each_request_has_a_line(
    development: Development,
) -> None:
    with development.client() as client:
        client.post("/api/verification-codes", json={"email": "ana@example.com", "x": "?secret=1"})
        address = development.wait_for(r"mail for ana@example\.com → (\S+/mailbox\?mail=\S+)")[1]
        page = client.get(address)
        mail = client.get("/api/mailbox").json()[0]

    assert page.status_code == 200
    assert mail["subject"] in page.text
    development.wait_for(r"POST /api/verification-codes\b.*\b204\b")
    development.wait_for(r"GET /mailbox\b(?!\?)")
    code = re.search(r"\b\d{6}\b", mail["text"])
    assert code
    assert f"mail={mail['id']} " not in development.said.replace(address, ""), "no query is logged"
    assert not re.search(rf"\b{code[0]}\b", development.said), "a code is in no log"


def test_a_newcomer_is_shown_the_way_and_signs_in_by_the_code_in_the_mailbox(
    development: Development,
) -> None:
    address = development.wait_for(r"sign in\s+(\S+/demo-app)")[1]
    development.wait_for(r"event=serving|serving ")
    person = httpx.Client(
        base_url=development.base,
        timeout=_PATIENCE,
        follow_redirects=True,
        headers={"Accept": "text/html"},
    )
    with person:
        page = _sent(person, person.get(address), identifier="ana@example.com")
        mail = person.get("/api/mailbox").json()[0]
        page = _sent(person, page, code=mail["code"])
        page = _sent(person, page)
        mailbox = person.get("/mailbox")
        account = person.get("/account")

    assert "User ID: <span>" in page.text
    assert 'href="/mailbox"' in page.text, "a link from the pages to the mailbox"
    assert 'href="/demo-app"' in mailbox.text, "and a link back"
    assert f'data-copies="{mail["code"]}"' in mailbox.text
    assert mail["code"] in mail["text"]
    assert account.url.path == "/account"
    assert 'name="givenName"' in account.text, "what is said of oneself can be changed there"


async def test_one_click_copies_the_code_and_pasting_it_signs_in(development: Development) -> None:
    development.wait_for(r"event=serving|serving ")
    async with chromium() as browser:
        allowed = ["clipboard-read", "clipboard-write"]
        context = await browser.new_context(locale="en", permissions=allowed)
        page = await context.new_page()
        await page.goto(f"{development.base}/account")
        await page.fill("input[name=identifier]", "bob@example.com")
        await page.click("button[name=submit]")
        await page.wait_for_selector("input[name=passcode_0]")
        async with page.expect_popup() as opened:
            await page.get_by_role("link", name="Mailbox").click()
        mailbox = await opened.value
        shown = await mailbox.locator("p.code code").inner_text()
        await mailbox.get_by_role("button", name="Copy the code").click()
        await mailbox.get_by_text(f"Copied: {shown}").wait_for()
        copied = await mailbox.evaluate("navigator.clipboard.readText()")
        in_list = mailbox.locator("li button").first
        await mailbox.evaluate("navigator.clipboard.writeText('')")
        await in_list.click()
        await mailbox.wait_for_function("navigator.clipboard.readText().then(Boolean)")
        again = await mailbox.evaluate("navigator.clipboard.readText()")
        await page.bring_to_front()
        await page.focus("input[name=passcode_0]")
        await page.keyboard.press("Control+V")
        await page.get_by_role("dialog").get_by_role("button").first.click()
        await page.wait_for_url("**/account")

        await expect(page.get_by_role("heading", level=1)).to_have_text("Personal data")
    assert re.fullmatch(r"\d{6}", shown)
    assert (copied, again) == (shown, shown)


def _sent(person: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    """The first form of a page, filled in and sent."""
    form = HTMLParser(page.text).css_first("main form")
    assert form is not None, page.text
    inputs = {str(one.attributes["name"]): one.attributes.get("value") for one in form.css("input")}
    return person.post(form.attributes["action"] or "", data={**inputs, **fields})


def test_the_mailbox_is_told_of_mails_as_they_arrive(development: Development) -> None:
    with (
        development.client() as client,
        client.stream("GET", "/mailbox/events?after=") as events,
    ):
        lines = events.iter_lines()
        assert next(lines).startswith("retry:")
        client.post("/api/verification-codes", json={"email": "carla@example.com"})
        told = (json.loads(line[6:]) for line in lines if line.startswith("data: "))
        entry = next(one for one in told if one["to"] == "carla@example.com")
        page = client.get(f"/mailbox?mail={entry['id']}").text

    assert entry["subject"] in page
