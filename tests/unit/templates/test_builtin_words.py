"""The words of the prebuilt mails: one tree in every language, each written as its readers write."""

import json
import re
from importlib import resources

import pytest

from carteiro.languages.plurals import Plural, plural
from carteiro.languages.tags import BUILT_IN
from carteiro.model.kinds import TemplateType as T
from carteiro.templates import builtin

PLACEHOLDER = re.compile(r"\{\{[\w.]+\}\}")
FOLDERS = ("phrases", "notices")


def tree(folder, tag):
    path = resources.files("carteiro.templates.builtin") / folder / f"{tag}.json"
    return json.loads(path.read_text("utf-8"))


def texts(words, place=()):
    for key, value in words.items():
        if isinstance(value, dict):
            yield from texts(value, (*place, key))
        else:
            yield (*place, key), value


def fixed(folder, tag):
    """Every text but the forms of the lifetime, whose number is the language's own."""
    return {place: text for place, text in texts(tree(folder, tag)) if place[0] != "expires"}


def everything(tag):
    return [text for folder in FOLDERS for _, text in texts(tree(folder, tag))]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("tag", BUILT_IN)
def test_every_language_says_the_same_with_the_same_values(folder, tag):
    def values(words):
        return {place: sorted(PLACEHOLDER.findall(text)) for place, text in words.items()}

    assert values(fixed(folder, tag)) == values(fixed(folder, "en"))


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("tag", [tag for tag in BUILT_IN if tag != "en"])
def test_no_text_is_left_in_another_language(folder, tag):
    own = fixed(folder, tag)

    shared = {
        place: other
        for other in BUILT_IN
        if other != tag and {tag, other} != {"pt-BR", "pt-PT"}
        for place, text in fixed(folder, other).items()
        if own[place] == text and len(PLACEHOLDER.sub("", text)) > 24
    }
    assert shared == {}


@pytest.mark.parametrize("tag", BUILT_IN)
def test_a_text_is_tidy(tag):
    for text in everything(tag):
        assert text == text.strip()
        assert "  " not in text
        assert not re.search(r"['\"<>&]|\.\.\.", text), "typographic marks, and no markup"
        assert "!" not in text, "calm"


@pytest.mark.parametrize("tag", ["ja", "zh-CN", "zh-HK", "zh-TW"])
def test_chinese_and_japanese_have_full_width_marks(tag):
    marks = [text for text in everything(tag) if re.search(r"[,.:;?]", PLACEHOLDER.sub("", text))]

    assert marks == []


@pytest.mark.parametrize(
    ("tag", "charset"),
    [
        # Character sets of one country each, older than Unicode, have no other country's letters.
        *(("zh-CN", "gb2312"), ("zh-TW", "big5"), ("zh-HK", "big5hkscs"), ("ja", "shift_jis")),
        *(("ko", "euc_kr"), ("th", "tis_620"), ("ru", "koi8_r"), ("uk-UA", "koi8_u")),
        *(("cs", "iso8859_2"), ("pl-PL", "iso8859_2"), ("tr-TR", "iso8859_9"), ("ar", "cp1256")),
    ],
)
def test_the_letters_are_those_of_the_language(tag, charset):
    quotes = str.maketrans("“”„’«»–", "       ")
    foreign = "" if charset.startswith("iso") else r"[A-Za-z]"

    for text in everything(tag):
        letters = PLACEHOLDER.sub("", text).translate(quotes)
        assert letters.encode(charset)
        assert not (foreign and re.search(foreign, letters))


def test_persian_has_its_own_kaf_and_yeh():
    assert [
        text
        for text in everything("fa-IR")
        if re.search("[\u0643\u064a\u0649A-Za-z]", PLACEHOLDER.sub("", text))
    ] == []
    assert [text for text in everything("ar") if re.search("[\u06a9\u06cc]", text)] == []


@pytest.mark.parametrize("tag", ["ar", "fa-IR"])
def test_arabic_script_has_its_own_comma_and_question_mark(tag):
    assert [text for text in everything(tag) if re.search(r"[,;?]", text)] == []


def test_french_keeps_a_colon_with_its_word():
    bodies = [
        text
        for folder in FOLDERS
        for place, text in texts(tree(folder, "fr"))
        if place[-1] != "subject"
    ]

    assert [text for text in bodies if re.search(r"[^\u00a0\u202f][:;?]", text)] == []


