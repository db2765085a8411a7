"""Which test holds which answer, and that none of them is gone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CASES = {
    "a code that no connector could mail": "codes::a_code_is_kept_where_there_is_no_connector",
    "a code that a provider refused": "codes::a_code_is_kept_that_the_provider_did_not_take",
    "scopes of an organization role": "roles::an_organization_role_shows_what_it_gives_in_a_list_and_not_alone",
    "roles given to a member": "roles::roles_given_to_a_member_are_answered_by_id",
    "roles by name": "roles::a_members_roles_are_replaced_by_name",
    "unknown role names": "roles::an_unknown_name_gives_nothing",
    "a page of a member's roles": "roles::a_members_roles_are_whole_rows_and_come_in_pages",
    "webhook of a role's scopes": "roles::a_role_made_with_scopes_is_told_twice",
    "webhook of a deleted person": "people::a_deleted_person_is_told_without_a_word_of_the_password",
    "check-password without a person": "passwords::whose_password_it_is_has_to_be_said_where_the_policy_asks",
    "check-password of 123": "passwords::a_short_password_is_named_for_its_run_of_three",
    "check-password of a leaked one": "passwords::a_password_that_leaked_is_refused_unless_the_policy_says_otherwise",
    "customUiCsp": "pages::sources_of_pages_are_cleaned",
    "customUiCsp unsafe-inline": "pages::a_source_that_lets_anything_run_is_refused",
    "custom phrases of unknown keys": "pages::a_text_that_no_page_has_is_refused",
    "phrases": "pages::the_phrases_are_ours_with_the_tenants_merged_in",
    "management scope for people": "roles::a_role_for_people_gives_no_scope_of_the_management_api",
    "empty ids": "roles::no_id_of_a_list_is_empty",
    "excludeApplicationId": "roles::roles_that_somebody_has_are_left_out",
    "search in the roles of somebody": "roles::the_roles_of_somebody_are_searched",
    "invalid phones": "people::digits_that_are_no_number_of_any_country_are_refused",
    "trunk zeros": "people::a_number_is_stored_without_its_trunk_zero",
    "both spellings of a phone": "people::both_spellings_are_one_number",
    "any digest of 256 characters": "people::a_digest_is_taken_whatever_its_form_up_to_256_characters",
    "Legacy digests": "people::a_digest_of_another_system_works_and_is_replaced",
    "a change of nothing": "people::a_change_of_nothing_is_refused",
    "logto-configs of a new person": "people::who_has_decided_nothing_has_skipped_nothing",
    "similar_to, empty and unknown words of a search": "people::a_bad_search_is_refused_in_the_words_that_clients_look_for",
    "seeded resource and scope": "seeded::the_management_api_is_called_as_clients_look_for_it",
    "seeded rows of an earlier version": "seeded::a_database_of_an_earlier_version_is_renamed",
    "secrets of Native and SPA": "routes::an_application_in_peoples_hands_keeps_no_secret",
    "neither resource nor organization": "oidc::a_request_is_refused_in_the_words_that_clients_look_for",
    "a token without scopes": "oidc::a_token_without_scopes_says_nothing_of_them",
    "bodies of the token endpoint": "oidc::a_body_that_cannot_be_read_is_named",
    "unknown routes of the provider": "oidc::an_unknown_route_of_the_provider_is_named",
    "unknown paths of the API": "routes::an_unknown_path_below_the_api_is_an_error_in_json",
    "the key of the status": "routes::the_tenant_is_told_to_who_has_the_key",
    "endpoints": "routes::where_people_reach_a_tenant_is_told_to_anybody",
    "Protected and isDeviceFlow": "routes::what_would_never_work_is_refused_in_words",
    "different: one-time tokens": "different::a_one_time_token_is_shown_once",
    "different: Argon2id": "different::a_new_password_is_argon2id",
    "different: RE2": "different::a_pattern_looks_neither_ahead_nor_back",
    "different: unknown clients": "oidc::an_unknown_client_is_401_by_header_and_400_by_body",
    "different: OpenAPI 3.1": "different::the_openapi_document_is_3_1",
}


@pytest.mark.parametrize("case", CASES)
def test_a_case_has_its_test(case: str) -> None:
    file, _, name = CASES[case].partition("::")
    tree = ast.parse(Path(__file__).with_name(f"test_{file}.py").read_text("utf-8"))

    functions = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert f"test_{name}" in functions
