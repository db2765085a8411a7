"""Inputs that went wrong once, by their numbers: which test holds each, and that none is gone."""

from __future__ import annotations

import pytest

from case_parts import is_test

CASES = {
    1: [
        "unit/house/test_installing.py::test_nothing_is_resolved_when_a_lock_is_installed",
        "unit/house/test_installing.py::test_a_lock_is_whole",
    ],
    2: [
        "contract/connectors/test_authors.py::test_no_name_brings_another_author",
        "contract/connectors/test_authors.py::test_a_special_in_the_configs_name_is_part_of_the_name",
        "contract/connectors/test_authors.py::test_a_reply_address_is_one_mailbox_too",
    ],
    3: [
        "integration/delivery/test_dead_mail.py::test_an_outage_of_smtp_leaves_the_last_code_and_no_deleted_link"
    ],
    4: [
        "integration/api/mail/test_words_that_serve.py::test_a_link_that_is_taken_stands_in_both_parts",
        "integration/api/mail/test_words_that_serve.py::test_a_link_that_may_not_be_mailed_is_refused_by_its_place",
    ],
    5: [
        "integration/connectors/smtp/test_servers.py::test_letters_beyond_ascii_in_a_header_need_a_server_that_takes_them"
    ],
    6: ["integration/connectors/smtp/test_servers.py::test_a_bare_address_in_a_header_counts_too"],
    7: [
        "integration/api/mail/test_feedback_replay.py::test_a_block_of_our_server_shuts_nobody_out",
    ],
    8: ["unit/templates/test_inlining.py::test_only_style_attributes_are_added"],
    9: ["unit/templates/test_inlining.py::test_whatever_the_author_writes_stays"],
    10: ["unit/templates/test_html_safety.py::test_a_value_in_an_address_stays_one_part_of_it"],
    11: [
        "integration/connectors/smtp/test_servers.py::test_a_server_without_ehlo_is_greeted_with_helo",
        "integration/connectors/smtp/test_servers.py::test_helo_is_no_way_around_tls_and_signing_in",
    ],
    12: ["unit/ground/test_addresses.py::test_a_sender_is_read_as_pinned"],
    13: [
        "integration/connectors/smtp/test_servers.py::test_a_machine_without_a_full_name_is_greeted_by_its_address"
    ],
    14: [
        "integration/connectors/smtp/test_servers.py::test_what_is_no_reply_is_transient_and_ends_the_connection"
    ],
    15: [
        "unit/templates/test_plain_text.py::test_items_are_numbered_as_they_are_shown",
        "unit/templates/test_plain_text.py::test_words_that_stand_apart_are_never_glued",
    ],
    16: [
        "unit/ground/test_issue_paths.py::test_a_path_is_the_way_into_what_was_given",
        "integration/api/organizations/test_organization_invitations.py::test_an_issue_leads_to_the_variable_that_is_wrong",
    ],
    17: [
        "unit/connectors/test_smtp_config.py::test_a_setting_that_cannot_be_meant",
        "contract/connectors/test_address_settings.py::test_what_is_no_address_is_refused_by_its_place",
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_a_case_has_its_tests(case: int) -> None:
    assert [place for place in CASES[case] if not is_test(place)] == []


def test_every_case_is_here() -> None:
    assert list(CASES) == list(range(1, 18))
