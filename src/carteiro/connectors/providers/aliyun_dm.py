"""Aliyun Direct Mail: ``SingleSendMail``, signed as its RPC interface asks (HMAC-SHA1)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ValidationError
from pydantic_core import PydanticCustomError

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, HtmlTemplate
from carteiro.connectors.contract import ConnectorConfig, Services, Written
from carteiro.connectors.headers import display_name, header_text
from carteiro.connectors.http.api import (
    FORM_HEADERS,
    Fault,
    HttpRequest,
    OwnTemplatesConnector,
    form_body,
    json_object,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.credentials import hmac_base64
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, TRANSIENT, Refusal
from carteiro.connectors.metadata import Capabilities, TemplateSupport
from carteiro.connectors.presentation import provider
from carteiro.errors import InvalidResponse
from carteiro.model.addresses import EmailAddress, Mailbox, parse_address
from carteiro.model.display_names import clean_name, read_name
from carteiro.model.issues import issues_of
from carteiro.model.message import Message, Receipt, Rendered
from carteiro.model.sender_dns import SenderDns
from carteiro.model.wire import Strict

_HOME = "cn-hangzhou"
_REGIONS = (
    (_HOME, "China (Hangzhou)"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "United States (formerly Sydney)"),
    ("eu-central-1", "Germany (Frankfurt)"),
    ("us-east-1", "US (Virginia)"),
)
_UNQUOTED = [("+", "%20"), *((each, f"%{ord(each):02X}") for each in "!$'()*,/:?@")]
_CLOCK = "Set this machine's clock."
_ADDRESS = "Create accountName as a sender address in the console, in this region."


class _Sent(Strict):
    EnvId: str
    RequestId: str


class _Refused(Strict):
    Code: str
    Message: str
    RequestId: str | None = None
    HostId: str | None = None
    Recommend: str | None = None


def _endpoint(value: str) -> str:
    if value and not (value.startswith("https://") and value.isprintable() and " " not in value):
        raise PydanticCustomError("invalid_string:url", "Expected an https address")
    return value


class AliyunConfig(ConnectorConfig):
    """Whose account, which region, and who the mail is from."""

    access_key_id: str = form.text(
        "accessKeyId", "Access key ID", "Of a RAM user that may call dm:SingleSendMail.",
        secret=True, placeholder="<access-key-id>",
    )  # fmt: skip
    access_key_secret: str = form.text(
        "accessKeySecret", "Access key secret", "The secret that belongs to the access key.",
        secret=True, placeholder="<access-key-secret>",
    )  # fmt: skip
    region_id: Literal[
        "cn-hangzhou", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "us-east-1"
    ] = form.select("regionId", "Region", "Where Direct Mail is set up.", _REGIONS, default=_HOME)
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = form.text(
        "endpoint", "Endpoint", "Instead of the region's public one, such as one inside a VPC.",
        required=False, placeholder="https://dm.aliyuncs.com/",
    )  # fmt: skip
    account_name: form.AddressText = form.text(
        "accountName", "Account name", "The sender address, as created in the console.",
        placeholder="<noreply@example.com>",
    )  # fmt: skip
    from_alias: str | None = form.text(
        "fromAlias", "From alias", "The sender's name; Aliyun takes up to 15 characters.",
        required=False,
    )  # fmt: skip
    templates: Covering[HtmlTemplate] = config_templates.field(None)


class AliyunDmConnector(OwnTemplatesConnector):
    """Hand messages to Aliyun Direct Mail."""

    metadata = provider(
        "aliyun-direct-mail",
        "Aliyun Direct Mail",
        description={
            "en": "Send through Alibaba Cloud's Direct Mail, in China and four other regions.",
            "pt-BR": "Envie pelo Direct Mail da Alibaba Cloud, na China e em mais quatro regiões.",
        },
        logo=logos.initials("DM", "#b8500a"),
        setup=(
            "In the Direct Mail console of your region verify a domain and "
            "create a sender address of the type *triggered*. Make an access key for a RAM user "
            "with `dm:SingleSendMail`."
        ),
        config=AliyunConfig,
        target="aliyun-dm",
    )
    # Aliyun documents HtmlBody and TextBody as alternatives, and fixes the sender's address.
    capabilities = Capabilities(templates=TemplateSupport.OWN, reply_to=True, sender_name=True)
    records = SenderDns(
        spf="spf1.dm.aliyun.com",
        selectors=("aliyun-cn-hangzhou",),
        varies=True,
        ask_for="The domain's page in the Direct Mail console shows the records.",
        servers=("smtpdm.aliyun.com", "smtpdm-*.aliyuncs.com"),
        sources=(
            "https://www.alibabacloud.com/help/doc-detail/39397.htm",
            "https://www.alibabacloud.com/help/en/direct-mail/what-is-dkim-and-how-to-configure-dkim-records",
        ),
    )
    config_model = AliyunConfig
    refusals = (
        Refusal("InvalidMailAddress.NotFound", PERMANENT, _ADDRESS),
        Refusal("InvalidMailAddressStatus.Malformed", PERMANENT, _ADDRESS),
        Refusal("InvalidMailAddressDomainStatus.Malformed", PERMANENT, "Verify the domain."),
        Refusal("InvalidMailAddressSendType.Malformed", PERMANENT,
                "Create the sender address with the type for triggered mail."),
        Refusal("InvalidToAddress", PERMANENT, "Check the recipient."),
        Refusal("InvalidToAddress.Spam", PERMANENT, "Aliyun does not send to this recipient."),
        Refusal("InvalidFromALias.Malformed", PERMANENT, "Shorten fromAlias or sendFrom."),
        Refusal("InvalidSubject.Malformed", PERMANENT, "Check the subject: up to 256 characters."),
        Refusal("InvalidBody", PERMANENT, "Check the content."),
        Refusal("InvalidSendMail.Spam", PERMANENT, "Aliyun takes the content for spam."),
        Refusal("InvalidAccessKeyId.NotFound", PERMANENT, "Check accessKeyId."),
        Refusal("SignatureDoesNotMatch", PERMANENT, "Check accessKeySecret."),
        Refusal("IncompleteSignature", PERMANENT, "Check accessKeySecret."),
        Refusal("InvalidTimeStamp.Expired", PERMANENT, _CLOCK),
        Refusal("Forbidden.RAM", PERMANENT, "Allow dm:SingleSendMail to the key's RAM user."),
        Refusal("Throttling", THROTTLED, "Send more slowly, or raise the quota."),
        Refusal("InDebt", PERMANENT, "The account is in arrears: see its billing."),
        Refusal("ServiceUnavailable", TRANSIENT, "Nothing to change: try again."),
        Refusal("InternalError", TRANSIENT, "Nothing to change: try again."),
    )  # fmt: skip

    def __init__(self, config: AliyunConfig, services: Services) -> None:
        super().__init__(config, services)
        place = "" if config.region_id == _HOME else f".{config.region_id}"
        self._alias = read_name(config.from_alias or "")
        self._url = config.endpoint or f"https://dm{place}.aliyuncs.com/"

    def written(self, message: Message) -> Written:
        content = words(message)
        sender = Mailbox(parse_address(self.config.account_name), self._from_name(content))
        return Written(sender=sender, reply_to=content.reply_to)

    def sends_from(self) -> EmailAddress | None:
        return parse_address(self.config.account_name)

    def request(self, message: Message) -> HttpRequest:
        content = words(message)
        reply_to = content.reply_to
        now = datetime.fromtimestamp(self.services.clock.now() // 1000, UTC)
        parameters = {
            "Action": "SingleSendMail",
            "Format": "json",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "Version": "2015-11-23",
            "AccessKeyId": self.config.access_key_id,
            "AccountName": self.config.account_name,
            "ReplyToAddress": "false",
            "ReplyAddress": str(reply_to.address) if reply_to else None,
            "ReplyAddressAlias": display_name(reply_to) if reply_to else None,
            "AddressType": "1",
            "ToAddress": str(message.to),
            "FromAlias": self._from_name(content),
            "Subject": header_text(content.subject),
            "HtmlBody": content.html,
            "TextBody": content.text if content.html is None else None,
            "RegionId": self.config.region_id,
            "SignatureNonce": str(uuid.uuid4()),
            "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        body = form_body(parameters)
        signed = form_body({"Signature": signature(body, self.config.access_key_secret)})
        return HttpRequest(url=self._url, headers=FORM_HEADERS, body=body + b"&" + signed)

    def _from_name(self, content: Rendered) -> str | None:
        return clean_name(content.sender.name or self._alias) or None

    def receipt(self, reply: HttpReply) -> Receipt:
        try:
            sent = _Sent.model_validate(reply.json())
        except ValidationError as error:
            raise InvalidResponse(
                "Aliyun Direct Mail answered without EnvId and RequestId.",
                data=_issues(error, _Sent),
            ) from None
        return Receipt(provider_id=sent.EnvId, detail=f"EnvId {sent.EnvId}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        if not body:
            return Fault(data={"message": said}, text=said, error=InvalidResponse)
        try:
            refused = _Refused.model_validate(body)
        except ValidationError as error:
            return Fault(data=_issues(error, _Refused), text=said, error=InvalidResponse)
        data: dict[str, Any] = refused.model_dump(exclude_none=True, exclude={"Message"})
        data = {"errorDescription": refused.Message, **data}
        # Its kinds, such as Throttling.User, mean the same.
        code = "Throttling" if refused.Code.startswith("Throttling.") else refused.Code
        # A refused signature repeats the whole request.
        text = refused.Message.partition("server string to sign")[0]
        return Fault(data={**data, "errorDescription": text}, text=text, code=code)


def signature(form: bytes, secret: str) -> str:
    """The ``Signature`` of a POST with this form (Alibaba Cloud's RPC style, version 1)."""
    query = "&".join(sorted(form.decode().split("&")))
    # Of the reserved characters, forms leave some; and they write a blank as a plus.
    for character, code in _UNQUOTED:
        query = query.replace(character, code)
    # Encoding the pairs once more concerns these three characters only.
    query = query.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    return hmac_base64(f"{secret}&".encode(), f"POST&%2F&{query}", "sha1")


def _issues(error: ValidationError, model: type[Strict]) -> dict[str, Any]:
    return {"issues": issues_of(error, model), "name": "ZodError"}
