"""What is said of a language before anybody gets a mail in it: whose words, and what they lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from carteiro.connectors.metadata import TemplateSupport
from carteiro.delivery.coverage import (
    Coverage,
    Lack,
    Origin,
    TypeCoverage,
    coverage,
    found_for,
    speaks,
)
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates.choose import ChoiceReason, Found, TemplateIndex
from carteiro.testing.outbox import OutboxConnector

SIGN_IN, NOTICE = TemplateType.SIGN_IN, TemplateType.PASSWORD_CHANGED
GENERIC, INVITATION = TemplateType.GENERIC, TemplateType.ORGANIZATION_INVITATION
EXACT, FALLBACK = ChoiceReason.EXACT, ChoiceReason.FALLBACK_LANGUAGE
TOO_DEEP = "<div>" * 5_000 + "{{code}}"


class Speaking(OutboxConnector):
    """Has words of its config for some types."""

    def __init__(
        self, support: TemplateSupport = TemplateSupport.OWN, **words: TemplateSource
    ) -> None:
        super().__init__()
        self.capabilities = OutboxConnector.capabilities.model_copy(  # type: ignore[misc]
            update={"templates": support}
        )
        self.words = words

    def template(self, kind: TemplateType) -> TemplateSource | None:
        return self.words.get(kind)


def text(content: str, **more: Any) -> TemplateSource:
    return TemplateSource(subject="S", content=content, **more)


def found(
    kind: TemplateType,
    tag: str = "fr",
    reason: ChoiceReason = EXACT,
    of: TemplateType | None = None,
) -> Mapping[TemplateType, Found]:
    return {kind: Found("t1", tag, of or kind, reason)}


def look(
    kind: TemplateType = SIGN_IN,
    *,
    connector: OutboxConnector | None = None,
    stored: Mapping[TemplateType, Found] | None = None,
    content: str = "{{code}}",
    language: str = "fr",
    fallback: str = "en",
) -> TypeCoverage:
    whole = coverage(
        language,
        fallback=fallback,
        connector=connector,
        found=stored or {},
        sources={"t1": text(content)},
    )
    assert whole.language == language
    assert [one.type for one in whole.types] == list(TemplateType)
    (covered,) = [one for one in whole.types if one.type is kind]
    return replace(covered, faults=tuple(covered.faults))


@pytest.mark.parametrize("kind", [SIGN_IN, NOTICE])
def test_of_words_that_a_provider_has_nothing_is_said(kind: TemplateType) -> None:
    theirs = Speaking(TemplateSupport.PROVIDER)

    assert look(kind, connector=theirs, stored=found(kind)) == TypeCoverage(
        type=kind, origin=Origin.PROVIDER
    )


def test_the_tenants_own_words_in_the_language_lack_nothing() -> None:
    assert look(stored=found(SIGN_IN), connector=Speaking()) == TypeCoverage(
        type=SIGN_IN, origin=Origin.OWN, language="fr", template_id="t1"
    )
    assert look(NOTICE, stored=found(NOTICE), content="words").origin is Origin.OWN
    assert look(stored=found(SIGN_IN)).origin is Origin.OWN, "without a connector, too"


def test_words_in_another_language_are_named_as_such() -> None:
    covered = look(stored=found(SIGN_IN, "en", FALLBACK))

    assert (covered.origin, covered.language, covered.lack) == (
        Origin.OWN,
        "en",
        Lack.OTHER_LANGUAGE,
    )


def test_words_that_show_no_way_on_are_unusable_and_are_not_replaced() -> None:
    connector = Speaking(SignIn=text("{{code}}"))

    covered = look(stored=found(SIGN_IN), content="no way", connector=connector)

    assert (covered.origin, covered.template_id, covered.lack) == (Origin.OWN, "t1", Lack.UNUSABLE)
    (fault,) = covered.faults
    assert "{{code}}" in fault


@pytest.mark.parametrize(
    ("kind", "reason", "of"),
    [(SIGN_IN, EXACT, SIGN_IN), (SIGN_IN, ChoiceReason.GENERIC, GENERIC), (NOTICE, EXACT, NOTICE)],
)
def test_words_that_cannot_be_compiled_are_unusable_wherever_they_stand(
    kind: TemplateType, reason: ChoiceReason, of: TemplateType
) -> None:
    connector = Speaking(SignIn=text("{{code}}"), PasswordChanged=text("words"))

    covered = look(
        kind, stored=found(kind, "fr", reason, of), content=TOO_DEEP, connector=connector
    )

    assert (covered.template_id, covered.lack, len(covered.faults)) == ("t1", Lack.UNUSABLE, 1)


def test_generic_words_serve_where_they_show_the_way_on_and_are_passed_over_elsewhere() -> None:
    generic = found(SIGN_IN, "fr", ChoiceReason.GENERIC, GENERIC)
    connector = Speaking(SignIn=text("{{code}}"))

    serving = look(stored=generic, connector=connector)
    passed = look(stored=generic, content="{{link}}", connector=connector, fallback="fr")
    nothing = look(stored=generic, content="{{link}}")

    assert (serving.origin, serving.template_id) == (Origin.GENERIC, "t1")
    assert passed == TypeCoverage(type=SIGN_IN, origin=Origin.CONNECTOR, language="fr")
    assert nothing == TypeCoverage(type=SIGN_IN, origin=Origin.NONE, lack=Lack.NO_WORDS)


def test_words_that_ask_a_notice_for_a_code_are_left_for_the_next() -> None:
    connector = Speaking(PasswordChanged=text("words"))

    connectors = look(NOTICE, stored=found(NOTICE), connector=connector)
    prebuilt = look(NOTICE, stored=found(NOTICE))

    assert connectors.origin is Origin.CONNECTOR
    assert (prebuilt.origin, prebuilt.language, prebuilt.lack) == (Origin.PREBUILT, "fr", None)


@pytest.mark.parametrize(("fallback", "lack"), [("fr", None), ("en", Lack.OTHER_LANGUAGE)])
def test_a_connectors_words_are_in_the_fallback_language(fallback: str, lack: Lack | None) -> None:
    covered = look(connector=Speaking(SignIn=text("{{code}}")), fallback=fallback)

    assert covered == TypeCoverage(
        type=SIGN_IN, origin=Origin.CONNECTOR, language=fallback, lack=lack
    )


def test_a_connectors_words_are_judged_unless_its_provider_has_them() -> None:
    own = look(connector=Speaking(SignIn=text("no")))
    theirs = look(connector=Speaking(SignIn=text("", provider_template="d-1")), fallback="fr")

    assert (own.origin, own.lack, len(own.faults)) == (Origin.CONNECTOR, Lack.UNUSABLE, 1)
    assert (theirs.origin, theirs.lack, list(theirs.faults)) == (Origin.CONNECTOR, None, [])


def test_where_words_are_prebuilt_the_tenants_count_for_notices_alone() -> None:
    built_in = Speaking(TemplateSupport.PREBUILT)

    def one(kind: TemplateType, language: str, tag: str) -> TypeCoverage:
        stored = found(kind, tag)
        return look(kind, connector=built_in, stored=stored, content="words", language=language)

    assert one(SIGN_IN, "fr", "fr") == TypeCoverage(
        type=SIGN_IN, origin=Origin.PREBUILT, language="fr"
    )
    assert one(NOTICE, "fr", "fr").origin is Origin.OWN
    strange = one(SIGN_IN, "tlh", "tlh")
    assert (strange.origin, strange.language, strange.lack) == (
        Origin.PREBUILT,
        "en",
        Lack.OTHER_LANGUAGE,
    )


def test_without_words_a_mail_is_not_sent_and_notices_are_prebuilt() -> None:
    whole = coverage("tlh", fallback="fr", connector=None, found={}, sources={})

    assert {one.origin for one in whole.types if one.type in NOTICES} == {Origin.PREBUILT}
    assert {one.language for one in whole.types if one.type in NOTICES} == {"fr"}
    assert {one.lack for one in whole.types if one.type not in NOTICES} == {Lack.NO_WORDS}


@pytest.mark.parametrize(
    ("tag", "language", "spoken"),
    [
        ("fr", "fr", True),
        ("FR", "fr", True),
        ("fr", "fr-CA", True),
        ("fr-CA", "fr", True),
        ("pt-PT", "pt-AO", True),
        ("en", "fr", False),
        ("es", "ca", False),
    ],
)
def test_a_text_is_for_readers_of_its_language_and_of_its_varieties(
    tag: str, language: str, spoken: bool
) -> None:
    assert speaks(tag, language) is spoken


def test_what_is_lacking_is_said_in_one_sentence() -> None:
    types = [
        TypeCoverage(type=SIGN_IN, origin=Origin.NONE, lack=Lack.NO_WORDS),
        TypeCoverage(type=NOTICE, origin=Origin.PREBUILT, language="fr"),
        TypeCoverage(type=GENERIC, origin=Origin.OWN, lack=Lack.UNUSABLE),
    ]
    whole = Coverage(language="fr", types=types)

    assert whole.lacking == [types[0], types[2]]
    assert whole.words == (
        "The language fr is not complete: SignIn (no_words), Generic (unusable)."
    )


def test_each_type_has_the_template_that_a_mail_would_have() -> None:
    index = TemplateIndex([("a", "fr", "SignIn"), ("b", "en", "Register"), ("c", "en", "Generic")])

    kinds = found_for(index, "fr", "en")

    assert kinds[SIGN_IN] == Found("a", "fr", SIGN_IN, EXACT)
    assert kinds[TemplateType.REGISTER].id == "b"
    assert kinds[INVITATION] == Found("c", "en", GENERIC, ChoiceReason.GENERIC)
    assert not set(NOTICES) & set(kinds)
