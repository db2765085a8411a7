"""What somebody's own page shows of them: the same as the Account API tells, in one look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro.directory.accounts import account_info, has_security_method
from carteiro.directory.people import sign_in_choices
from carteiro.directory.settings.account_center import AccountCenter, AccountField
from carteiro.errors import Unauthorized
from carteiro.experience.confirmations import shows_identity
from carteiro.flows.account.inside import Bearer, Inside, language_of
from carteiro.flows.account.rules import is_own
from carteiro.flows.account.sessions import asked_sessions, sessions_of
from carteiro.flows.account.steps import look
from carteiro.secrets import fingerprint
from carteiro.storage.drivers.database import Question
from carteiro.storage.sign_in import sessions, verifications


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The person as far as they see themselves, and what they may do.

    ``account`` is what ``GET /api/my-account`` answers. ``ways`` are those by which they can prove
    once more who they are, ``identified`` says that they have, ``needs_proof`` that they must where
    a proof is asked for at all. ``pending_done`` says that the code that is waited for was right
    already. ``sessions`` are theirs, where they were asked for and may be seen.
    """

    user_id: str
    tag: str
    account: Mapping[str, Any] = field(repr=False)
    center: AccountCenter
    ways: Sequence[str]
    identified: bool
    needs_proof: bool
    pending_done: bool
    skips_mfa: bool
    sessions: Sequence[Mapping[str, Any]] | None = field(default=None, repr=False)
    now: int


async def overview(
    bearer: Bearer,
    session_secret: str | None,
    *,
    pending: str | None = None,
    with_sessions: bool = False,
) -> Overview:
    """Look, as the person whose session the browser has.

    Raises as ``enter``; ``Unauthorized``, too, where the token and the session are not of the same
    person: one of the two is from before somebody else signed in.
    """
    now = bearer.world.clock.now()
    shown = fingerprint(session_secret or "")
    asks: list[Question] = [sessions.asked(bearer.tenant_id, shown, now)]
    if pending is not None:
        asks.append(bearer.asked_proof(pending))
    if with_sessions:
        asks.append(asked_sessions(bearer))

    async def work(inside: Inside) -> Overview:
        session = await sessions.find(inside.tx, bearer.tenant_id, shown, now)
        if session is None or session.account_id != inside.user.id:
            raise Unauthorized
        account = account_info(inside.user, inside.row.scopes, inside.center)
        identified = shows_identity(inside.proof) and is_own(inside, inside.proof)
        may_see = with_sessions and identified and inside.center.shows(AccountField.SESSION)
        return Overview(
            user_id=inside.user.id,
            tag=language_of(bearer, inside.workspace).tag,
            account=account,
            center=inside.center,
            ways=_ways(inside, account),
            identified=identified,
            needs_proof=has_security_method(inside.user),
            pending_done=await _is_done(inside, pending),
            skips_mfa=bool(sign_in_choices(inside.user)["mfa"]["skipMfaOnSignIn"]),
            sessions=await sessions_of(inside) if may_see else None,
            now=now,
        )

    return await look(bearer, work, asks=asks)


def _ways(inside: Inside, account: Mapping[str, Any]) -> list[str]:
    """What is not shown to them is no address that they are written to."""
    ways = ["password"] if inside.user.password_encrypted else []
    ways += ["email"] if account.get("primaryEmail") else []
    return [*ways, *(["phone"] if account.get("primaryPhone") else [])]


async def _is_done(inside: Inside, pending: str | None) -> bool:
    if pending is None:
        return False
    proof = await verifications.find(inside.tx, inside.bearer.asked_proof(pending))
    return proof is not None and proof.verified and is_own(inside, proof)
