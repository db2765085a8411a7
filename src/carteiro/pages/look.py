"""How a page looks: colours that can be read, logos for both modes, the tenant's own style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

_WHITE, _BLACK = "#ffffff", "#000000"
_LIGHTNESS = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Of the tenant, the application and the organization, the nearest each."""

    style: str
    """The colours as custom properties."""
    custom_css: Markup
    dark: bool
    """Whether there is a dark mode."""
    logo: str | None
    dark_logo: str | None
    favicon: str | None
    dark_favicon: str | None


def look_of(experience: Mapping[str, Any]) -> Look:
    """The look that a sign-in experience asks for."""
    color, branding = experience["color"], experience["branding"]
    dark = bool(color["isDarkModeEnabled"])
    style = f":root{{{_colors(color['primaryColor'])}}}"
    if dark:
        style += (
            f"@media(prefers-color-scheme:dark){{:root{{{_colors(color['darkPrimaryColor'])}}}}}"
        )
    else:
        style += ":root{color-scheme:light}"
    return Look(
        style=style,
        custom_css=inside_style(experience.get("customCss") or ""),
        dark=dark,
        logo=_address(branding.get("logoUrl")),
        dark_logo=_address(branding.get("darkLogoUrl") or branding.get("logoUrl")),
        favicon=_address(branding.get("favicon")),
        dark_favicon=_address(branding.get("darkFavicon") or branding.get("favicon")),
    )


def inside_style(css: str) -> Markup:
    """Somebody's style for a ``style`` element: nothing in it ends the element.

    It is as a browser reads it out of the page (HTML §13.2.3.5, §13.2.5.3), or the policy's hash of
    it would be another one.
    """
    read = css.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return Markup(read.replace("</", "<\\/").replace("<!--", "<\\!--"))  # noqa: S704 - made safe


def on(color: str) -> str:
    """Black or white, whichever is read better on a colour: at least 4.58 to 1 on any."""
    light = _luminance(color)
    return _WHITE if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else _BLACK


def _colors(primary: str) -> str:
    return f"--brand:{primary};--on-brand:{on(primary)}"


def _luminance(color: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    digits = color.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip(_LIGHTNESS, linear, strict=True))


def _address(given: Any) -> str | None:
    """An image's address, of a kind that the pages' policy lets a browser load."""
    if isinstance(given, str) and given.startswith(("https://", "http://", "data:image/")):
        return given
    return None
