"""Whatever is done with a template, in whatever order: its history is what was live."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from carteiro.errors import (
    CarteiroError,
    DraftOutdated,
    EntityNotExistsWithId,
    EntityNotFound,
    InvalidRequestInput,
)
from carteiro.flows.administer.mail import revisions
from carteiro.flows.administer.mail.templates import delete_template
from carteiro.flows.world import World
from carteiro.model.owners import Owner
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.templates import TemplateSet
from integration.revisions.publishing_process import T, details, mark_of, put
from override_parts import organization

KEEP = 4


class Model:
    """What must be there after each step."""

    def __init__(self) -> None:
        self.history: dict[int, str | None] = {}
        self.latest = 0
        self.draft: tuple[str, int] | None = None

    @property
    def live(self) -> str | None:
        return self.history.get(self.latest)

    def refusal(self, what: str, mark: str) -> type[CarteiroError] | None:
        if what in {"publish", "drop"} and self.draft is None:
            return EntityNotFound
        if what == "publish" and self.draft is not None and self.draft[1] != self.latest:
            return DraftOutdated
        if what == "delete" and self.live is None:
            return EntityNotExistsWithId
        if what == "restore" and int(mark) not in self.history:
            return EntityNotExistsWithId
        if what == "restore" and self.history[int(mark)] is None:
            return InvalidRequestInput
        return None

    def do(self, what: str, mark: str) -> None:
        match what:
            case "put" if self.live != mark:
                self.publish(mark)
            case "draft":
                self.draft = (mark, self.latest)
            case "publish" if self.draft is not None:
                self.publish(self.draft[0])
                self.draft = None
            case "drop":
                self.draft = None
            case "delete":
                self.publish(None)
            case "restore":
                self.publish(self.history[int(mark)])

    def publish(self, mark: str | None) -> None:
        self.latest += 1
        self.history[self.latest] = mark
        self.history.pop(self.latest - KEEP, None)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abc")),
        st.tuples(st.just("draft"), st.sampled_from("abc")),
        st.tuples(st.sampled_from(["publish", "drop", "delete"]), st.just("")),
        st.tuples(st.just("restore"), st.sampled_from("123456")),
    ),
    min_size=1,
    max_size=14,
)


def test_whatever_is_done_in_whatever_order_the_history_is_what_was_live(
    settings: Settings,
) -> None:
    kept = settings.model_copy(update={"revisions_kept": KEEP})
    with asyncio.Runner() as runner:
        opened = open_world(kept)
        world = runner.run(opened.__aenter__())
        tags = iter(range(10_000))
        owner = runner.run(organization(world))

        @examples(
            max_examples=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(_STEPS, st.sampled_from([None, owner]))
        def check(steps: list[tuple[str, str]], whose: Owner | None) -> None:
            runner.run(_follow(world, Place(f"x-{next(tags)}", whose), steps))

        try:
            check()
        finally:
            runner.run(opened.__aexit__(None, None, None))


@dataclass(frozen=True, slots=True)
class Place:
    """A template by its language, the tenant's or an owner's."""

    tag: str
    owner: Owner | None


async def _follow(world: World, at: Place, steps: list[tuple[str, str]]) -> None:
    model = Model()
    id_ = (await _start(world, at, model)).place.id
    for what, mark in steps:
        await _step(world, at, id_, model, what, mark)
        await _compare(world, at, id_, model)
        if model.latest == 0 and model.draft is None:
            id_ = (await _start(world, at, model)).place.id


async def _start(world: World, at: Place, model: Model) -> revisions.TemplateDraft:
    new = templates.NewTemplate(
        language_tag=at.tag, template_type="SignIn", details=json.dumps(details("a"))
    )
    model.draft = ("a", model.latest)
    return await revisions.start_draft(world, T, new, owner=at.owner)


async def _step(world: World, at: Place, id_: str, model: Model, what: str, mark: str) -> None:
    """Do it, and have the model do it; what is refused changes neither."""
    if (refused := model.refusal(what, mark)) is not None:
        with pytest.raises(refused):
            await _do(world, at, id_, what, mark)
        return
    await _do(world, at, id_, what, mark)
    model.do(what, mark)


async def _do(world: World, at: Place, id_: str, what: str, mark: str) -> None:
    match what:
        case "put":
            await put(world, mark, at.tag, at.owner)
        case "draft":
            await revisions.save_draft(world, T, id_, details(mark), owner=at.owner)
        case "publish":
            await revisions.publish_drafts(world, T, [id_], owner=at.owner)
        case "drop":
            await revisions.drop_draft(world, T, id_, owner=at.owner)
        case "delete":
            await delete_template(world, T, id_, owner=at.owner)
        case _:
            await revisions.restore_revision(world, T, id_, int(mark), owner=at.owner)


async def _compare(world: World, at: Place, id_: str, model: Model) -> None:
    of = TemplateSet(T, at.owner)
    live = await world.database.read(lambda tx: templates.list_all(tx, of, language_tag=at.tag))
    expected = [] if model.live is None else [model.live]
    assert [mark_of(row.details) for row in live] == expected
    if model.latest == 0 and model.draft is None:
        histories = await revisions.list_histories(
            world, T, None, owner=at.owner, language_tag=at.tag
        )
        assert histories.rows == []
        return
    history = await revisions.get_history(world, T, id_, None, owner=at.owner)
    assert history.place.latest == model.latest
    assert [row.number for row in history.revisions.rows] == sorted(model.history, reverse=True)
    for number, mark in model.history.items():
        _, row = await revisions.get_revision(world, T, id_, number, owner=at.owner)
        assert mark_of(row.details) == mark
