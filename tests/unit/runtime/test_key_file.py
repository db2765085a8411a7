"""The file of keys: made once, written whole, and read by its owner only."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from carteiro.errors import InvalidSettings, KeyRefused
from carteiro.runtime import key_file
from carteiro.settings import Settings, read_settings
from key_parts import key


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({}, database_url=f"sqlite:///{tmp_path / 'c.db'}")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_two_that_start_at_once_read_one_file(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: key_file.make(settings).key_ids, range(8)))

    assert len(set(made)) == 1
    path = key_file.path_of(settings)
    assert path is not None
    assert oct(mode(path)) == "0o600"
    assert list(path.parent.iterdir()) == [path]


def test_reading_makes_nothing(settings: Settings, tmp_path: Path) -> None:
    assert key_file.read(settings) is None
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_put_first_and_taken_out_and_what_else_stands_there_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# since spring\n{key('old')}\n")
    path.chmod(0o644)

    key_file.put_first(path, key("new"))
    assert path.read_text() == f"{key('new')}\n# since spring\n{key('old')}\n"
    assert oct(mode(path)) == "0o640"
    key_file.drop(path, "old")
    assert path.read_text() == f"{key('new')}\n# since spring\n"


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text(f"{key('old')}\n")
    (tmp_path / "keys").symlink_to(tmp_path / "real")

    key_file.put_first(tmp_path / "keys", key("new"))

    assert (tmp_path / "keys").is_symlink()
    assert (tmp_path / "real").read_text().startswith("new:")


def test_a_file_that_cannot_be_written_is_said_to_be_one() -> None:
    # Nobody writes there, not even root; it can be read.
    with pytest.raises(KeyRefused, match=r"cannot be written: .* Nothing was changed"):
        key_file.put_first(Path("/proc/self/status"), key("new"))


def test_two_keys_under_one_id_are_refused() -> None:
    settings = read_settings({}, secret_keys=f"{key('a')},{key('a', 'b')}")

    with pytest.raises(InvalidSettings, match="Two keys are configured under one id"):
        key_file.read(settings)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"\xff\xfe\x00")
    settings = read_settings({}, secret_key_file=str(tmp_path / "keys"))

    with pytest.raises(InvalidSettings, match="is not text"):
        key_file.read(settings)
