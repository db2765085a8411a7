"""Count what is written more than once: `make same-shape` prints the pairs and their number.

Two places are a pair where ten lines or more have the same shape: the same statements once names
and constants are taken away. Three places are three pairs. What says nothing does not count:

- comments, docstrings and blank lines;
- the second and every further entry of a list: of constants, of fields, of errors in a row;
- migrations, which stay as they have landed.

An import keeps its names: without them all imports are one.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "carteiro"
FEWEST_LINES = 10
_LEFT_OUT = "migrations"
_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A statement, or the head of one that has a block; what marks a block's end has no line."""

    shape: str
    path: Path
    first: int = 0
    last: int = -1

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two places that have ``lines`` lines of the same shape."""

    lines: int
    one: tuple[Path, int, int]
    other: tuple[Path, int, int]


def units_of(path: Path) -> list[Unit]:
    """A file's statements in their order."""
    return list(_units(ast.parse(path.read_text("utf-8")).body, path))


def pairs(files: Sequence[Sequence[Unit]]) -> list[Pair]:
    """Every pair of places, the longest first. A pair inside a longer one is none of its own."""
    shortest: dict[str, int] = {}
    for unit in (unit for units in files for unit in units):
        shortest[unit.shape] = min(unit.lines, shortest.get(unit.shape, unit.lines))
    # A border between two files is like nothing else.
    line: list[Unit | None] = [None]
    for units in files:
        line += [*units, None]
    sizes = [0 if unit is None else shortest[unit.shape] for unit in line]
    beginnings = defaultdict(list)
    for place in range(len(line)):
        if sizes[place] and (key := _beginning(line, sizes, place)):
            beginnings[key].append(place)
    found = [
        _pair(line, sizes, one, other)
        for places in beginnings.values()
        for one, other in combinations(places, 2)
        if not _same(line[one - 1], line[other - 1])
    ]
    return sorted(
        (pair for pair in found if pair.lines >= FEWEST_LINES),
        key=lambda pair: (-pair.lines, pair.one, pair.other),
    )


def main(folder: Path = FOLDER) -> None:
    """Print the pairs of a folder and how many they are."""
    paths = [path for path in sorted(folder.rglob("*.py")) if _LEFT_OUT not in path.parts]
    found = pairs([units_of(path) for path in paths])
    for pair in found:
        places = (
            f"{path.relative_to(folder)}:{first}-{last}"
            for path, first, last in (pair.one, pair.other)
        )
        print(f"{pair.lines:4} lines  {'  '.join(places)}")
    print(f"{len(found)} pairs")


def _units(statements: Sequence[ast.AST], path: Path) -> Iterator[Unit]:
    entry: str | None = None
    for statement in statements:
        before, entry = entry, _entry(statement)
        if entry is not None and entry == before:
            continue
        blocks = [name for name in _BLOCKS if getattr(statement, name, None)]
        if _is_docstring(statement):
            continue
        if not blocks:
            first, last = _lines(statement)
            yield Unit(shape=_shape(statement), path=path, first=first, last=last)
            continue
        yield _head(statement, path)
        for name in blocks:
            yield from _units(getattr(statement, name), path)
            yield Unit(shape=f"end of {name}", path=path)


def _entry(statement: ast.AST) -> str | None:
    """The shape of what can stand in a list: a plain statement, a class that only declares."""
    if not getattr(statement, "body", None):
        return _shape(statement)
    if not isinstance(statement, ast.ClassDef):
        return None
    declared = [_entry(inner) for inner in statement.body if not _is_docstring(inner)]
    return None if None in declared else f"class {_shape(statement)} {declared}"


def _head(statement: ast.AST, path: Path) -> Unit:
    first, _ = _lines(statement)
    block = next(getattr(statement, name) for name in _BLOCKS if getattr(statement, name, None))
    last = max(first, _lines(block[0])[0] - 1)
    return Unit(shape=_shape(statement), path=path, first=first, last=last)


def _lines(node: ast.AST) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", ())
    if isinstance(node, ast.match_case):
        node = node.pattern
    assert isinstance(node, (ast.stmt, ast.excepthandler, ast.pattern))
    return min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno or 0


def _shape(node: object) -> str:
    """The syntax without names and constants; blocks are left out: they are units themselves."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return ast.dump(node)
    if isinstance(node, ast.Constant):
        return "constant"
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node))
        inner = (_shape(value) for name, value in fields if not _is_block(name, value))
        return f"{type(node).__name__}({','.join(inner)})"
    if isinstance(node, list):
        return f"[{','.join(map(_shape, node))}]"
    return "nothing" if node is None else "name"


def _is_block(name: str, value: object) -> bool:
    return name in _BLOCKS and isinstance(value, list)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _beginning(
    line: Sequence[Unit | None], sizes: Sequence[int], start: int
) -> tuple[str, ...] | None:
    """The shapes of the first ten lines from here; ``None`` where the file ends before."""
    shapes, size = [], 0
    for place in range(start, len(line)):
        unit = line[place]
        if unit is None:
            return None
        shapes.append(unit.shape)
        size += sizes[place]
        if size >= FEWEST_LINES:
            return tuple(shapes)
    return None


def _pair(line: Sequence[Unit | None], sizes: Sequence[int], one: int, other: int) -> Pair:
    """The longest run from two places on; inside one file the first ends before the second."""
    length = 0
    while one + length < other and _same(line[one + length], line[other + length]):
        length += 1
    return Pair(
        lines=sum(sizes[one : one + length]),
        one=_place(line[one : one + length]),
        other=_place(line[other : other + length]),
    )


def _place(run: Sequence[Unit | None]) -> tuple[Path, int, int]:
    units = [unit for unit in run if unit is not None and unit.lines]
    return units[0].path, units[0].first, units[-1].last


def _same(one: Unit | None, other: Unit | None) -> bool:
    return one is not None and other is not None and one.shape == other.shape


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
