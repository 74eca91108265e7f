"""Reading and writing messages (RFC 5322, RFC 2045): pure, bounded, linear."""
