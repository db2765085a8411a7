"""Signatures and shapes against implementations and documents that are not ours."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl

import botocore.session
import jsonschema
import pytest
from botocore.awsrequest import AWSResponse
from werkzeug.serving import make_server

from carteiro.connectors.contract import Services
from carteiro.connectors.http.api import form_body
from carteiro.connectors.providers.aliyun_dm import signature
from carteiro.connectors.registry import Registry
from carteiro.errors import ConnectorError
from carteiro.model.message import Message
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_contract import fields
from carteiro.testing.http_provider import client_of, server_tls
from provider_parts import documented

FACTS = json.loads((Path(__file__).parents[3] / "fixtures/openapi_facts.json").read_text("utf-8"))
VECTOR = {
    "AccessKeyId": "testid",
    "AccountName": "<a%b'>",
    "Action": "SingleSendMail",
    "AddressType": "1",
    "Format": "XML",
    "HtmlBody": "4",
    "RegionId": "cn-hangzhou",
    "ReplyToAddress": "true",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "c1b2c332-4cfb-4a0f-b8cc-ebe622aa0a5c",
    "SignatureVersion": "1.0",
    "Subject": "3",
    "TagName": "2",
    "Timestamp": "2016-10-20T06:27:56Z",
    "ToAddress": "1@test.com",
    "Version": "2015-11-23",
}
"""The example of Aliyun's documentation of its signature."""
AWKWARD = {**VECTOR, "Subject": "Olá *+~ /?=&'()! 你好 🏳️‍🌈", "HtmlBody": "a b\r\n%7E%20"}


# --- Aliyun -----------------------------------------------------------------------------------


def test_aliyun_signs_the_published_vector() -> None:
    assert signature(form_body(VECTOR), "testsecret") == "llJfXJjBW3OacrVgxxsITgYaYm0="


@pytest.mark.parametrize("parameters", [VECTOR, AWKWARD])
def test_aliyun_signs_as_alibabas_two_sdks(parameters: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from alibabacloud_tea_openapi.utils import Utils
        from aliyunsdkcore.auth.composer import rpc_signature_composer

    url, _ = rpc_signature_composer.get_signed_url(
        dict(parameters), "testid", "testsecret", "XML", "POST", {}
    )
    signed = dict(parse_qsl(url.partition("?")[2], keep_blank_values=True))
    theirs = signed.pop("Signature")

    # The old SDK sets the time, the nonce and a type of its own before it signs.
    assert signature(form_body(signed), "testsecret") == theirs
    assert signature(form_body(parameters), "testsecret") == Utils.get_rpcsignature(
        parameters, "POST", "testsecret"
    )


def test_aliyuns_parameters_are_those_of_its_sdk(
    make: Callable[..., Any], message: Message
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from alibabacloud_dm20151123.models import SingleSendMailRequest

    known = {name.replace("_", "") for name in SingleSendMailRequest.__init__.__annotations__}
    common = {"action", "format", "signaturemethod", "signatureversion", "version", "accesskeyid"}
    common |= {"regionid", "signaturenonce", "timestamp", "signature"}

    ours = fields(make("aliyun-direct-mail").request(message))

    assert {name.lower() for name in ours} - common <= known


# --- Amazon SES -------------------------------------------------------------------------------


def by_hand(request: Any, secret: str) -> str:
    """Signature Version 4 as AWS documents it, step by step."""
    found = re.search(
        r"Credential=\w+/(\d+)/([\w-]+)/ses/aws4_request, SignedHeaders=([\w;-]+), ",
        request.headers["Authorization"],
    )
    assert found
    day, region, names = found.groups()
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers["host"] = request.url.split("/")[2]
    canonical = "\n".join(
        [
            "POST",
            "/v2/email/outbound-emails",
            "",
            *(f"{name}:{headers[name]}" for name in names.split(";")),
            "",
            names,
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    scope = f"{day}/{region}/ses/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def test_ses_is_signed_as_aws_documents_it(make: Callable[..., Any], message: Message) -> None:
    config = documented("aws-ses-mail")

    request = make("aws-ses-mail").request(message)

    stated = request.headers["Authorization"].rpartition("Signature=")[2]
    assert stated == by_hand(request, config["accessKeySecret"])
    assert {"host", "x-amz-date"} <= set(
        re.findall(r"[\w-]+", request.headers["Authorization"].partition("SignedHeaders=")[2])
    )


def test_ses_sends_what_botocores_client_sends(make: Callable[..., Any], message: Message) -> None:
    config = documented("aws-ses-mail")
    ours = make("aws-ses-mail").request(message)
    client = botocore.session.get_session().create_client(
        "sesv2",
        region_name=config["region"],
        aws_access_key_id=config["accessKeyId"],
        aws_secret_access_key=config["accessKeySecret"],
    )
    seen = []

    def stop(request: Any, **_: Any) -> AWSResponse:
        seen.append(request)
        return AWSResponse(request.url, 200, {}, _Raw())

    client.meta.events.register("before-send.sesv2", stop)

    client.send_email(**fields(ours))  # it validates against its model

    assert seen[0].url == ours.url
    assert json.loads(seen[0].body) == fields(ours)
    scope = re.compile(r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/ses/aws4_request")
    assert scope.match(seen[0].headers["Authorization"].decode())
    assert scope.match(ours.headers["Authorization"])


class _Raw:
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield b'{"MessageId": "m"}'


class _Moto:
    """moto's server, with TLS, in the place of Amazon."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._server = make_server(
            "127.0.0.1",
            0,
            DomainDispatcherApplication(create_backend_app),
            threaded=True,
            ssl_context=server_tls("email.eu-west-1.amazonaws.com"),
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


async def test_moto_takes_a_mail_of_a_verified_sender_and_refuses_others(message: Message) -> None:
    from moto.sesv2.models import sesv2_backends

    config = documented("aws-ses-mail")
    config.pop("configurationSetName")
    factory = Registry.discover().get("aws-ses-mail")
    with _Moto() as moto:
        http = client_of(moto)  # type: ignore[arg-type]
        services = Services(http=http, clock=FrozenClock())
        connector = factory(factory.parse(config), services)
        with pytest.raises(ConnectorError) as refused:
            await connector.send(message)
        sesv2_backends["123456789012"]["eu-west-1"].create_email_identity(
            "no-reply@example.test", [], None, None
        )
        receipt = await connector.send(message)
        await http.close()

    assert refused.value.code == "connector.invalid_response"
    assert "Verify the sender" in refused.value.message
    assert receipt.provider_id


# --- OpenAPI documents ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "factory_id"),
    [
        ("sendgrid", "sendgrid-email-service"),
        ("mailgun", "mailgun-email"),
        ("postmark", "postmark-mail"),
    ],
)
def test_requests_fit_the_vendors_openapi_documents(
    vendor: str, factory_id: str, make: Callable[..., Any], message: Message
) -> None:
    body = fields(make(factory_id).request(message))

    jsonschema.validate(body, FACTS[vendor]["schema"], format_checker=jsonschema.FormatChecker())


def test_the_openapi_facts_would_notice_a_wrong_member(
    make: Callable[..., Any], message: Message
) -> None:
    body = fields(make("sendgrid-email-service").request(message))

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**body, "reply": "x"}, FACTS["sendgrid"]["schema"])
