"""HTTP Email: hands every message to an endpoint of the tenant's own.

The endpoint gets the reason and the variables, no words; any 2xx means that it took the message
over. Requests can be signed by Standard Webhooks 1.0.0.
"""

from __future__ import annotations

from carteiro.connectors import form, logos
from carteiro.connectors.http.endpoint import HttpEndpointConfig, HttpEndpointConnector
from carteiro.connectors.metadata import Metadata


class HttpEmailConnector(HttpEndpointConnector):
    """POST ``{to, type, payload, ip?}``."""

    metadata = Metadata(
        id="http-email",
        target="http-email",
        name={"en": "HTTP Email", "pt-BR": "E-mail por HTTP"},
        description={
            "en": "Hand every message to an HTTP endpoint of your own.",
            "pt-BR": "Entregue cada mensagem a um endpoint HTTP seu.",
        },
        logo=logos.HTTP,
        readme=(
            "# HTTP Email\n\n"
            "For every message your endpoint gets a `POST` with the JSON members `to`, `type`, "
            "`payload` and, where it is known, `ip`. Answer with any 2xx once you have taken it "
            "over; 429 and `Retry-After` ask us to wait.\n\n"
            "With a signing key the requests carry the headers of "
            "[Standard Webhooks](https://www.standardwebhooks.com): verify them. The `webhook-id` "
            "stays the same when a message is tried again.\n"
        ),
        form_items=form.items(HttpEndpointConfig),
    )
