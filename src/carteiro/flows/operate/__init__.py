"""An operator watches and steers what is running."""
