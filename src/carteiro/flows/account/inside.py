"""Who comes with an access token, and everything that a step of theirs gets to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from carteiro import secrets
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.applications import BUILT_IN
from carteiro.directory.settings.account_center import AccountCenter
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import AccountCenterNotEnabled, Forbidden, Unauthorized
from carteiro.flows.world import World
from carteiro.languages.negotiate import LanguageDecision, negotiate
from carteiro.model.actor import Actor
from carteiro.oidc.authorization import OPENID
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.people import bearers
from carteiro.storage.people.bearers import BearerRow
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import verifications
from carteiro.storage.sign_in.verifications import VerificationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who calls: an access token, and the proof that the call names.

    ``ui_locales`` is what the application asked for when the person signed in, ``browser`` the
    cookie of known browsers.
    """

    world: World
    tenant_id: str
    origin: str
    by: Actor
    token: str = field(repr=False)
    proof_id: str | None = None
    locales: Sequence[str] = ()
    accept_language: str | None = None
    ui_locales: str | None = None
    browser: str | None = field(default=None, repr=False)

    @property
    def value_hash(self) -> bytes:
        """Under what the token is stored."""
        return secrets.fingerprint(self.token)

    def asked(self, *, locked: bool = False) -> Question:
        """Whose token it is."""
        return bearers.asked_bearer(self.tenant_id, self.value_hash, locked=locked)

    def asked_proof(self, id: str) -> Question:  # noqa: A002 - the wire's name
        """A proof of theirs."""
        now = self.world.clock.now()
        return verifications.of_bearer(self.tenant_id, id, self.value_hash, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What a step works on; of one that writes, nobody else changes the person meanwhile."""

    bearer: Bearer
    tx: Transaction
    row: BearerRow
    workspace: Workspace
    center: AccountCenter
    proof: VerificationRow | None
    now: int

    @property
    def world(self) -> World:
        """The opened world."""
        return self.bearer.world

    @property
    def tenant_id(self) -> str:
        """Whose person it is."""
        return self.bearer.tenant_id

    @property
    def user(self) -> UserRow:
        """The person."""
        return self.row.user

    @property
    def by(self) -> Actor:
        """Who acts, as the audit log and webhooks name them."""
        return replace(self.bearer.by, application_id=self.row.client_id, user_id=self.row.user.id)


async def enter(
    bearer: Bearer, tx: Transaction, workspace: Workspace, *, locked: bool = False
) -> Inside:
    """Let somebody in.

    Raises ``Unauthorized`` for a token that is no person's, is over, or is none of ours (a JWT is
    for another resource); ``Forbidden`` without the scope ``openid``; then
    ``AccountCenterNotEnabled``.
    """
    now = bearer.world.clock.now()
    row = await bearers.find(tx, bearer.asked(locked=locked))
    if row is None or row.expires_at <= now or row.user.is_suspended:
        raise Unauthorized
    if row.is_third_party is None and row.client_id not in BUILT_IN:
        raise Unauthorized
    if OPENID not in row.scopes:
        raise Forbidden
    center = AccountCenter.of(workspace.settings.get(SettingName.ACCOUNT_CENTER))
    if not center.enabled:
        raise AccountCenterNotEnabled
    proof = None
    if bearer.proof_id is not None:
        proof = await verifications.find(tx, bearer.asked_proof(bearer.proof_id))
    return Inside(
        bearer=bearer,
        tx=tx,
        row=row,
        workspace=workspace,
        center=center,
        proof=proof,
        now=now,
    )


def language_of(bearer: Bearer, workspace: Workspace) -> LanguageDecision:
    """The language of a mail: what the application asked for, then what the browser asks for."""
    return negotiate(
        ui_locales=bearer.ui_locales,
        query_locales=bearer.locales,
        accept_language=bearer.accept_language,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )
