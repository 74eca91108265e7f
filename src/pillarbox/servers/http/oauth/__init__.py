"""Programs that people allow to use their mail without telling them a password (RFC 6749, RFC 9700)."""
