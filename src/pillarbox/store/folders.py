"""Folders for the owner's eyes only, that outlive a power cut."""

import os


def make_folder(path: str) -> None:
    """A folder, and those above it, whatever the umask; synced, so that it outlives a power cut."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for made in reversed(missing):
        try:
            os.mkdir(made, 0o700)
            os.chmod(made, 0o700)
        except FileExistsError:
            pass
        sync_folder(os.path.dirname(made))


def sync_folder(path: str) -> None:
    """Put a folder's entries on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
