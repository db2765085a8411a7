"""Resources and scopes."""
