"""One-time codes: issued, limited, redeemed once."""
