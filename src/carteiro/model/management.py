"""The management API as a resource that tokens are for, and what they may do there."""

from __future__ import annotations

from enum import StrEnum

MANAGEMENT_SCOPE = "all"


class ManagementScope(StrEnum):
    """A part of the management API; ``all`` is every part, and what no part has."""

    CODES_WRITE = "codes:write"
    LINKS_READ = "links:read"
    LINKS_WRITE = "links:write"
    INVITATIONS_READ = "invitations:read"
    INVITATIONS_WRITE = "invitations:write"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_WRITE = "templates:write"
    CONNECTORS_READ = "connectors:read"
    CONNECTORS_WRITE = "connectors:write"
    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    LOGS_READ = "logs:read"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    ORGANIZATIONS_READ = "organizations:read"
    ORGANIZATIONS_WRITE = "organizations:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"

    @property
    def id(self) -> str:
        """The same in every tenant."""
        return f"m-{self.replace(':', '-')}"


DESCRIPTIONS = {
    ManagementScope.CODES_WRITE: "Send one-time codes and redeem them.",
    ManagementScope.LINKS_READ: "See one-time tokens, without their values.",
    ManagementScope.LINKS_WRITE: "Make, mail, redeem and revoke one-time tokens.",
    ManagementScope.INVITATIONS_READ: "See invitations.",
    ManagementScope.INVITATIONS_WRITE: "Invite people into organizations.",
    ManagementScope.TEMPLATES_READ: "See the templates of mails.",
    ManagementScope.TEMPLATES_WRITE: "Write the templates of mails.",
    ManagementScope.CONNECTORS_READ: "See connectors, without their secrets.",
    ManagementScope.CONNECTORS_WRITE: "Set up, test and change connectors, without seeing secrets.",
    ManagementScope.MESSAGES_READ: "See messages, their timelines and the suppression list.",
    ManagementScope.MESSAGES_WRITE: "Hasten, cancel and erase messages; suppress addresses.",
    ManagementScope.LOGS_READ: "See the audit log.",
    ManagementScope.PEOPLE_READ: "See people.",
    ManagementScope.PEOPLE_WRITE: "Make, change, suspend and delete people; let them try again.",
    ManagementScope.ORGANIZATIONS_READ: "See organizations, their members and roles.",
    ManagementScope.ORGANIZATIONS_WRITE: "Change organizations, their members and roles.",
    ManagementScope.SETTINGS_READ: "See how signing in, codes and delivery are set up.",
    ManagementScope.SETTINGS_WRITE: "Decide how signing in, codes and delivery work.",
}


def management_audience(tenant_id: str) -> str:
    """The management API's resource indicator: an identifier, not an address."""
    return f"https://{tenant_id}.logto.app/api"
