"""An administrator looks at a mail before anybody gets it: nothing is sent, stored or issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from carteiro import secrets
from carteiro.connectors.contract import Connector
from carteiro.delivery.compose import Given
from carteiro.delivery.previews import Preview, Sheet
from carteiro.delivery.previews import preview as preview_of
from carteiro.delivery.workspaces.letterhead import Letterhead
from carteiro.delivery.workspaces.workspace import Workspace, source_of
from carteiro.directory.applications import built_in_application, mail_application
from carteiro.directory.organizations import mail_organization
from carteiro.directory.people import mail_person
from carteiro.errors import EntityNotFound, InvalidInput
from carteiro.flows.administer.mail.revisions import get_anybodys_draft
from carteiro.flows.existing import existing
from carteiro.flows.notices import language_of, support
from carteiro.flows.world import World
from carteiro.languages.negotiate import LanguageDecision, negotiate
from carteiro.model.addresses import parse_address
from carteiro.model.issues import issue
from carteiro.model.kinds import NOTICES, TemplateType, WayOn, way_on
from carteiro.model.message import TemplateSource
from carteiro.model.origin import Origin
from carteiro.model.owners import Owner, OwnerKind
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organizations, users
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import applications
from carteiro.templates.compiled import CompiledTemplate, compile_template
from carteiro.templates.kinds import LINKED, USAGES
from carteiro.templates.samples import Sample, sample_values
from carteiro.verification.policy import sample_code

_NOBODY = "person@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which mail: of a type, in a language, to whom, about what.

    Values come from the ``sample``, over these from the application, the organization and the
    person that are named, over these from ``data``. ``template``, or the draft of the stored
    template ``draft_of``, is used in place of what is stored. ``id`` becomes the ``Message-ID``.
    """

    type: TemplateType
    language: str | None = None
    application_id: str | None = None
    organization_id: str | None = None
    user_id: str | None = None
    sample: Sample = Sample.RICH
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    template: TemplateSource | None = field(default=None, repr=False)
    draft_of: str | None = None
    id: str | None = None


async def preview(world: World, tenant_id: str, wish: Wish) -> Preview:
    """The mail as the first connector would be handed it.

    Raises ``InvalidInput`` for a code in ``data``: a preview shows only one that opens nothing;
    and for a draft that is of another type. Raises ``EntityNotFound`` or
    ``EntityNotExistsWithId`` for somebody or something that is not there, and what sending raises
    before it reaches anybody: ``ConnectorNotFound``, ``TemplateNotFound``, ``InvalidLink``.
    """
    if WayOn.CODE in wish.data:
        text = "A preview shows a sample of a code; leave this out."
        raise InvalidInput([issue("custom", ["data", "code"], text)])
    draft = None if wish.draft_of is None else await _drafted(world, tenant_id, wish, wish.draft_of)
    origin = Origin(organization_id=wish.organization_id, application_id=wish.application_id)
    if draft is not None:
        wish = replace(wish, language=wish.language or draft.tag)
        origin = _origin_of(draft, origin)
    workspace = await world.workspaces.of(tenant_id)
    head, connector = await _way_out(workspace, origin)
    real, person = await _real(world, tenant_id, wish)
    decision = _language(workspace, wish, person)
    now = world.clock.now()
    given = None
    if draft is not None:
        compiled = await _compiled(world, draft.source, draft.tag)
        given = Given(
            compiled=compiled, name=draft.name, level=_level(workspace, origin, draft.owner)
        )
    elif wish.template is not None:
        compiled = await _compiled(world, wish.template, decision.for_templates)
        given = Given(compiled=compiled)
    sheet = Sheet(
        id=wish.id or secrets.timed_id(now),
        to=parse_address(person.primary_email or _NOBODY if person else _NOBODY),
        type=wish.type,
        payload=_payload(workspace, wish, real, decision),
        variables=_variables(workspace, wish, now),
        decision=decision,
        created_at=now,
        given=given,
        letterhead=head,
    )
    return await preview_of(workspace, connector, sheet)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A stored draft, its language, whose it is, and what a record calls it."""

    source: TemplateSource = field(repr=False)
    tag: str
    owner: Owner | None
    name: str


async def _drafted(world: World, tenant_id: str, wish: Wish, id: str) -> _Draft:  # noqa: A002 - the wire's name
    """The draft of a template, whoever's. ``Generic`` is one for every type but a notice."""
    if wish.template is not None:
        text = "Words are handed in, or those of a draft are used: not both."
        raise InvalidInput([issue("custom", ["draftOf"], text)])
    found = await get_anybodys_draft(world, tenant_id, id)
    kind = found.place.template_type
    if kind != wish.type and (kind != TemplateType.GENERIC or wish.type in NOTICES):
        text = f"The draft is of the type {kind}."
        raise InvalidInput([issue("custom", ["templateType"], text)])
    assert found.content.details is not None
    source = source_of(found.content.details)
    place = found.place
    return _Draft(source=source, tag=place.language_tag, owner=place.whose, name=f"{id}:draft")


