"""What is wrong with a request, or with what it is about: fix the input."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.errors.root import CarteiroError, Issue


class InvalidInput(CarteiroError):
    """A value breaks its schema; ``issues`` names each place. Never retry unchanged."""

    code = "guard.invalid_input"
    summary = "The request is not valid."

    def __init__(self, issues: Sequence[Issue], message: str | None = None) -> None:
        self.issues = tuple(issues)
        super().__init__(message, data={"issues": list(self.issues), "name": "ZodError"})


class InvalidPagination(CarteiroError):
    """``page`` or ``page_size`` is not a positive number in range."""

    code = "guard.invalid_pagination"
    summary = "The pagination parameters are not valid."


class PreconditionFailed(CarteiroError):
    """What is to be changed is not as ``If-Match`` says: read it again, and decide anew."""

    code = "request.precondition_failed"
    summary = "This has been changed in the meantime."


class DraftOutdated(CarteiroError):
    """Something was published after the draft was saved, which publishing it would undo.

    Compare the two, and save the draft again: then it is made of what is live now.
    """

    code = "revision.draft_outdated"
    summary = "Something else was published after this draft was saved."


class InvalidAddress(CarteiroError):
    """The text is not exactly one mail address that can be written into an envelope."""

    code = "address.invalid"
    summary = "This is not exactly one valid email address."


class InvalidLink(InvalidInput):
    """The link that a message brings may not be mailed; the message says what is wrong with it."""

    summary = "The link may not be mailed."

    def __init__(self, fault: str, *path: str) -> None:
        issue: Issue = {"code": "custom", "path": [*path, "link"], "message": fault}
        super().__init__([issue], fault)


class InvalidTemplate(CarteiroError):
    """A template cannot be compiled (it is larger than the limit)."""

    code = "template.invalid"
    summary = "The template cannot be compiled."


class ValueTooLong(CarteiroError):
    """A value passes its schema and does not fit its column."""

    code = "entity.value_too_long"
    summary = "A value is too long."


class EntityNotFound(CarteiroError):
    """There is no such row (deletes, connectors, users, invitations)."""

    code = "entity.not_found"
    summary = "The resource does not exist."


class EntityNotExistsWithId(CarteiroError):
    """There is no row with this id (most tables)."""

    code = "entity.not_exists_with_id"
    summary = "There is no resource with this id."


class EntityNotExists(CarteiroError):
    """There is no row to update."""

    code = "entity.not_exists"
    summary = "The resource does not exist."


class UnknownTenant(CarteiroError):
    """The host names a tenant that does not exist: answered as a path that does not."""

    code = "tenant.not_found"
    summary = "There is no such tenant."


class UniqueViolation(CarteiroError):
    """Another row already holds this unique value."""

    code = "entity.unique_integrity_violation"
    summary = "A resource with this value already exists."


class RelationNotFound(CarteiroError):
    """A row that the new one refers to does not exist."""

    code = "entity.relation_foreign_key_not_found"
    summary = "A resource that this one refers to does not exist."


class OrganizationRelationNotFound(RelationNotFound):
    """The same around organizations, where the wire has another status."""


class ConstraintViolated(CarteiroError):
    """The database refuses the combination of values."""

    code = "entity.db_constraint_violated"
    summary = "These values do not go together."


class NothingToStore(CarteiroError):
    """A change that names nothing to change, where the wire says that this is one."""

    code = "entity.invalid_input"
    summary = "There is nothing to store."


class InvalidRequestInput(CarteiroError):
    """A well-formed value that this deployment does not allow."""

    code = "request.invalid_input"
    summary = "The request input is not allowed."


class FeatureNotSupported(CarteiroError):
    """The deployment does not have this feature."""

    code = "request.feature_not_supported"
    summary = "This feature is not supported here."


class InvalidTimeWindow(CarteiroError):
    """A window of time ends before it begins."""

    code = "log.invalid_time_window"
    summary = "The start of the time window is after its end."


class BrokenConfiguration(CarteiroError):
    """A configuration folder is not right; the message names file and line. Nothing was changed."""

    code = "configuration.broken"

    def __init__(self, path: str, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}", data={"path": path, "line": line})


class TooBusy(CarteiroError):
    """So many ask for long work that one more would wait too long: come back in a while."""

    code = "request.too_busy"
    summary = "Too much of this is going on at the moment. Try again in a while."


class RouteNotFound(CarteiroError):
    """The API has nothing at this address."""

    code = "request.route_not_found"
    summary = "There is nothing at this address."


class MethodNotAllowed(CarteiroError):
    """The address does not take this method."""

    code = "request.method_not_allowed"
    summary = "This method is not allowed here."


class MethodNotImplemented(CarteiroError):
    """No address takes this method."""

    code = "request.method_not_implemented"
    summary = "This method is not known."
