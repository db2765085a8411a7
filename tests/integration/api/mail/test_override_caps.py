"""How many overrides a tenant has, and how many templates one of them."""

from __future__ import annotations

import pytest

from carteiro.errors import InvalidRequestInput
from carteiro.flows.administer.mail import overrides as flow
from carteiro.flows.administer.mail import template_sets
from carteiro.flows.administer.mail.overrides import Sender
from carteiro.flows.administer.mail.templates import list_templates, put_templates
from carteiro.flows.world import World
from override_parts import T, draft, organization


async def test_a_tenant_has_so_many_overrides_and_changes_those_that_it_has(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MOST", 1)
    first, second = await organization(world), await organization(world, "Initech")
    await flow.put_sender(world, T, first, Sender(from_name="Globex"))

    with pytest.raises(InvalidRequestInput):
        await flow.put_sender(world, T, second, Sender(from_name="Initech"))
    with pytest.raises(InvalidRequestInput):
        await put_templates(world, T, [draft("S")], owner=second)
    changed = await flow.put_sender(world, T, first, Sender(from_name="Globex Inc"))

    assert changed.from_name == "Globex Inc"


async def test_an_override_has_so_many_templates_and_replaces_those_that_it_has(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_sets, "MAX_TEMPLATES", 2)
    owner = await organization(world)
    await put_templates(world, T, [draft("one"), draft("zwei", tag="de")], owner=owner)

    with pytest.raises(InvalidRequestInput):
        await put_templates(world, T, [draft("un", tag="fr")], owner=owner)
    await put_templates(world, T, [draft("eins", tag="de")], owner=owner)

    there = await list_templates(world, T, owner=owner)
    assert [row.language_tag for row in there] == ["de", "en"]
