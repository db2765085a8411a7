"""The connectors' configs as classes, for type checkers and for completion in an editor.

    SmtpConfig(host="127.0.0.1", port=1025, from_email="Acme <no-reply@acme.test>", …)

Fields have Python's names; the wire's (``fromEmail``) are taken, too. A misspelt one, or a value of
another type, is found before anything runs.
"""

from typing import TYPE_CHECKING

from carteiro.lazy import names_of

if TYPE_CHECKING:
    from carteiro.connectors.aliyun_dm import AliyunConfig
    from carteiro.connectors.aws_ses import AwsSesConfig
    from carteiro.connectors.azure_communication import AzureConfig
    from carteiro.connectors.brevo import BrevoConfig
    from carteiro.connectors.http_endpoint import HttpEndpointConfig
    from carteiro.connectors.mailersend import MailerSendConfig
    from carteiro.connectors.mailgun import MailgunConfig
    from carteiro.connectors.mailjet import MailjetConfig
    from carteiro.connectors.mailjunky import MailJunkyConfig
    from carteiro.connectors.postmark import PostmarkConfig
    from carteiro.connectors.resend import ResendConfig
    from carteiro.connectors.scaleway_tem import ScalewayConfig
    from carteiro.connectors.sendgrid import SendGridConfig
    from carteiro.connectors.smtp2go import Smtp2goConfig
    from carteiro.connectors.smtp_config import SmtpConfig
    from carteiro.connectors.sparkpost import SparkPostConfig

_HOMES = {
    "AliyunConfig": "carteiro.connectors.aliyun_dm:AliyunConfig",
    "AwsSesConfig": "carteiro.connectors.aws_ses:AwsSesConfig",
    "AzureConfig": "carteiro.connectors.azure_communication:AzureConfig",
    "BrevoConfig": "carteiro.connectors.brevo:BrevoConfig",
    "HttpEndpointConfig": "carteiro.connectors.http_endpoint:HttpEndpointConfig",
    "MailJunkyConfig": "carteiro.connectors.mailjunky:MailJunkyConfig",
    "MailerSendConfig": "carteiro.connectors.mailersend:MailerSendConfig",
    "MailgunConfig": "carteiro.connectors.mailgun:MailgunConfig",
    "MailjetConfig": "carteiro.connectors.mailjet:MailjetConfig",
    "PostmarkConfig": "carteiro.connectors.postmark:PostmarkConfig",
    "ResendConfig": "carteiro.connectors.resend:ResendConfig",
    "ScalewayConfig": "carteiro.connectors.scaleway_tem:ScalewayConfig",
    "SendGridConfig": "carteiro.connectors.sendgrid:SendGridConfig",
    "Smtp2goConfig": "carteiro.connectors.smtp2go:Smtp2goConfig",
    "SmtpConfig": "carteiro.connectors.smtp_config:SmtpConfig",
    "SparkPostConfig": "carteiro.connectors.sparkpost:SparkPostConfig",
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
