"""Amazon SES, API v2: ``SendEmail`` with simple content, signed by botocore's own signer."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from pydantic import StringConstraints

from carteiro.connectors import config_templates, form, logos
from carteiro.connectors.config_templates import Covering, HtmlTemplate
from carteiro.connectors.contract import ConnectorConfig, Services, Written
from carteiro.connectors.headers import (
    AUTO_SUBMITTED,
    ascii_mailbox_text,
    header_text,
    sender_of,
)
from carteiro.connectors.http.api import (
    JSON_HEADERS,
    Fault,
    HttpRequest,
    OwnTemplatesConnector,
    json_body,
    json_object,
    text_at,
    words,
)
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.refusals import PERMANENT, THROTTLED, TRANSIENT, Refusal
from carteiro.connectors.presentation import own_words, provider
from carteiro.errors import InvalidResponse
from carteiro.model.addresses import EmailAddress, Mailbox, parse_mailbox
from carteiro.model.message import Message, Receipt, Rendered
from carteiro.model.sender_dns import SenderDns

_KEYS = "Check accessKeyId and accessKeySecret, and that they are of this account and region."


class AwsSesConfig(ConnectorConfig):
    """Whose account, which region, and who the mail is from."""

    access_key_id: form.HeaderText = form.text(
        "accessKeyId", "Access key ID", "Of an IAM user that may call ses:SendEmail.",
        secret=True, placeholder="<access-key-id>",
    )  # fmt: skip
    access_key_secret: str = form.text(
        "accessKeySecret", "Access key secret", "The secret that belongs to the access key.",
        secret=True, placeholder="<access-key-secret>",
    )  # fmt: skip
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")] = form.text(
        "region", "Region", "The SES region, such as eu-west-1.", placeholder="<region>"
    )
    email_address: form.OptionalMailboxText | None = form.text(
        "emailAddress", "Email address", "The verified sender: `address` or `Name <address>`.",
        required=False, placeholder="<email-address>",
    )  # fmt: skip
    email_address_identity_arn: str | None = form.text(
        "emailAddressIdentityArn", "Email address identity ARN",
        "For a sender that another account lets you use.",
        required=False, placeholder="<email-address-identity-arn>",
    )  # fmt: skip
    feedback_forwarding_email_address: form.OptionalAddressText | None = form.text(
        "feedbackForwardingEmailAddress", "Feedback forwarding email address",
        "Where bounces and complaints are forwarded to.",
        required=False, placeholder="<feedback-forwarding-email-address>",
    )  # fmt: skip
    feedback_forwarding_email_address_identity_arn: str | None = form.text(
        "feedbackForwardingEmailAddressIdentityArn",
        "Feedback forwarding email address identity ARN",
        "For a forwarding address that another account lets you use.",
        required=False, placeholder="<feedback-forwarding-email-address-identity-arn>",
    )  # fmt: skip
    configuration_set_name: str | None = form.text(
        "configurationSetName", "Configuration set name",
        "The configuration set, for events and tracking.",
        required=False, placeholder="<configuration-set-name>",
    )  # fmt: skip
    templates: Covering[HtmlTemplate] = config_templates.field(None)


class AwsSesConnector(OwnTemplatesConnector):
    """Hand messages to Amazon SES."""

    metadata = provider(
        "aws-ses-mail",
        "Amazon SES",
        description={
            "en": "Send through Amazon Simple Email Service in your AWS account.",
            "pt-BR": "Envie pelo Amazon Simple Email Service da sua conta AWS.",
        },
        logo=logos.initials("SES", "#b4540a"),
        setup=(
            "Verify a domain or address in SES, ask to leave the sandbox, and make "
            "an access key for a user whose policy allows `ses:SendEmail` and nothing else."
        ),
        config=AwsSesConfig,
        target="aws-ses",
    )
    capabilities = own_words(headers=True)
    records = SenderDns(
        ask_for="The identity's page in the console of SES shows its three DKIM records.",
        servers=("email-smtp*.amazonaws.com",),
        sources=(
            "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-spf.html",
            "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html",
        ),
    )
    config_model = AwsSesConfig
    refusals = (
        Refusal("MessageRejected", PERMANENT,
                "Verify the sender, and in the sandbox the recipient, in this region."),
        Refusal("MailFromDomainNotVerifiedException", PERMANENT,
                "Finish the MAIL FROM domain of the identity in SES."),
        Refusal("AccountSuspendedException", PERMANENT, "AWS has suspended sending: ask AWS."),
        Refusal("SendingPausedException", TRANSIENT, "Sending is paused for the account or set."),
        Refusal("NotFoundException", PERMANENT, "Check configurationSetName and the region."),
        Refusal("BadRequestException", PERMANENT, "Check the sender and the addresses."),
        Refusal("LimitExceededException", THROTTLED, "Ask AWS for a higher sending quota."),
        Refusal("TooManyRequestsException", THROTTLED, "Ask AWS for a higher sending rate."),
        Refusal("ThrottlingException", THROTTLED, "Ask AWS for a higher sending rate."),
        Refusal("AccessDeniedException", PERMANENT, "Allow ses:SendEmail to the key's user."),
        Refusal("InvalidClientTokenId", PERMANENT, _KEYS),
        Refusal("UnrecognizedClientException", PERMANENT, _KEYS),
        Refusal("SignatureDoesNotMatch", PERMANENT, _KEYS),
        Refusal("InvalidSignatureException", PERMANENT, _KEYS + " Check this machine's clock."),
        Refusal("RequestExpired", PERMANENT, "Set this machine's clock."),
    )  # fmt: skip

    def __init__(self, config: AwsSesConfig, services: Services) -> None:
        super().__init__(config, services)
        self._url = f"https://email.{config.region}.amazonaws.com/v2/email/outbound-emails"
        self._from = parse_mailbox(config.email_address) if config.email_address else None
        keys = ReadOnlyCredentials(config.access_key_id, config.access_key_secret, None)
        self._signer = SigV4Auth(keys, "ses", config.region)
        forwarding_arn = config.feedback_forwarding_email_address_identity_arn
        fixed = {
            "FromEmailAddressIdentityArn": config.email_address_identity_arn,
            "FeedbackForwardingEmailAddress": config.feedback_forwarding_email_address,
            "FeedbackForwardingEmailAddressIdentityArn": forwarding_arn,
            "ConfigurationSetName": config.configuration_set_name,
        }
        self._fixed = {member: value for member, value in fixed.items() if value}

    def written(self, message: Message) -> Written:
        content = words(message)
        return Written(sender=self._sender(content), reply_to=content.reply_to)

    def sends_from(self) -> EmailAddress | None:
        return self._from.address if self._from else None

    def request(self, message: Message) -> HttpRequest:
        body = json_body(self._members(message, words(message)))
        # The signer would hash the body again without the header.
        digest = hashlib.sha256(body).hexdigest()
        request = AWSRequest(
            "POST", self._url, {**JSON_HEADERS, "X-Amz-Content-SHA256": digest}, body
        )
        self._signer.add_auth(request)
        return HttpRequest(url=self._url, headers=dict(request.headers.items()), body=body)

    def _members(self, message: Message, content: Rendered) -> dict[str, Any]:
        sender = self._sender(content)
        simple: dict[str, Any] = {
            "Subject": {"Data": header_text(content.subject), "Charset": "utf8"},
            "Body": _body(content),
            "Headers": [{"Name": AUTO_SUBMITTED[0], "Value": AUTO_SUBMITTED[1]}],
        }
        members: dict[str, Any] = {"Content": {"Simple": simple}}
        if sender is not None:
            members["FromEmailAddress"] = ascii_mailbox_text(sender)
        members["Destination"] = {"ToAddresses": [str(message.to)]}
        if content.reply_to is not None:
            members["ReplyToAddresses"] = [ascii_mailbox_text(content.reply_to)]
        return {**members, **self._fixed}

    def _sender(self, content: Rendered) -> Mailbox | None:
        if self._from is not None:
            return sender_of(content, self._from)
        address = content.sender.address
        return Mailbox(address, content.sender.name) if address else None

    def receipt(self, reply: HttpReply) -> Receipt:
        provider_id = text_at(json_object(reply.text), "MessageId")
        if provider_id is None:
            raise InvalidResponse("Amazon SES answered without a MessageId.")
        return Receipt(provider_id=provider_id, detail=f"MessageId {provider_id}")

    def fault(self, reply: HttpReply, said: str) -> Fault:
        body = json_object(said)
        text = text_at(body, "message") or text_at(body, "Message") or said
        kind = reply.headers.get("x-amzn-ErrorType") or text_at(body, "__type") or ""
        code = kind.partition(":")[0].rpartition("#")[2] or None
        return Fault(data={"message": text}, text=text, code=code, error=InvalidResponse)


def _body(content: Rendered) -> dict[str, Any]:
    # SES documents 7-bit ASCII for content without a charset.
    body = {"Html": {"Data": content.html, "Charset": "UTF-8"}} if content.html is not None else {}
    return {**body, "Text": {"Data": content.text, "Charset": "UTF-8"}}
