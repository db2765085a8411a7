"""`/api/dkim-keys`: keys that sign what leaves by SMTP, and the records that publish them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response

from carteiro.api.answers import mail
from carteiro.api.management.dkim_keys.schemas import CreateDkimKey, UseDkimKey, key_response
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import CONNECTORS
from carteiro.flows.administer.mail import dkim_keys as flow
from carteiro.flows.administer.mail.dkim_keys import KeyName

router = ApiRouter(
    tag="DKIM keys",
    needs=CONNECTORS,
    answers={
        "list_dkim_keys": list[mail.DkimKey],
        "get_dkim_key": mail.DkimKey,
        "create_dkim_key": mail.DkimKey,
        "use_dkim_key": mail.DkimKey,
    },
    shown={"use_dkim_key": Shown(by="get_dkim_key")},
)
Domain = Annotated[str, Path(max_length=255)]
Selector = Annotated[str, Path(max_length=63)]


@router.get("/dkim-keys")
async def list_dkim_keys(caller: Caller) -> list[dict[str, Any]]:
    """The keys by domain, the newest first, each with the record that publishes it."""
    return [key_response(row) for row in await flow.list_keys(caller.world, caller.tenant_id)]


@router.post("/dkim-keys", status_code=201)
async def create_dkim_key(caller: Caller, body: CreateDkimKey) -> dict[str, Any]:
    """Make a key for a domain. It signs nothing before it is used: publish its record first."""
    row = await flow.make_key(
        caller.world,
        caller.tenant_id,
        domain=body.domain,
        algorithm=body.algorithm,
        selector=body.selector,
        by=caller.by,
    )
    return key_response(row)


@router.get("/dkim-keys/{domain}/{selector}")
async def get_dkim_key(caller: Caller, domain: Domain, selector: Selector) -> dict[str, Any]:
    """One key."""
    name = KeyName(domain=domain, selector=selector)
    return key_response(await flow.get_key(caller.world, caller.tenant_id, name))


@router.post("/dkim-keys/{domain}/{selector}/use")
async def use_dkim_key(
    caller: Caller, domain: Domain, selector: Selector, body: UseDkimKey
) -> dict[str, Any]:
    """Sign with this key from now on; the one before it of its kind rests.

    Refused while the DNS does not publish the key, but for `unseen`.
    """
    name = KeyName(domain=domain, selector=selector)
    row = await flow.use_key(
        caller.world, caller.tenant_id, name, unseen=bool(body.unseen), by=caller.by
    )
    return key_response(row)


@router.delete("/dkim-keys/{domain}/{selector}", status_code=204, response_class=Response)
async def delete_dkim_key(caller: Caller, domain: Domain, selector: Selector) -> None:
    """Delete a key for good. Once the one that signs is gone, mail goes unsigned."""
    name = KeyName(domain=domain, selector=selector)
    await flow.delete_key(caller.world, caller.tenant_id, name, by=caller.by)
