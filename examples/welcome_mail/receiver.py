"""A receiver of webhooks that welcomes everybody who gets an account.

    SIGNING_KEY=<the hook's signingKey> SMTP_PORT=1025 uvicorn receiver:app --port 8080

To answer first and mail afterwards would lose a mail in a crash. This one mails first: a mail that
fails is answered 500, and Carteiro calls again. The `webhook-id` stays the same, so a second call
for a mail that left is known.
"""

import base64
import os

from fastapi import FastAPI, HTTPException, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

import carteiro

SIGNING_KEY = os.environ["SIGNING_KEY"]
VERIFIER = Webhook(base64.b64encode(SIGNING_KEY.encode()).decode())
WELCOME = carteiro.compile_template(
    carteiro.TemplateSource(
        subject="Welcome, {{user.name}}",
        content="<p>Hello {{user.name}}, your account is ready.</p>",
    ),
    language="en",
)
SMTP = {
    "host": os.environ.get("SMTP_HOST", "127.0.0.1"),
    "port": int(os.environ.get("SMTP_PORT", "1025")),
    "auth": {"type": "login"},
    "fromEmail": "Example <no-reply@example.com>",
    "templates": [
        {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
        for kind in ("SignIn", "Register", "ForgotPassword", "Generic")
    ],
}
app = FastAPI()
welcomed: set[str] = set()


@app.post("/webhooks")
async def receive(request: Request) -> Response:
    """Take one webhook; whoever is not Carteiro is sent away."""
    try:
        event = VERIFIER.verify((await request.body()).decode(), dict(request.headers))
    except WebhookVerificationError as error:
        raise HTTPException(401, "The signature is not right.") from error
    webhook_id = request.headers["webhook-id"]
    user = event.get("data") or {}
    if event["event"] == "User.Created" and user.get("primaryEmail") and webhook_id not in welcomed:
        async with carteiro.open_sender("simple-mail-transfer-protocol", SMTP) as sender:
            await sender.send(
                user["primaryEmail"],
                carteiro.TemplateType.GENERIC,
                {"user": {"name": user["name"] or "you"}},
                template=WELCOME,
            )
        welcomed.add(webhook_id)
    return Response(status_code=204)
