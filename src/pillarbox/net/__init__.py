"""Sockets, TLS and time: everything between a protocol engine and the network. Knows no protocol of ours."""
