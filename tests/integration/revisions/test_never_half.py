"""Nobody ever sees half a revision: not while others publish, and not after a crash."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from carteiro.delivery.workspaces.connections import open_row
from carteiro.errors import (
    CarteiroError,
    DraftOutdated,
    EntityNotExistsWithId,
    EntityNotFound,
    InvalidRequestInput,
)
from carteiro.flows.administer.mail import revisions
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.templates import (
    delete_template,
    list_templates,
)
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy import connectors, templates
from carteiro.storage.tenancy.templates import TemplateSet
from integration.revisions import publishing_process
from integration.revisions.publishing_process import T, config, details, put

KEEP = 4
_BROKEN = Statement.of(
    "test.broken",
    "SELECT id FROM email_templates WHERE latest <> (SELECT MAX(number) FROM template_revisions "
    "WHERE template_id = email_templates.id AND tenant_id = email_templates.tenant_id) "
    "OR (revision IS NOT NULL AND revision <> latest)",
)
_LOST = Statement.of(
    "test.lost",
    "SELECT id FROM connectors WHERE NOT EXISTS (SELECT 1 FROM connector_revisions "
    "WHERE connector_id = connectors.id AND number = connectors.revision)",
)


@asynccontextmanager
async def process(settings: Settings, job: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process on the same database; at the end it is killed if it lives still."""
    assert settings.secret_keys is not None
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        publishing_process.__file__,
        settings.database_url,
        settings.secret_keys.get_secret_value(),
        job,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def seen(world: World) -> tuple[str | None, str]:
    """The marks of the template and of the config that are live; each is a whole one."""

    async def work(tx: Transaction) -> tuple[list[Any], list[Any]]:
        return await templates.list_all(tx, TemplateSet(T)), await connectors.list_all(tx, T)

    rows, (connector,) = await world.database.read(work)
    endpoint = open_row(world.keyring, connector).config["endpoint"]
    mark = endpoint.rpartition("/")[2]
    assert open_row(world.keyring, connector).config == config(mark)
    if not rows:
        return None, mark
    words = json.loads(rows[0].details)
    live: str = words["subject"].split()[0]
    assert words == details(live)
    return live, mark


async def require_whole(world: World) -> None:
    """Every pointer leads to a revision, and to the newest one."""

    async def work(tx: Transaction) -> list[Any]:
        return [*await tx.all(_BROKEN), *await tx.all(_LOST)]

    assert await world.database.read(work) == []


async def furnish(world: World) -> None:
    new = NewConnector(connector_id="http-email", config=config("m0"))
    await create_connector(world, T, new)
    await put(world, "m0")


async def eventually(check: Callable[[], Any], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.02)


async def test_while_others_publish_everything_that_is_seen_is_whole(settings: Settings) -> None:
    async with open_world(settings) as world:
        await furnish(world)
        marks: set[tuple[str | None, str]] = set()

        async def enough() -> bool:
            marks.add(await seen(world))
            return len(marks) > 25

        async with process(settings, "always"), process(settings, "always"):
            await eventually(enough)

        await require_whole(world)
        await put(world, "afterwards")
        assert (await seen(world))[0] == "afterwards"


@pytest.mark.parametrize("step", publishing_process.STEPS)
async def test_killed_at_a_step_nothing_of_the_change_is_there(
    settings: Settings, step: str
) -> None:
    async with open_world(settings) as world:
        await furnish(world)
        async with process(settings, step) as child:
            async with asyncio.timeout(60):
                assert await child.wait() == -signal.SIGKILL
        survived = await seen(world)

        await require_whole(world)
        assert survived[1] == "m0", "the config is changed last"
        before = await put(world, "next")
        assert (await seen(world))[0] == "next"
        history = await revisions.get_history(world, T, before, None)
        numbers = [row.number for row in history.revisions.rows]
        assert numbers == list(range(len(numbers), 0, -1))


async def test_what_another_process_publishes_is_sent_from_then_on(settings: Settings) -> None:
    async with open_world(settings) as world, open_world(settings) as other:
        await furnish(world)
        following = asyncio.create_task(world.workspaces.follow_changes())
        id_ = (await list_templates(world, T, language_tag="en", template_type=None))[0].id

        async def sent() -> tuple[int | None, str]:
            workspace = await world.workspaces.of(T)
            compiled = await workspace.template(id_)
            assert compiled is not None
            return workspace.revision_of(id_), compiled.render({"code": "1"}).subject

        first = await sent()
        n = 0

        async def followed() -> bool:
            nonlocal n
            n += 1
            await put(other, f"p{n}")
            return await sent() != first

        await eventually(followed)
        number, subject = await sent()
        await revisions.restore_revision(other, T, id_, 1)

        async def back() -> bool:
            return (await sent())[1] == first[1]

        await eventually(back)
        assert first == (1, "m0 1")
        assert number is not None
        assert subject == f"p{number - 1} 1"
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


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

        @examples(
            max_examples=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(_STEPS)
        def check(steps: list[tuple[str, str]]) -> None:
            runner.run(_follow(world, f"x-{next(tags)}", steps))

        try:
            check()
        finally:
            runner.run(opened.__aexit__(None, None, None))


async def _follow(world: World, tag: str, steps: list[tuple[str, str]]) -> None:
    model = Model()
    id_ = (await _start(world, tag, model)).place.id
    for what, mark in steps:
        await _step(world, tag, id_, model, what, mark)
        await _compare(world, tag, id_, model)
        if model.latest == 0 and model.draft is None:
            id_ = (await _start(world, tag, model)).place.id


async def _start(world: World, tag: str, model: Model) -> revisions.TemplateDraft:
    new = templates.NewTemplate(
        language_tag=tag, template_type="SignIn", details=json.dumps(details("a"))
    )
    model.draft = ("a", model.latest)
    return await revisions.start_draft(world, T, new)


async def _step(world: World, tag: str, id_: str, model: Model, what: str, mark: str) -> None:
    """Do it, and have the model do it; what is refused changes neither."""
    if (refused := model.refusal(what, mark)) is not None:
        with pytest.raises(refused):
            await _do(world, tag, id_, what, mark)
        return
    await _do(world, tag, id_, what, mark)
    model.do(what, mark)


async def _do(world: World, tag: str, id_: str, what: str, mark: str) -> None:
    match what:
        case "put":
            await put(world, mark, tag)
        case "draft":
            await revisions.save_draft(world, T, id_, details(mark))
        case "publish":
            await revisions.publish_drafts(world, T, [id_])
        case "drop":
            await revisions.drop_draft(world, T, id_)
        case "delete":
            await delete_template(world, T, id_)
        case _:
            await revisions.restore_revision(world, T, id_, int(mark))


async def _compare(world: World, tag: str, id_: str, model: Model) -> None:
    live = await list_templates(world, T, language_tag=tag, template_type=None)
    expected = [] if model.live is None else [details(model.live)]
    assert [json.loads(row.details) for row in live] == expected
    if model.latest == 0 and model.draft is None:
        histories = await revisions.list_histories(world, T, None, language_tag=tag)
        assert histories.rows == []
        return
    history = await revisions.get_history(world, T, id_, None)
    assert history.place.latest == model.latest
    assert [row.number for row in history.revisions.rows] == sorted(model.history, reverse=True)
    for number, mark in model.history.items():
        _, row = await revisions.get_revision(world, T, id_, number)
        assert (None if row.details is None else json.loads(row.details)) == (
            None if mark is None else details(mark)
        )
