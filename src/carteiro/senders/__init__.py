"""What the DNS says of a domain that mail is sent from, or to."""
