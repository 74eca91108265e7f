"""SMTP and LMTP (RFC 5321, RFC 2033): vocabulary, grammar and connections."""
