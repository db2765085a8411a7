"""`/api/logs`."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from carteiro.api.answers import tenant
from carteiro.api.management.flags import flag
from carteiro.api.management.logs.schemas import (
    COUNTED_AT_MOST,
    Moment,
    log_response,
    time_window,
)
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import LOGS
from carteiro.flows.administer.tenant import audit_log as flow
from carteiro.storage.tenancy.logs import LogFilter

router = ApiRouter(
    tag="Audit log",
    needs=LOGS,
    answers={
        "list_logs": list[tenant.LogEntry],
        "get_log": tenant.LogEntry,
    },
)


@router.get("/logs")
async def list_logs(
    caller: Caller,
    request: Request,
    response: Response,
    page: Paged,
    *,
    userId: str | None = None,
    applicationId: str | None = None,
    logKey: str | None = None,
    start_time: Moment = None,
    end_time: Moment = None,
    enableCap: str = "",
) -> list[dict[str, Any]]:
    """What was done, newest first, without webhooks. `enableCap` counts to 10,001."""
    start, end = time_window(start_time, end_time)
    wanted = LogFilter(
        key=logKey, user_id=userId, application_id=applicationId, start=start, end=end
    )
    cap = COUNTED_AT_MOST if flag(enableCap) else None
    found = await flow.find_logs(caller.world, caller.tenant_id, wanted, page, count_at_most=cap)
    tell_total(request, response, page, found.total, capped=found.capped)
    return [log_response(row) for row in found.rows]


@router.get("/logs/{id}")
async def get_log(caller: Caller, id: str) -> dict[str, Any]:
    """One entry, of a webhook, too."""
    return log_response(await flow.get_log(caller.world, caller.tenant_id, id))
