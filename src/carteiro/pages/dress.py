"""The look of the pages for what the protocol itself shows: the question whether to sign out."""

from __future__ import annotations

from markupsafe import Markup

from carteiro.api.oidc.forms import Dress
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.flows.sign_in.show_settings import experience_of
from carteiro.pages.assets import address_of
from carteiro.pages.look import look_of
from carteiro.pages.rendering import PAGES

_HEAD = Markup('<link rel="stylesheet" href="{0}"><style>{1}</style><style>{2}</style>')


def dress_of(workspace: Workspace) -> Dress:
    """Style, colours and logo of a tenant, with its own CSS last."""
    look = look_of(experience_of(workspace))
    # Every part of it is made for a ``style`` element: nothing in it is markup.
    head = _HEAD.format(address_of("door.css"), Markup(look.style), look.custom_css)  # noqa: S704
    brand = PAGES.get_template("brand.html").render(look=look, name="")
    return Dress(head=str(head), brand=brand)
