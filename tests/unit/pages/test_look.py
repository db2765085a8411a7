"""Colours that can be read, and a style that stays where it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.pages.look import inside_style, on


def luminance(color: str) -> float:
    """WCAG 2.2, written anew."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@given(st.integers(0, 0xFFFFFF))
def test_words_on_any_colour_have_a_contrast_of_4_5(number: int) -> None:
    color = f"#{number:06x}"
    lights = sorted((luminance(color), luminance(on(color))))

    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5


@pytest.mark.parametrize(
    "css", ["a{}\r\nb{}\r\n", "a{}\rb{}\r", "a{}\nb{}\n"], ids=["CRLF", "CR", "LF"]
)
def test_a_style_is_what_a_browser_reads_whoever_wrote_its_lines(css: str) -> None:
    assert inside_style(css) == "a{}\nb{}\n"


@pytest.mark.parametrize("css", ["a{}</style><b>", "</STYLE >", "<!--</style>"])
def test_nothing_in_a_style_ends_its_element(css: str) -> None:
    assert "</" not in inside_style(css)
    assert "<!--" not in inside_style(css)
