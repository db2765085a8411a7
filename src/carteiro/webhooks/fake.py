"""The payloads of the test endpoint (management API §7.4): they look like the real ones."""

from __future__ import annotations

import json
from typing import Any

from carteiro.webhooks.events import HookEvent
from carteiro.webhooks.payload import iso

_INTERACTIONS = {
    HookEvent.POST_REGISTER: "Register",
    HookEvent.POST_SIGN_IN: "SignIn",
    HookEvent.POST_SIGN_IN_ADAPTIVE_MFA_TRIGGERED: "SignIn",
    HookEvent.POST_RESET_PASSWORD: "ForgotPassword",
}
_USER = {
    "id": "fake-id",
    "username": "fake-user",
    "primaryEmail": "fake-user@fake-service.com",
    "primaryPhone": "1234567890",
    "name": "Fake User",
    "avatar": "https://fake-service.com/avatars/fake-user.png",
    "customData": {"theme": "light"},
    "identities": {},
    "profile": {},
    "isSuspended": False,
    "applicationId": "fake-spa-application-id",
    "cimdClientId": None,
}
_APPLICATION = {
    "id": "fake-spa-application-id",
    "type": "SPA",
    "name": "Fake Application",
    "description": "Fake application data for testing",
}


def fake_body(event: HookEvent, *, hook_id: str, at: int) -> str:
    """The body that a test sends for an event; ``at`` is in milliseconds."""
    body: dict[str, Any] = {"hookId": hook_id, "event": event.value, "createdAt": iso(at)}
    if event in _INTERACTIONS:
        times = {"lastSignInAt": at, "createdAt": at, "updatedAt": at}
        body |= {
            "interactionEvent": _INTERACTIONS[event],
            "sessionId": "fake-session-id",
            "userAgent": "fake-user-agent",
            "userId": "fake-id",
            "userIp": "fake-user-ip",
            "user": {**_USER, **times},
            "application": _APPLICATION,
        }
    else:
        body |= {
            "userAgent": "fake-user-agent",
            "ip": "fake-user-ip",
            "path": "/fake-path/:id",
            "method": "POST",
            "status": 200,
            "params": {"id": "fake-id"},
            "data": {"result": "success"},
        }
    return json.dumps(body, separators=(",", ":"))
