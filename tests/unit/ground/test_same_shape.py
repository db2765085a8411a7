"""The script that counts same shapes sees what is written twice, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tools.same_shape import FOLDER, main, pairs, units_of

PAID = '''
def paid(order, prices):
    """What an order came to."""
    total = 0
    for line in order.lines:
        price = prices.get(line.article)
        if price is None:
            raise LookupError(f"no price for {line.article}")
        total += price * line.count
    if total > order.limit:
        raise ValueError("too much")
    # A comment, which the other one lacks.
    return total, order.currency
'''
WEIGHED = """
def weighed(parcel, weights):

    grams = 100
    for piece in parcel.pieces:
        weight = weights.get(piece.kind)
        if weight is None:
            raise KeyError(f"no weight for {piece.kind}")
        grams += weight * piece.number
    if grams > parcel.most:
        raise OverflowError("too heavy")
    return grams, parcel.unit
"""
COUNTED = """
def counted(shelf, names):
    found = {}
    while shelf.rows:
        row = shelf.rows.pop()
        with row.opened() as box:
            found[row.name] = len(box)
        if row.name not in names:
            del found[row.name]
    for name in names:
        found.setdefault(name, 0)
    return sorted(found)
"""
Count = Callable[..., list[tuple[str, ...]]]


@pytest.fixture
def count(tmp_path: Path) -> Count:
    def write(*texts: str) -> list[tuple[str, ...]]:
        for number, text in enumerate(texts):
            (tmp_path / f"m{number}.py").write_text(text, "utf-8")
        found = pairs([units_of(path) for path in sorted(tmp_path.glob("*.py"))])
        return [
            tuple(f"{path.name}:{first}-{last}" for path, first, last in (pair.one, pair.other))
            for pair in found
        ]

    return write


def test_two_functions_of_one_shape_are_one_pair(count: Count) -> None:
    assert count(PAID, WEIGHED) == [("m0.py:2-13", "m1.py:2-12")]


def test_they_are_one_pair_inside_one_file_too(count: Count) -> None:
    assert count(PAID + WEIGHED) == [("m0.py:2-13", "m0.py:15-25")]


def test_three_places_are_three_pairs(count: Count) -> None:
    assert len(count(PAID, WEIGHED, PAID)) == 3


def test_different_functions_are_none(count: Count) -> None:
    assert count(PAID, COUNTED) == []


def test_another_operator_is_another_shape(count: Count) -> None:
    assert count(PAID, WEIGHED.replace("weight * piece", "weight / piece")) == []


def test_nine_lines_are_too_few(count: Count) -> None:
    assert (
        count(PAID.replace("    total = 0\n", ""), WEIGHED.replace("    grams = 100\n", "")) == []
    )


def test_a_list_of_declarations_counts_as_one_of_them(count: Count) -> None:
    constants = "\n".join(f"NAME_{number} = {number}" for number in range(30))
    errors = "\n".join(
        f'class E{number}(Error):\n    code = "e{number}"\n    text = "t"\n' for number in range(9)
    )

    assert count(f"{constants}\n{errors}", f"{errors}\n{constants}") == []


def test_imports_are_the_same_only_when_they_import_the_same(count: Count) -> None:
    one = "\n".join(f"from room_{n} import thing_{n}" for n in range(12))
    other = "\n".join(f"from other_{n} import thing_{n}" for n in range(12))

    assert count(one, other) == []
    assert len(count(one, one)) == 1


def test_the_number_is_printed_after_the_pairs_and_migrations_are_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "room" / "one.py").write_text(PAID, "utf-8")
    (tmp_path / "two.py").write_text(WEIGHED, "utf-8")
    (tmp_path / "migrations" / "three.py").write_text(PAID, "utf-8")

    main(tmp_path)

    assert capsys.readouterr().out.split() == (
        ["10", "lines", "room/one.py:2-13", "two.py:2-12", "1", "pairs"]
    )


def test_the_package_says_little_twice() -> None:
    files = [path for path in sorted(FOLDER.rglob("*.py")) if "migrations" not in path.parts]

    found = pairs([units_of(path) for path in files])

    assert len(found) <= 60, "say once what really is one thing: `make same-shape` shows the pairs"
