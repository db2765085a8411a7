"""The pages' texts in each language: whole, in its own letters and marks, in one voice."""

from __future__ import annotations

import re
import unicodedata

import pytest

from carteiro.languages.tags import BUILT_IN
from phrase_parts import FILES, holes, words, written
from speech_parts import SPEECH

ENGLISH = written("en")
WRITTEN = sorted(file.stem for file in FILES.glob("*.json"))
TRANSLATED = [tag for tag in WRITTEN if tag != "en"]

BUTTONS = re.compile(
    r"action\..*"
    r"|description\.(resend_passcode|back_to_sign_in|use)"
    r"|mfa\.(try_another_verification_method|link_another_mfa_factor|enable_mfa)"
    r"|profile\.avatar_upload\.(upload|remove)"
    r"|account_center\.security\.(add|change|remove|view|manage|disable_.*|delete_account)"
    r"|account_center\.security\.trusted_devices\.(remove|retry)"
    r"|account_center\..*\.(send|resend|resend_action|add_passkey|rename_passkey|generate_new"
    r"|revoke_session|revoke_grant|try_another_method)"
)
"""What stands on a button or in a link: a row of 320 px has no room for more."""

GOES_ON = "description.agree_with_terms"
"""Links follow it: it may end in a colon where English has an article."""

LATIN_EVERYWHERE = {"A", "Z", "ID", "PIN", "SMS", "JPG", "PNG", "GIF", "WEBP"}

OF_PHONES_AND_MAIL = ("region_code", "region_code_found", "postalCode")
"""Keys in which a code is none that one signs in with."""


def test_every_file_is_that_of_a_built_in_language_of_which_something_is_known() -> None:
    assert set(WRITTEN) <= set(BUILT_IN)
    assert set(TRANSLATED) == set(SPEECH)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_file_has_the_keys_of_the_english_one_in_their_order(tag: str) -> None:
    assert list(written(tag)) == list(ENGLISH)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_text_fills_in_what_the_english_one_does(tag: str) -> None:
    texts = written(tag)

    assert {key: holes(text) for key, text in texts.items()} == {
        key: holes(text) for key, text in ENGLISH.items()
    }


@pytest.mark.parametrize("tag", WRITTEN)
def test_a_text_is_plain_and_tidy(tag: str) -> None:
    untidy = {
        key: text
        for key, text in written(tag).items()
        if text != text.strip()
        or not text
        or text != unicodedata.normalize("NFC", text)
        or re.search(r"[{}<>&\"'\\]|\.\.", words(text))
        or re.search(r"\s\s", text)
        or any(unicodedata.category(sign) in {"Cc", "Co", "Cn"} for sign in text)
    }

    assert untidy == {}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_no_text_is_left_in_english(tag: str) -> None:
    texts = written(tag)

    same = {words(text).strip(" ,") for key, text in texts.items() if text == ENGLISH[key]}

    assert same - {""} == SPEECH[tag].borrowed


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_text_has_the_letters_and_marks_of_its_language(tag: str) -> None:
    speech = SPEECH[tag]
    foreign = re.compile(speech.foreign or "(?!)")

    def is_foreign(word: str) -> bool:
        return word not in LATIN_EVERYWHERE and not all(
            unicodedata.name(letter).startswith(speech.script) for letter in word
        )

    assert {
        key: text
        for key, text in written(tag).items()
        if foreign.search(words(text))
        or any(is_foreign(word) for word in re.findall(r"[^\W\d_]+", words(text)))
    } == {}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_is_a_sentence_or_a_question_in_english_is_one_here(tag: str) -> None:
    marks = SPEECH[tag].ends
    texts = {key: text for key, text in written(tag).items() if key != GOES_ON}

    ends = {key: text[-1] if text[-1] in marks.values() else "" for key, text in texts.items()}

    assert ends == {key: marks.get(ENGLISH[key][-1], "") for key in texts}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_language_speaks_in_one_voice(tag: str) -> None:
    other = re.compile(SPEECH[tag].other_voices)

    assert [text for text in written(tag).values() if other.search(words(text))] == []


@pytest.mark.parametrize("tag", TRANSLATED)
@pytest.mark.parametrize("thing", ["password", "code", "account", "username", "email"])
def test_a_thing_has_one_name_in_a_language(tag: str, thing: str) -> None:
    name = re.compile(SPEECH[tag].names[thing], re.IGNORECASE)
    spoken_of = re.compile(rf"\b{thing}s?\b", re.IGNORECASE)

    assert {
        key: text
        for key, text in written(tag).items()
        if spoken_of.search(words(ENGLISH[key]))
        and not name.search(words(text))
        and not key.endswith(OF_PHONES_AND_MAIL)
    } == {}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_button_is_about_as_short_as_in_english(tag: str) -> None:
    assert {
        key: text
        for key, text in written(tag).items()
        if BUTTONS.fullmatch(key) and len(words(text)) > 10 + 1.5 * len(words(ENGLISH[key]))
    } == {}
