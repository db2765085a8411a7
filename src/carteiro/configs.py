"""The connectors' configs as classes, for type checkers and for completion in an editor.

    SmtpConfig(host="127.0.0.1", port=1025, from_email="Acme <no-reply@acme.test>", …)

Fields have Python's names; the wire's (``fromEmail``) are taken, too. A misspelt one, or a value of
another type, is found before anything runs.
"""

from typing import TYPE_CHECKING

from carteiro.lazy import names_of

if TYPE_CHECKING:
    from carteiro.connectors.http.endpoint import HttpEndpointConfig
    from carteiro.connectors.providers.aliyun_dm import AliyunConfig
    from carteiro.connectors.providers.aws_ses import AwsSesConfig
    from carteiro.connectors.providers.azure_communication import AzureConfig
    from carteiro.connectors.providers.brevo import BrevoConfig
    from carteiro.connectors.providers.mailersend import MailerSendConfig
    from carteiro.connectors.providers.mailgun import MailgunConfig
    from carteiro.connectors.providers.mailjet import MailjetConfig
    from carteiro.connectors.providers.mailjunky import MailJunkyConfig
    from carteiro.connectors.providers.postmark import PostmarkConfig
    from carteiro.connectors.providers.resend import ResendConfig
    from carteiro.connectors.providers.scaleway_tem import ScalewayConfig
    from carteiro.connectors.providers.sendgrid import SendGridConfig
    from carteiro.connectors.providers.smtp2go import Smtp2goConfig
    from carteiro.connectors.providers.sparkpost import SparkPostConfig
    from carteiro.connectors.smtp.config import SmtpConfig

_HOMES = {
    "AliyunConfig": "carteiro.connectors.providers.aliyun_dm:AliyunConfig",
    "AwsSesConfig": "carteiro.connectors.providers.aws_ses:AwsSesConfig",
    "AzureConfig": "carteiro.connectors.providers.azure_communication:AzureConfig",
    "BrevoConfig": "carteiro.connectors.providers.brevo:BrevoConfig",
    "HttpEndpointConfig": "carteiro.connectors.http.endpoint:HttpEndpointConfig",
    "MailJunkyConfig": "carteiro.connectors.providers.mailjunky:MailJunkyConfig",
    "MailerSendConfig": "carteiro.connectors.providers.mailersend:MailerSendConfig",
    "MailgunConfig": "carteiro.connectors.providers.mailgun:MailgunConfig",
    "MailjetConfig": "carteiro.connectors.providers.mailjet:MailjetConfig",
    "PostmarkConfig": "carteiro.connectors.providers.postmark:PostmarkConfig",
    "ResendConfig": "carteiro.connectors.providers.resend:ResendConfig",
    "ScalewayConfig": "carteiro.connectors.providers.scaleway_tem:ScalewayConfig",
    "SendGridConfig": "carteiro.connectors.providers.sendgrid:SendGridConfig",
    "Smtp2goConfig": "carteiro.connectors.providers.smtp2go:Smtp2goConfig",
    "SmtpConfig": "carteiro.connectors.smtp.config:SmtpConfig",
    "SparkPostConfig": "carteiro.connectors.providers.sparkpost:SparkPostConfig",
}

__all__ = [
    "AliyunConfig",
    "AwsSesConfig",
    "AzureConfig",
    "BrevoConfig",
    "HttpEndpointConfig",
    "MailJunkyConfig",
    "MailerSendConfig",
    "MailgunConfig",
    "MailjetConfig",
    "PostmarkConfig",
    "ResendConfig",
    "ScalewayConfig",
    "SendGridConfig",
    "Smtp2goConfig",
    "SmtpConfig",
    "SparkPostConfig",
]

# Hidden from type checkers: they are to find a misspelt name.
if not TYPE_CHECKING:
    __getattr__, __dir__ = names_of(__name__, _HOMES, globals())
