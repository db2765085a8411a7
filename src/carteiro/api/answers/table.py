"""Which operation answers what. Each operation that answers with a body stands here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.api.answers import experience, mail, people, tenant
from carteiro.api.answers.shapes import Members, RowCount
from carteiro.api.management.users.schemas import LogtoConfigs, Profile
from carteiro.directory.settings.tenant_settings import IdTokenConfig, OidcSessionConfig

ANSWERS: Mapping[str, Any] = {
    # connectors and delivery
    "list_connectors": list[mail.Connector],
    "get_connector": mail.Connector,
    "create_connector": mail.Connector,
    "update_connector": mail.Connector,
    "get_reliance": mail.Reliance,
    "list_factories": list[mail.ConnectorFactory],
    "get_factory": mail.ConnectorFactory,
    "get_delivery": mail.Delivery,
    "update_delivery": mail.Delivery,
    "get_delivery_status": mail.DeliveryStatus,
    "list_fallbacks": list[mail.FallbackConnector],
    "create_fallback": mail.FallbackConnector,
    "order_fallbacks": list[mail.FallbackConnector],
    "get_fallback": mail.FallbackConnector,
    "update_fallback": mail.FallbackConnector,
    "get_feedback": mail.Feedback,
    "put_feedback": mail.Feedback,
    # templates, messages, links
    "put_templates": list[mail.EmailTemplate],
    "list_templates": list[mail.EmailTemplate],
    "delete_templates": RowCount,
    "get_template": mail.EmailTemplate,
    "update_details": mail.EmailTemplate,
    "list_messages": list[mail.Message],
    "get_message": mail.MessageTimeline,
    "list_suppressions": list[mail.Suppression],
    "get_suppression": mail.Suppression,
    "create_suppression": mail.Suppression,
    "list_tokens": list[mail.OneTimeToken],
    "create_token": mail.OneTimeToken,
    "verify_token": mail.OneTimeToken,
    "get_token": mail.OneTimeToken,
    "set_token_status": mail.OneTimeToken,
    # people
    "list_users": list[people.User],
    "create_user": people.User,
    "get_user": people.User,
    "update_user": people.User,
    "set_password": people.User,
    "suspend_user": people.User,
    "has_password": people.HasPassword,
    "get_custom_data": Members,
    "merge_custom_data": Members,
    "merge_profile": Profile,
    "list_mfa_verifications": list[Members],
    "get_logto_configs": LogtoConfigs,
    "merge_logto_configs": LogtoConfigs,
    "list_user_roles": list[people.Role],
    "give_user_roles": people.GivenRoles,
    "replace_user_roles": people.ReplacedRoles,
    "list_organizations_of_user": list[people.Organization],
    # organizations
    "list_organizations": list[people.Organization],
    "create_organization": people.Organization,
    "get_organization": people.Organization,
    "update_organization": people.Organization,
    "list_email_domains": list[people.OrganizationDomain],
    "add_email_domain": people.OrganizationDomain,
    "list_members": list[people.OrganizationMember],
    "add_members": people.AddedMembers,
    "list_member_roles": list[people.MemberRole],
    "add_member_roles": people.GivenMemberRoles,
    "list_organization_roles": list[people.OrganizationRole],
    "create_organization_role": people.OrganizationRole,
    "get_organization_role": people.OrganizationRole,
    "update_organization_role": people.OrganizationRole,
    "list_invitations": list[people.Invitation],
    "create_invitation": people.Invitation,
    "get_invitation": people.Invitation,
    "decide_invitation": people.Invitation,
    # applications, roles, resources
    "list_applications": list[people.Application],
    "create_application": people.Application,
    "get_application": people.Application,
    "update_application": people.Application,
    "merge_application_custom_data": Members,
    "get_application_experience": people.ApplicationLook,
    "put_application_experience": people.ApplicationLook,
    "list_secrets": list[people.ApplicationSecret],
    "add_secret": people.ApplicationSecret,
    "rename_secret": people.ApplicationSecret,
    "list_application_roles": list[people.Role],
    "give_application_roles": people.GivenRoles,
    "replace_application_roles": people.ReplacedRoles,
    "list_roles": list[people.Role],
    "create_role": people.Role,
    "get_role": people.Role,
    "update_role": people.Role,
    "list_role_scopes": list[people.Scope],
    "add_role_scopes": list[people.Scope],
    "list_resources": list[people.Resource],
    "create_resource": people.Resource,
    "get_resource": people.Resource,
    "update_resource": people.Resource,
    "list_scopes": list[people.Scope],
    "create_scope": people.Scope,
    "update_scope": people.Scope,
    # the tenant
    "get_experience": tenant.SignInExperience,
    "update_experience": tenant.SignInExperience,
    "check_password": tenant.PasswordCheck,
    "list_phrases": list[tenant.CustomPhrases],
    "get_custom_phrases": tenant.CustomPhrases,
    "put_phrases": tenant.CustomPhrases,
    "get_account_center_settings": tenant.AccountCenter,
    "update_account_center": tenant.AccountCenter,
    "get_captcha_provider": tenant.StoredCaptchaProvider,
    "put_captcha_provider": tenant.StoredCaptchaProvider,
    "get_id_token_config": IdTokenConfig,
    "put_id_token_config": IdTokenConfig,
    "get_session_config": OidcSessionConfig,
    "update_session_config": OidcSessionConfig,
    "get_protection": tenant.Protection,
    "update_protection": tenant.Protection,
    "list_hooks": list[tenant.Hook],
    "create_hook": tenant.Hook,
    "get_hook": tenant.Hook,
    "update_hook": tenant.Hook,
    "renew_signing_key": tenant.Hook,
    "list_recent_logs": list[tenant.LogEntry],
    "list_logs": list[tenant.LogEntry],
    "get_log": tenant.LogEntry,
    # for everybody
    "get_sign_in_experience": tenant.PublicSignInExperience,
    "get_phrases": Members,
    "get_account_center": tenant.AccountCenter,
    "get_endpoints": tenant.Endpoints,
    "get_readiness": tenant.Readiness,
    # the person at the door
    "get_interaction": experience.InteractionState,
    "list_sso_connectors": experience.SsoConnectors,
    "submit_interaction": experience.WayOn,
    "send_code_at_door": experience.ProofMade,
    "verify_code_at_door": experience.ProofMade,
    "verify_password_at_door": experience.ProofMade,
    "bring_user_name": experience.ProofMade,
    "verify_link_token": experience.ProofMade,
    "send_second_factor_code": experience.ProofMade,
    "verify_second_factor_code": experience.ProofMade,
}
"""By the operation's id."""

OTHERWISE: Mapping[tuple[str, str], Any] = {
    ("check_password", "400"): tenant.PasswordCheck,
    ("get_readiness", "503"): tenant.Readiness,
}
"""Answers with an error's status that have a body of their own, by the id and the status."""

PLAIN = frozenset({"assign_roles", "identify_person"})
"""Operations that answer with a word and not with JSON."""

ALSO: Mapping[str, str] = {"put_application_experience": "201"}
"""A second status with which an operation succeeds."""
