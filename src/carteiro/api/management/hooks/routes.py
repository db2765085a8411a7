"""`/api/hooks`."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import tenant
from carteiro.api.management.flags import flag
from carteiro.api.management.hooks.schemas import (
    CreateHook,
    TestHook,
    UpdateHook,
    hook_response,
)
from carteiro.api.management.logs.schemas import (
    COUNTED_AT_MOST,
    Moment,
    log_response,
    time_window,
)
from carteiro.api.pagination import MaybePaged, Paged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.errors import MissingEvents
from carteiro.flows.administer.tenant import hooks as flow
from carteiro.flows.administer.tenant.hooks import NewHook
from carteiro.storage.tenancy.logs import Executions, LogFilter

router = ApiRouter(
    tag="Webhooks",
    answers={
        "list_hooks": list[tenant.Hook],
        "create_hook": tenant.Hook,
        "get_hook": tenant.Hook,
        "update_hook": tenant.Hook,
        "renew_signing_key": tenant.Hook,
        "list_recent_logs": list[tenant.LogEntry],
    },
    shown={
        "renew_signing_key": Shown(by="get_hook"),
    },
)


@router.get("/hooks")
async def list_hooks(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    includeExecutionStats: str = "",
) -> list[dict[str, Any]]:
    """The hooks, newest first."""
    found = await flow.list_hooks(caller.world, caller.tenant_id, page)
    tell_total(request, response, page, found.total)
    if not flag(includeExecutionStats):
        return [hook_response(hook) for hook in found.rows]
    stats = await flow.executions(caller.world, caller.tenant_id)
    return [hook_response(hook, stats.get(hook.row.id, Executions())) for hook in found.rows]


@router.post("/hooks", status_code=201)
async def create_hook(caller: Caller, body: CreateHook) -> dict[str, Any]:
    """Have an endpoint told of events. Its webhooks are signed with the hook's own key."""
    if body.event is None and body.events is None:
        raise MissingEvents
    new = NewHook(
        name=body.name or "",
        event=body.event,
        events=body.events or (),
        config=body.config.stored(),
        enabled=body.enabled is not False,
    )
    return hook_response(await flow.create_hook(caller.world, caller.tenant_id, new, by=caller.by))


@router.get("/hooks/{id}")
async def get_hook(
    caller: Caller,
    id: str,
    includeExecutionStats: str = "",
) -> dict[str, Any]:
    """One hook. Any value of `includeExecutionStats` asks for the statistics here."""
    hook = await flow.get_hook(caller.world, caller.tenant_id, id)
    if not includeExecutionStats:
        return hook_response(hook)
    stats = await flow.executions(caller.world, caller.tenant_id)
    return hook_response(hook, stats.get(id, Executions()))


@router.patch("/hooks/{id}")
async def update_hook(caller: Caller, id: str, body: UpdateHook) -> dict[str, Any]:
    """Change a hook; `config` is replaced as a whole."""
    hook = await flow.update_hook(caller.world, caller.tenant_id, id, body.changes(), by=caller.by)
    return hook_response(hook)


@router.patch("/hooks/{id}/signing-key")
async def renew_signing_key(caller: Caller, id: str) -> dict[str, Any]:
    """Sign with a new key from now on."""
    return hook_response(
        await flow.renew_signing_key(caller.world, caller.tenant_id, id, by=caller.by)
    )


@router.delete("/hooks/{id}", status_code=204, response_class=Response)
async def delete_hook(caller: Caller, id: str) -> None:
    """Delete a hook; what was still to be delivered to it is dropped."""
    await flow.delete_hook(caller.world, caller.tenant_id, id, by=caller.by)


@router.get("/hooks/{id}/recent-logs")
async def list_recent_logs(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    *,
    id: str,
    logKey: str | None = None,
    start_time: Moment = None,
    end_time: Moment = None,
    enableCap: str = "",
) -> list[dict[str, Any]]:
    """A hook's calls and their answers, newest first; without a bound those of the last day."""
    start, end = time_window(start_time, end_time)
    wanted = LogFilter(hook_id=id, key=logKey, start=start, end=end)
    cap = COUNTED_AT_MOST if flag(enableCap) else None
    found = await flow.recent_logs(caller.world, caller.tenant_id, wanted, page, count_at_most=cap)
    tell_total(request, response, page, found.total, capped=found.capped)
    return [log_response(row, with_tenant=False) for row in found.rows]


@router.post("/hooks/{id}/test", status_code=204, response_class=Response)
async def test_hook(caller: Caller, id: str, body: TestHook) -> None:
    """Send a made-up payload for each event to the given config."""
    await flow.test_hook(caller.world, caller.tenant_id, id, body.events, body.config.stored())
