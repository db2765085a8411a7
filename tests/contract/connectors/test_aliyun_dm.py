"""Aliyun Direct Mail keeps the contract."""

from typing import Any, ClassVar

from author_parts import pair
from carteiro.connectors.providers.aliyun_dm import AliyunDmConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("aliyun-direct-mail")


class TestAliyunDm(HttpApiContract):
    factory = AliyunDmConnector
    author = pair("AccountName", "FromAlias")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (
        CONFIG["accessKeyId"],
        CONFIG["accessKeySecret"],
    )
    broken = (
        broken_by_absence(CONFIG, "accessKeyId", "accessKeySecret", "accountName", "templates")
        + broken_templates(CONFIG)
        + [
            ({**CONFIG, "regionId": "cn-shanghai"}, ["regionId"]),
            ({**CONFIG, "endpoint": "http://dm.test/"}, ["endpoint"]),
        ]
    )
    accepted = Answer(200, b'{"EnvId": "600000", "RequestId": "12D086F6"}')
    refusal = refused(
        400,
        '{"Code": "InvalidToAddress", "Message": "'
        f'{ECHO} {CONFIG["accessKeySecret"]}", "RequestId": "r", "HostId": "h"}}',
    )
    wrong_key = refused(
        404, '{"Code": "InvalidAccessKeyId.NotFound", "Message": "' + ECHO + '", "RequestId": "r"}'
    )
