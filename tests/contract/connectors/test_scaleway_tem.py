"""Scaleway Transactional Email keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.scaleway_tem import ScalewayTemConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("scaleway-tem")


class TestScalewayTem(HttpApiContract):
    factory = ScalewayTemConnector
    author = pair("email", "name", "from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["secretKey"],)
    broken = (
        broken_by_absence(CONFIG, "secretKey", "projectId", "fromEmail", "templates")
        + broken_templates(CONFIG)
        + [({**CONFIG, "region": "nl-ams"}, ["region"])]
    )
    accepted = Answer(200, b'{"emails": [{"id": "e1", "message_id": "m1", "status": "new"}]}')
    refusal = refused(
        400, f'{{"type": "invalid_arguments", "message": "{ECHO} {CONFIG["secretKey"]}"}}'
    )
    wrong_key = refused(401, f'{{"type": "denied_authentication", "message": "{ECHO}"}}')
