"""HTTP SMS: hands every text message to an endpoint of the tenant's own.

The endpoint gets the number, the reason and the variables, no words. It is how any SMS provider is
reached today.
"""

from __future__ import annotations

from carteiro.connectors import form, logos
from carteiro.connectors.http.endpoint import HttpEndpointConfig, HttpEndpointConnector
from carteiro.connectors.metadata import ConnectorType, Metadata


class HttpSmsConnector(HttpEndpointConnector):
    """POST ``{to, type, payload, ip?}``; ``to`` is the number in international digits."""

    kind = ConnectorType.SMS
    metadata = Metadata(
        id="http-sms",
        target="http-sms",
        name={"en": "HTTP SMS", "pt-BR": "SMS por HTTP"},
        description={
            "en": "Hand every text message to an HTTP endpoint of your own.",
            "pt-BR": "Entregue cada SMS a um endpoint HTTP seu.",
        },
        logo=logos.HTTP,
        readme=(
            "# HTTP SMS\n\n"
            "For every text message your endpoint gets a `POST` with the JSON members `to` (digits "
            "with the country's code), `type`, `payload` and, where it is known, `ip`. Answer with "
            "any 2xx once you have taken it over; 429 and `Retry-After` ask us to wait.\n\n"
            "Requests are signed as those of HTTP Email are.\n"
        ),
        form_items=form.items(HttpEndpointConfig),
    )
