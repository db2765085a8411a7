"""What a provider says is shown without keys, codes and links (security checklist 17, 65)."""

import html
import json
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.connectors.scrub import LONGEST, scrub

CODE = "735201"
LINK = "https://app.example.test/join?token=tök&org=a b/c"
PAYLOAD = {"code": CODE, "link": LINK, "locale": "fr"}


@pytest.mark.parametrize("text", ["busy", '{"a":1}', "", "línea 1\r\n\tlinha 2", "550 5.1.1 não"])
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert scrub(text, secrets=["Bearer abcdef"], payload=PAYLOAD) == text


@pytest.mark.parametrize("secret", [CODE, LINK, "Bearer s3cr3t", "s3cr3t"])
@pytest.mark.parametrize(
    "spell",
    [
        str,
        html.escape,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text).replace("/", "\\/")[1:-1],
        lambda text: quote(text, safe=""),
    ],
)
def test_secrets_go_in_every_usual_spelling(secret: str, spell: object) -> None:
    spelled = spell(secret)

    clean = scrub(f"<{spelled}> and {spelled}", secrets=["Bearer s3cr3t"], payload=PAYLOAD)

    assert spelled not in clean
    assert clean == "<[…]> and […]"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert scrub("abcdef abcd", secrets=["abcd", "abcdef"], payload={}) == "[…] […]"


def test_the_scheme_of_an_authorization_value_stays() -> None:
    text = "Bearer token required"

    assert scrub(text, secrets=["Bearer s3cr3t"], payload={}) == text


def test_very_short_and_absent_secrets_are_left_alone() -> None:
    payload = {"code": None, "link": 4}

    assert scrub("a fox and 4", secrets=[None, "", "fox"], payload=payload) == "a fox and 4"


def test_controls_and_halves_of_surrogates_are_dropped() -> None:
    assert scrub("a\x1b[31mb\x00c\ud800\x85d\te\n", secrets=[], payload={}) == "a[31mbcd\te\n"


def test_a_long_text_is_cut_after_it_is_scrubbed() -> None:
    text = "y" * (LONGEST - 3) + CODE + "z" * 100

    clean = scrub(text, secrets=[], payload=PAYLOAD)

    assert CODE[:3] not in clean
    assert len(clean) == LONGEST + 1
    assert clean.endswith("[…]…")


LETTERS = string.ascii_letters + string.digits
AROUND = st.text(st.characters(exclude_characters=LETTERS), max_size=100)


@given(
    AROUND, st.text(LETTERS, min_size=4), st.sampled_from(["", "\x00", "\x1b", "\ud800"]), AROUND
)
def test_no_secret_survives_even_with_controls_inside(
    before: str, secret: str, control: str, after: str
) -> None:
    said = before + secret[:2] + control + secret[2:] + after

    assert secret not in scrub(said, secrets=[secret], payload={})
