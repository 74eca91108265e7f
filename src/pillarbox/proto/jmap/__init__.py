"""JMAP as values: what is asked and what is answered, without anything that waits (RFC 8620)."""
