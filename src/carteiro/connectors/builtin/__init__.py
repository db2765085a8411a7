"""Behind the built-in service: its branding, the deployment's relay, the development mailbox."""
