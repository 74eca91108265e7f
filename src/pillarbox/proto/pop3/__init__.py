"""POP3: a maildrop to list, fetch from and empty (RFC 1939, RFC 2449, RFC 2595 §4, RFC 5034, RFC 6856)."""
