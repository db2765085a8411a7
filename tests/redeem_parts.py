"""A desk that issues and redeems codes, for the tests of what decides over them."""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro.errors import VerificationError
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.secrets import Keyring
from carteiro.testing.clock import FrozenClock
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue
from carteiro.verification.policy import CodePolicy
from carteiro.verification.redeem import redeem

ANA = Identity(
    tenant_id="default", type=TemplateType.SIGN_IN, recipient=parse_address("ana@example.com")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Issues and redeems codes by a clock that the test owns."""

    world: World
    clock: FrozenClock
    keys: Keyring
    policy: CodePolicy = field(default_factory=CodePolicy)

    async def issue(self, identity: Identity = ANA) -> str:
        made = issue(
            identity,
            keys=self.keys,
            now=self.clock.now(),
            message_id="0" * 21,
            policy=self.policy,
        )
        await self.world.database.apply(made.store)
        return made.code

    async def redeem(
        self, code: str, identity: Identity = ANA, *, budget: str | None = None
    ) -> VerificationError | None:
        try:
            await redeem(
                identity,
                code,
                database=self.world.database,
                keys=self.keys,
                clock=self.clock,
                policy=self.policy,
                by=OPERATOR,
                budget=budget,
            )
        except VerificationError as error:
            return error
        return None


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"
