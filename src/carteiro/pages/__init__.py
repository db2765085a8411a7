"""HTTP with HTML: hosted pages and the development mailbox."""
