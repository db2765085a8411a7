"""From a decision to a message handed over: the only room that counts attempts."""