@pytest.mark.parametrize(
    ("tag", "others"),
    [
        # Somebody is addressed in one way throughout.
        ("es", r"(?i)\b(usted|su|sus|abra|ignore|escriba|comparta|confirme|cambie|revise)\b"),
        ("it", r"(?i)\b(lei|suo|sua|apra|ignori|inserisca|confermi|cambi|controlli|condivida)\b"),
        ("de", r"\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]ein\w*)\b"),
        ("fr", r"(?i)\b(tu|toi|ton|tes|ta)\b"),
        ("pt-PT", r"(?i)\b(tu|teu|tua|e-mail|senha|celular|aplicativo|link|registro|você está)\b"),
        ("pt-BR", r"(?i)\b(palavra-passe|ligação|telemóvel|aplicação|registo|ecrã|email)\b"),
        ("cs", r"(?i)\b(ty|tvůj|tvoje|tvého|tebe|zadej|otevři)\b"),
        ("tr-TR", r"(?i)\b(sen|senin|hesabın|kodun)\b"),
        ("ru", r"(?i)\b(ты|твой|твоя|тебя|введи|открой)\b"),
        ("uk-UA", r"(?i)\b(ти|твій|твоя|тебе|введи|відкрий|получ\w*)\b|[ыэъё]"),
        # Neighbours have words of their own.
        ("zh-TW", "[你户电邮账戶]|電郵|帳戶|登記|機構"),
        ("zh-HK", "[你帐户电邮账]|電子郵件|帳號|註冊|組織|變更"),
        ("zh-CN", "[你帳戶電郵碼請驗證]|電子"),
    ],
)
def test_the_register_and_the_words_are_the_ones_of_the_readers(tag, others):
    wrong = [
        text for text in everything(tag) if re.search(others, PLACEHOLDER.sub("", text), re.UNICODE)
    ]

    assert wrong == []


@pytest.mark.parametrize("tag", BUILT_IN)
def test_a_lifetime_has_a_form_for_every_number_of_minutes(tag):
    forms = tree("phrases", tag)["expires"]

    assert set(forms) == {plural(tag, minutes) for minutes in range(1, 1441)} | {Plural.OTHER}
    for form, text in forms.items():
        counted = (tag, form) not in {("ar", Plural.ONE), ("ar", Plural.TWO)}
        assert PLACEHOLDER.findall(text) == ["{{expiresInMinutes}}"] * counted


@pytest.mark.parametrize(
    ("tag", "minutes", "said"),
    [
        *(("en", 1, "for 1 minute and"), ("en", 2, "for 2 minutes and")),
        *(("de", 1, "1 Minute und"), ("fr", 1, "1 minute et"), ("fr", 2, "2 minutes et")),
        *(
            ("cs", 1, "1 minutu"),
            ("cs", 3, "3 minuty"),
            ("cs", 5, "5 minut "),
            ("cs", 22, "22 minut "),
        ),
        *(("pl-PL", 1, "1 minutę"), ("pl-PL", 22, "22 minuty"), ("pl-PL", 12, "12 minut ")),
        *(("ru", 21, "21 минуту"), ("ru", 3, "3 минуты"), ("ru", 11, "11 минут,")),
        *(("uk-UA", 1, "1 хвилину"), ("uk-UA", 4, "4 хвилини"), ("uk-UA", 15, "15 хвилин,")),
        *(("ar", 1, "لدقيقة واحدة"), ("ar", 2, "لدقيقتين"), ("ar", 5, "5 دقائق")),
        *(("ar", 11, "11 دقيقة"), ("tr-TR", 5, "5 dakika"), ("ja", 1, "1分")),
    ],
)
def test_the_number_and_its_word_agree(tag, minutes, said):
    payload = {"code": "042137", "expiresInMinutes": minutes}

    rendered = builtin.find(T.USER_PERMISSION_VALIDATION, tag, payload).render(payload)

    assert said in rendered.text
    assert said in rendered.html


@pytest.mark.parametrize("minutes", ["1", None, 2.5, [1], True, -1, 0, 10**30])
def test_a_lifetime_that_a_caller_made_up_breaks_nothing(minutes):
    payload = {"code": "042137", "expiresInMinutes": minutes}

    assert "042137" in builtin.find(T.SIGN_IN, "ar", payload).render(payload).text
