"""What stands in the way at the door: lock-outs, captchas, browsers that are known."""