def _origin_of(draft: _Draft, wanted: Origin) -> Origin:
    """A mail with a draft is one of whoever's the draft is; of them it says no more than that.

    Raises ``InvalidInput`` where somebody else is wanted.
    """
    if (owner := draft.owner) is None:
        return wanted
    organization, application = wanted.organization_id, wanted.application_id
    if owner.kind is OwnerKind.ORGANIZATION:
        named, origin = organization, Origin(organization_id=owner.id, application_id=application)
    else:
        named, origin = application, Origin(organization_id=organization, application_id=owner.id)
    if named not in {None, owner.id}:
        text = f"The draft is of another {owner.kind}."
        raise InvalidInput([issue("custom", ["draftOf"], text)])
    return origin


def _level(workspace: Workspace, origin: Origin, owner: Owner | None) -> int:
    """Where in the letterhead of a mail its owner has templates, or would have."""
    rows = workspace.overriding.of(origin)
    if owner is None:
        return len(rows)
    is_nearest = owner.kind is OwnerKind.ORGANIZATION
    return 0 if is_nearest else sum(row.organization_id is not None for row in rows)


async def _compiled(world: World, source: TemplateSource, language: str) -> CompiledTemplate:
    """A long one takes its time, and others wait for this thread."""
    return await world.long_looks(partial(compile_template, source, language=language))


async def _way_out(workspace: Workspace, origin: Origin) -> tuple[Letterhead, Connector]:
    """Under whose name, and the first connector that would be tried."""
    head = await workspace.letterhead(origin)
    first = head.ways[0].connector if head.ways else None
    return head, first or workspace.connector()[1]


def _payload(
    workspace: Workspace, wish: Wish, real: Mapping[str, Any], decision: LanguageDecision
) -> dict[str, Any]:
    values = sample_values(wish.type, wish.sample, decision.tag)
    for name in ("expiresInMinutes", "expiresInSeconds", "expiresAt", "maxRetryAttempts"):
        values.pop(name, None)
    values.pop(WayOn.CODE, None)
    if wish.type in NOTICES:
        values |= support(workspace)
    values |= {"locale": decision.tag, **real, **wish.data}
    if way_on(wish.type) is WayOn.CODE and not (wish.type in LINKED and WayOn.LINK in values):
        values[WayOn.CODE] = sample_code(workspace.code_policy)
    return values


def _variables(workspace: Workspace, wish: Wish, now: int) -> dict[str, Any]:
    """The policy in force, as it is told in a mail with a code or a link that ends."""
    if way_on(wish.type) is not WayOn.CODE:
        return {}
    known = workspace.code_policy.variables(now)
    if wish.type in LINKED and WayOn.LINK in wish.data:
        return {name: value for name, value in known.items() if name.startswith("expires")}
    return known


async def _real(world: World, tenant_id: str, wish: Wish) -> tuple[dict[str, Any], UserRow | None]:
    """Who and what is named, as mails speak of them; nothing is read where nothing is named."""
    if wish.application_id is wish.organization_id is wish.user_id is None:
        return {}, None

    async def work(tx: Transaction) -> tuple[dict[str, Any], UserRow | None]:
        found, person = dict[str, Any](), None
        if (id_ := wish.application_id) is not None:
            row = await applications.get(tx, tenant_id, id_)
            row = existing(row or built_in_application(tenant_id, id_), EntityNotFound)
            look = await applications.get_experience(tx, tenant_id, id_)
            found["application"] = mail_application(row, look)
        if (id_ := wish.organization_id) is not None:
            organization = await organizations.get(tx, tenant_id, id_)
            found["organization"] = mail_organization(existing(organization, EntityNotFound))
        if (id_ := wish.user_id) is not None:
            person = existing(await users.get(tx, tenant_id, id_), EntityNotFound)
            found["user"] = _told(wish.type, person)
        # No mail speaks of what is no variable of its type.
        usage = USAGES[wish.type]
        named = {*usage.always, *usage.sometimes}
        return {name: value for name, value in found.items() if name in named}, person

    return await world.database.read(work)


def _told(kind: TemplateType, person: UserRow) -> Mapping[str, Any]:
    """A notice names no number: it may be a stranger's by now."""
    shown = mail_person(person)
    return {**shown, "primaryPhone": None} if kind in NOTICES else shown


def _language(workspace: Workspace, wish: Wish, person: UserRow | None) -> LanguageDecision:
    """The language that is asked for, else the person's own, else what everybody gets."""
    if wish.language is None and person is not None:
        return language_of(workspace, person)
    return negotiate(
        explicit=wish.language,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=False,
    )
