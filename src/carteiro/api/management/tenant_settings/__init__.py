"""Account pages, captcha, id tokens and sessions."""
