"""What holds on every screen, looked at without a browser: what is filled in, and what it weighs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from carteiro import languages
from door_parts import Door
from page_parts import Reader
from screen_parts import AT, SCREENS, Guide, named

EMAIL = {"identifier": "email"}
CODE = {"code": "one-time-code"}
NEW = {"username": "username", "newPassword": "new-password"}
"""The name comes first: password managers keep a new password under the field before it."""
AGAIN = {**NEW, "confirmPassword": "new-password"}
"""What a password manager goes by (HTML standard, "autofill detail tokens"), field by field."""
FILLED_IN = {
    "sign-in": EMAIL,
    "sign-in-by-password": {"identifier": "username", "password": "current-password"},
    "password": {"username": "username", "password": "current-password"},
    "code": CODE,
    "register": EMAIL,
    "register-code": CODE,
    "register-password": AGAIN,
    "forgot-password": EMAIL,
    "forgot-password-code": CODE,
    "new-password": NEW,
    "missing-password": NEW,
    "second-step-code": CODE,
    "second-step-set-up": EMAIL,
    "account": {
        "givenName": "given-name",
        "middleName": "additional-name",
        "familyName": "family-name",
        "birthdate": "bday",
        "website": "url",
        "custom.Favourite%20colour": "off",
    },
    "account-proof": {"username": "username", "password": "current-password"},
    "account-proof-code": CODE,
    "account-email": EMAIL,
    "account-email-code": CODE,
    "account-phone": {"identifier": "tel"},
    "account-username": {"identifier": "username"},
    "account-password": NEW,
}


LANGUAGES = sorted(path.stem for path in (Path(languages.__file__).parent / "own").glob("*.json"))


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> str:
    """The tables' kind makes no difference to what a page says."""
    shutil.copy(migrated_file, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


def test_every_screen_says_where_it_is() -> None:
    assert {screen.name for screen in SCREENS} == AT.keys()


async def test_every_field_says_what_belongs_in_it(door: Door) -> None:
    guide = Guide(door, "http://carteiro.test", "en")

    found = {name: _fields(await guide.to(named(name))) for name in FILLED_IN}

    assert found == FILLED_IN


async def test_every_field_has_a_label_and_says_where_its_error_stands(door: Door) -> None:
    guide = Guide(door, "http://carteiro.test", "en")
    bare = []

    for screen in SCREENS:
        page = (await guide.to(screen)).page
        for one in page.css("main input, main select"):
            kind, name = one.attributes.get("type"), one.attributes.get("name")
            if kind in {"hidden", "checkbox"} or "hidden" in one.attributes:
                continue
            described = (one.attributes.get("aria-describedby") or "").split()
            labelled = page.css_first(f'label[for="{one.attributes.get("id")}"]') is not None
            if not labelled or page.css_first(f'[id="{described[-1]}"][role=alert]') is None:
                bare.append((screen.name, name))

    assert bare == []


async def test_a_first_page_is_small_in_every_language(door: Door) -> None:
    guide = Guide(door, "http://carteiro.test", "en")
    weights = {}

    for language in LANGUAGES:
        guide.language = language
        browser = await guide.to(named("register-terms"))
        scripts = [one.attributes["src"] or "" for one in browser.page.css("script[src]")]
        answers = [browser.answer, *[await browser.http.get(address) for address in scripts]]
        assert browser.one("html").attributes["lang"] == language
        weights[language] = sum(answer.num_bytes_downloaded for answer in answers)

    assert len(weights) >= 20
    assert {tag: weight for tag, weight in weights.items() if weight > 30 * 1024} == {}


def _fields(browser: Reader) -> dict[str, str | None]:
    """What each field that is filled in is for, in the order of the page."""
    return {
        one.attributes["name"] or "": one.attributes.get("autocomplete")
        for one in browser.page.css("main input[name]")
        if one.attributes.get("type") not in {"hidden", "checkbox"}
    }
