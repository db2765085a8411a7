"""What the standards say that a provider MUST do: which test holds each.

Core is OpenID Connect Core 1.0, OAuth is OAuth 2.1; what concerns functions that the discovery document
does not name (implicit and hybrid flows, request objects, pairwise subjects, self-issued providers) is
left out. TLS and its versions are the deployment's. One rule is departed from: id tokens are signed by
ES384 alone and not by RS256 (Core 15.1), as the reference's are.
"""

from __future__ import annotations

import pytest

from case_parts import is_test

_O = "integration/oidc/"
_RULES = f"{_O}test_rules_of_others.py::"
_ASK = f"{_O}test_authorization.py::"
_TOKENS = f"{_O}test_tokens.py::"
_CLAIMS = f"{_O}test_claims.py::"
_CLIENTS = f"{_O}test_clients.py::"
_COOKIES = f"{_O}test_cookies.py::"
_END = f"{_O}test_end_session.py::"
_SDK = f"{_O}test_official_sdk.py::"

MUSTS: dict[str, list[str]] = {
    # The authorization endpoint
    "Core 3.1.2.1: GET and POST are served": [f"{_ASK}test_a_request_is_the_same_by_post"],
    "Core 3.1.2.1: the redirect URI is exactly a registered one": [
        "unit/oidc/test_redirects.py::test_nothing_else_is_the_registered_one",
        "unit/oidc/test_redirects.py::test_an_address_is_the_registered_one_however_it_is_spelt",
    ],
    "Core 3.1.2.1: `prompt=none` shows nothing, and stands alone": [
        f"{_ASK}test_an_application_is_told_what_is_wrong_with_its_request",
        f"{_ASK}test_whoever_is_signed_in_goes_straight_through",
    ],
    "Core 3.1.2.1: `prompt=login` signs in again": [
        f"{_RULES}test_asking_for_a_sign_in_asks_again_and_says_when_it_was"
    ],
    "Core 3.1.2.1: `prompt=consent` asks for consent": [
        f"{_ASK}test_consent_is_asked_for_again_where_that_is_wanted"
    ],
    "Core 3.1.2.1: `max_age` signs in again, and puts `auth_time` into the id token": [
        f"{_ASK}test_whoever_signed_in_too_long_ago_does_so_again",
        f"{_O}test_signing_in.py::test_tokens_say_who_has_signed_in",
    ],
    "Core 3.1.2.1: `id_token_hint` is of who is there, or an error": [
        f"{_ASK}test_a_hint_of_somebody_else_asks_who_is_there"
    ],
    "Core 3.1.2.2: what is required is there, in its right form": [
        f"{_ASK}test_an_application_is_told_what_is_wrong_with_its_request"
    ],
    "Core 3.1.2.3: measures against forged requests and framing": [
        "integration/api/edge/test_conventions.py::test_no_answer_may_be_framed_or_misread",
        f"{_ASK}test_only_the_browser_that_began_goes_on",
        f"{_END}test_nobody_else_can_sign_a_person_out",
    ],
    "Core 3.1.2.4: consent before anything is released": [
        f"{_ASK}test_more_than_was_granted_needs_consent",
        f"{_O}test_consent.py::test_a_person_is_shown_what_an_application_of_others_wants",
    ],
    "Core 3.1.2.5, 3.1.2.6: `state` as it was sent, errors in the mode of the answer": [
        f"{_RULES}test_an_application_gets_its_state_back_as_it_was",
        f"{_RULES}test_an_error_comes_the_way_that_the_answer_would",
    ],
    "Core 3.1.2.6: nothing is sent to an address that is not registered": [
        f"{_ASK}test_what_is_wrong_with_the_address_is_told_to_nobody_there"
    ],
    "Core 5.5, 5.2, 15.1: what is not supported of `claims`, `display` and the like is no error": [
        f"{_RULES}test_what_a_provider_does_not_know_or_is_not_told_stops_nobody"
    ],
    "Core 6.1, 7.2.1: unsupported request objects and registrations are refused": [
        f"{_RULES}test_what_is_not_supported_is_said_where_it_matters"
    ],
    # The token endpoint
    "Core 3.1.3.2: the client shows who it is, and the code is its own": [
        f"{_CLIENTS}test_who_a_client_is_has_to_be_shown",
        f"{_TOKENS}test_a_code_is_another_clients_to_nobody_else",
    ],
    "Core 3.1.3.2: a code is good once, and for the address of its request": [
        f"{_TOKENS}test_a_code_is_good_for_its_own_request_only",
        f"{_TOKENS}test_a_code_that_comes_again_ends_what_it_gave",
        f"{_TOKENS}test_of_codes_that_come_at_once_nothing_is_left",
    ],
    "Core 3.1.3.3: `Bearer`, an id token, and no cache": [
        f"{_O}test_signing_in.py::test_tokens_say_who_has_signed_in",
        f"{_RULES}test_no_cache_keeps_what_opens_something",
    ],
    "Core 2, 3.1.3.6: the claims of an id token, `nonce` as it was sent": [
        f"{_O}test_signing_in.py::test_tokens_say_who_has_signed_in"
    ],
    "Core 2, 10.1: signed with a published key that the header names": [
        f"{_SDK}test_every_token_is_verified_by_others",
        f"{_O}test_signing.py::test_a_new_key_is_published_before_it_signs_and_old_ones_go_on_verifying",
    ],
    "Core 9: clients show who they are by each method that is named": [
        f"{_CLIENTS}test_a_client_signs_with_its_secret",
        f"{_CLIENTS}test_a_client_signs_with_a_key_of_its_own",
        f"{_CLIENTS}test_an_assertion_counts_once",
        f"{_CLIENTS}test_an_assertion_that_is_not_right_opens_nothing",
    ],
    "Core 12.2: a renewed id token is about the same sign-in": [
        f"{_RULES}test_a_renewed_id_token_is_about_the_same_sign_in"
    ],
    "Core 11: `offline_access` needs consent": [
        f"{_TOKENS}test_offline_access_is_for_who_consents"
    ],
    # Userinfo
    "Core 5.3.1: GET and POST, with the token in a header or a form": [
        f"{_CLAIMS}test_userinfo_reads_a_form_and_needs_openid"
    ],
    "Core 5.3.2: JSON, always with the id token's `sub`": [
        f"{_RULES}test_what_is_told_of_a_person_is_json_with_their_name_for_the_application"
    ],
    "Core 5.3.3: errors in the words of RFC 6750": [
        f"{_CLAIMS}test_userinfo_is_for_who_has_a_token",
        f"{_CLAIMS}test_userinfo_reads_a_form_and_needs_openid",
    ],
    "Core 5.4: a scope tells its claims and no others": [
        f"{_CLAIMS}test_what_is_not_asked_for_is_not_said",
        f"{_CLAIMS}test_what_is_not_known_is_not_said",
    ],
    # Discovery and signing out
    "Discovery 3, 4.3: the document is whole, and its issuer is that of the tokens": [
        "unit/oidc/test_discovery.py::test_the_provider_names_what_it_has_and_nothing_else",
        f"{_O}test_idpyoidc.py::test_idpyoidc_finds_the_provider_and_signs_somebody_in",
    ],
    "RP-Initiated Logout 2, 3: asked first, and on to registered addresses only": [
        f"{_END}test_the_page_has_the_form_that_clients_look_for",
        f"{_END}test_what_is_not_registered_is_no_way_out",
        f"{_END}test_a_hint_names_the_application",
    ],
    "Back-Channel Logout 2.5: applications are told": [
        f"{_END}test_applications_are_told_that_somebody_has_signed_out"
    ],
    # OAuth 2.1
    "OAuth 1.5, 7.5.2: redirects do not repeat a form": [
        f"{_RULES}test_an_address_is_sent_by_no_redirect_that_repeats_a_form"
    ],
    "OAuth 2.3: redirect URIs are compared as they are, their own query stays": [
        "unit/oidc/test_redirects.py::test_nothing_else_is_the_registered_one",
        "unit/oidc/test_redirects.py::test_the_port_of_ones_own_machine_does_not_count_for_native_applications",
        f"{_RULES}test_an_addresss_own_query_stays",
    ],
    "OAuth 2.4: one way to show who a client is, and none in an address": [
        f"{_CLIENTS}test_who_a_client_is_has_to_be_shown",
        f"{_RULES}test_tokens_are_asked_for_by_post_and_never_in_an_address",
    ],
    "OAuth 3.1, 3.2: unknown and empty parameters count for nothing, none comes twice": [
        f"{_RULES}test_what_a_provider_does_not_know_or_is_not_told_stops_nobody",
        f"{_RULES}test_parameters_of_a_token_request_are_read_by_the_rules",
        f"{_ASK}test_what_is_wrong_with_the_address_is_told_to_nobody_there",
    ],
    "OAuth 3.2: tokens are asked for by POST": [
        f"{_RULES}test_tokens_are_asked_for_by_post_and_never_in_an_address"
    ],
    "OAuth 3.2.4: a wrong secret is 401, and says how to show it": [
        f"{_RULES}test_a_wrong_secret_is_asked_for_in_the_way_it_came"
    ],
    "OAuth 4.1.1, 7.5.1: a challenge of every client without a secret, by S256": [
        f"{_ASK}test_a_client_without_a_secret_needs_a_challenge",
        f"{_ASK}test_an_application_is_told_what_is_wrong_with_its_request",
    ],
    "OAuth 4.1.2: a code lives shortly and is bound to client, challenge and address": [
        f"{_TOKENS}test_a_code_lives_for_a_minute",
        f"{_TOKENS}test_a_code_is_good_for_its_own_request_only",
    ],
    "OAuth 4.1.3, 7.5.1: a verifier where there was a challenge, and none where there was not": [
        f"{_RULES}test_a_client_without_a_secret_needs_its_verifier",
        f"{_TOKENS}test_a_code_without_a_challenge_takes_no_verifier",
    ],
    "OAuth 4.3: a refresh token is its client's, and gives no more than it had": [
        f"{_TOKENS}test_a_refresh_narrows_and_never_widens",
        f"{_TOKENS}test_a_browser_gets_a_new_refresh_token_that_ends_with_the_old",
        f"{_TOKENS}test_a_replaced_token_works_for_three_seconds_more",
    ],
    "OAuth 5.1: a token in an address opens nothing": [
        f"{_RULES}test_a_token_in_an_address_opens_nothing"
    ],
    "OAuth 10: no password grant, no implicit flow": [
        f"{_RULES}test_what_oauth_has_given_up_is_no_grant",
        f"{_ASK}test_an_application_is_told_what_is_wrong_with_its_request",
    ],
    "RFC 9207 2: `iss` in every answer, errors included": [
        f"{_O}test_signing_in.py::test_the_way_of_a_browser_is_the_references",
        f"{_ASK}test_an_application_is_told_what_is_wrong_with_its_request",
    ],
    "RFC 9126 2, 4: a pushed request is its client's, and good once": [
        f"{_CLIENTS}test_a_brought_request_is_its_clients_own"
    ],
    "RFC 7009 2, RFC 7662 2: who may end a token or look into it": [
        f"{_CLIENTS}test_a_token_is_looked_into_by_who_may",
        f"{_CLIENTS}test_what_a_client_revokes_ends_with_its_grant",
    ],
    "RFC 9068 2: the form of signed access tokens": [
        f"{_O}test_signing.py::test_a_token_has_the_claims_and_the_header_of_rfc_9068"
    ],
}


@pytest.mark.parametrize("must", MUSTS, ids=[must.partition(":")[0] for must in MUSTS])
def test_a_rule_has_its_tests(must: str) -> None:
    assert MUSTS[must]
    assert [place for place in MUSTS[must] if not is_test(place)] == []
