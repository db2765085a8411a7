"""`/api/senders`: SPF, DKIM, DMARC and MX of the domains that mail comes from."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from carteiro.api.answers import mail
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import CONNECTORS
from carteiro.connectors.dkim.keys import SELECTOR
from carteiro.errors import InvalidInput
from carteiro.flows.administer.mail.senders import SenderReport, examine_senders
from carteiro.model.issues import issue
from carteiro.senders.findings import Finding
from carteiro.senders.health import MOST_SELECTORS

router = ApiRouter(
    tag="Senders", needs=CONNECTORS, answers={"examine_senders": list[mail.SenderReport]}
)


@router.get("/senders", name="examine_senders")
async def examine(
    caller: Caller,
    connectorId: Annotated[str | None, Query(max_length=128)] = None,
    selector: Annotated[
        list[str] | None,
        Query(description="DKIM selectors to look at beside those of the provider."),
    ] = None,
) -> list[dict[str, Any]]:
    """How receivers see the sender of each connector for mail, with the record that would mend it.

    The DNS is asked each time; what it does not answer within its time is a finding, too.
    """
    selectors = selector or []
    if len(selectors) > MOST_SELECTORS or not all(map(SELECTOR.fullmatch, selectors)):
        text = f"At most {MOST_SELECTORS} selectors of lower-case letters, digits and hyphens."
        raise InvalidInput([issue("custom", ["selector"], text)])
    reports = await examine_senders(
        caller.world, caller.tenant_id, connector=connectorId, selectors=selectors
    )
    return [_response(report) for report in reports]


def _response(report: SenderReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "connectorId": report.connector_id,
        "address": report.address,
        "domain": report.domain,
        "problem": report.problem,
        "findings": [_finding(one) for one in report.findings],
    }


def _finding(one: Finding) -> dict[str, Any]:
    record = one.record
    return {
        "check": one.check,
        "verdict": one.verdict,
        "message": one.message,
        "record": record and {"type": record.type, "name": record.name, "value": record.value},
    }
