"""Protocol engines: bytes in, events out; no clock, no socket, no file."""
