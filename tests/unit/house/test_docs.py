"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.reference import PAGES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs/reference" / name).read_text("utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("page", [*sorted(ROOT.glob("docs/**/*.md")), *ROOT.glob("*.md")])
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|<)([^)\s]+)\)", page.read_text("utf-8")):
        assert (page.parent / target.split("#")[0]).exists(), f"{page.name}: {target}"


def test_the_map_names_every_room() -> None:
    text = (ROOT / "docs/map.md").read_text("utf-8")
    package = ROOT / "src/carteiro"
    rooms = {
        path.parent.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.parent != package
        and path.name != "__init__.py"
        # A folder a resource, a file a step: one room for the map.
        and path.parent.parent not in {package / "api/management", package / "storage/migrations"}
    }

    assert [room for room in sorted(rooms) if f"`{room}/`" not in text] == []
