"""How a worker process ends, told by its exit status."""

from typing import Final

STORE_FAILED: Final = 70
"""The disk did not keep what it was given (EX_SOFTWARE)."""
MISCONFIGURED: Final = 78
"""The operator has to mend something first (EX_CONFIG)."""
