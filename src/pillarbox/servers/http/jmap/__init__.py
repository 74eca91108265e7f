"""JMAP over HTTP (RFC 8620), and over WebSocket (RFC 8887): mail for programs that speak JSON."""
