"""Telling a service manager how we are (the sd_notify protocol: one datagram a state)."""

import os
import socket


def notify(state: str) -> None:
    """Say `state` ("READY=1", "STOPPING=1", …) where NOTIFY_SOCKET asks for it; nobody listening is no trouble."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as voice:
            voice.sendto(state.encode(), address)
    except OSError:
        return
