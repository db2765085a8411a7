"""What `make mutants` names is there: code to break, and tests to notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.mutants import ROOMS, Room, main

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_a_room_has_files_and_tests(room: Room) -> None:
    for pattern in room.files:
        assert list((ROOT / "src" / "carteiro").glob(pattern)), pattern
    for name in room.tests:
        assert (ROOT / "tests" / name).exists(), name


def test_a_room_that_there_is_not_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main("nowhere")

    assert code == 2
    assert (
        "secrets, verification, oidc, egress, delivery, workspaces, previews, senders, webhooks"
        in capsys.readouterr().err
    )
