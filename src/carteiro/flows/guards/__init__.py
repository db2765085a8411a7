"""What stands in the way of whoever proves something: lock-outs, captchas, known browsers."""
