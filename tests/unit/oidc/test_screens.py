"""Where somebody is sent to sign in, and what the page is told."""

from __future__ import annotations

import pytest

from carteiro.oidc.screens import Extras, consent_location, extras_of, login_location

NOTHING = Extras(screen="/sign-in", given={})


@pytest.mark.parametrize(
    ("parameters", "screen"),
    [
        ({}, "/sign-in"),
        ({"first_screen": "sign_in"}, "/sign-in"),
        ({"first_screen": "signIn"}, "/sign-in"),
        ({"first_screen": "register"}, "/register"),
        ({"first_screen": "reset_password"}, "/reset-password"),
        ({"first_screen": "identifier:sign_in"}, "/identifier-sign-in"),
        ({"first_screen": "identifier:register"}, "/identifier-register"),
        ({"first_screen": "single_sign_on"}, "/single-sign-on"),
        ({"interaction_mode": "signUp"}, "/register"),
        ({"interaction_mode": "signIn"}, "/sign-in"),
        ({"first_screen": "sign_in", "interaction_mode": "signUp"}, "/sign-in"),
        ({"first_screen": "register", "interaction_mode": "signIn"}, "/register"),
    ],
)
def test_an_application_chooses_the_screen(parameters: dict[str, str], screen: str) -> None:
    assert extras_of(parameters).screen == screen


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_screen": "elsewhere"},
        {"first_screen": ""},
        {"interaction_mode": "signOut"},
        {"identifier": "email passport"},
        {"direct_sign_in": "social"},
        {"direct_sign_in": "social:"},
        {"direct_sign_in": "mail:google"},
        {"direct_sign_in": ":google"},
        {"organization_id": ["a", "b"]},
        {"google_one_tap_credential": 1},
    ],
    ids=str,
)
def test_one_that_is_wrong_takes_the_others_with_it(wrong: dict[str, object]) -> None:
    right = {"first_screen": "register", "login_hint": "ann@example.com", "ui_locales": "pt"}

    assert extras_of({**right, **wrong}) == NOTHING


@pytest.mark.parametrize(
    "right",
    [
        {"identifier": "username email phone"},
        {"identifier": "email"},
        {"identifier": ""},
        {"direct_sign_in": "social:google"},
        {"direct_sign_in": "sso:a:b"},
        {"google_one_tap_credential": "x"},
        {"scope": ["of", "another", "kind"]},
    ],
    ids=str,
)
def test_what_is_right_leaves_the_others(right: dict[str, object]) -> None:
    extras = extras_of({"login_hint": "ann", **right})

    assert extras.given["login_hint"] == "ann"


def test_the_look_and_the_languages_are_told() -> None:
    extras = extras_of({"organization_id": "org", "ui_locales": "pt-BR fr"})

    assert (extras.organization_id, extras.ui_locales) == ("org", "pt-BR fr")
    assert (NOTHING.organization_id, NOTHING.ui_locales) == (None, None)


def test_only_texts_for_the_page_are_kept() -> None:
    sent = {
        "login_hint": "ann",
        "identifier": "email",
        "one_time_token": "t",
        "ui_locales": "pt",
        "organization_id": "org",
        "first_screen": "register",
        "state": "s",
    }

    assert extras_of(sent).given == {
        "organization_id": "org",
        "ui_locales": "pt",
        "one_time_token": "t",
        "login_hint": "ann",
        "identifier": "email",
    }


def test_the_address_has_what_is_there_in_the_references_order() -> None:
    extras = extras_of(
        {
            "identifier": "email phone",
            "login_hint": "a+b@example.com",
            "one_time_token": "t",
            "ui_locales": "",
            "organization_id": "org",
            "first_screen": "identifier:register",
        }
    )

    location = login_location("my app", extras)

    assert location == (
        "/identifier-register?app_id=my+app&organization_id=org&one_time_token=t"
        "&login_hint=a%2Bb%40example.com&identifier=email+phone"
    )
    assert login_location("app", NOTHING) == "/sign-in?app_id=app"


def test_an_application_is_let_in_at_an_address_of_its_own() -> None:
    assert consent_location("my app") == "/consent?app_id=my+app"
