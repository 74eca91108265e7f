"""Of what is installed, what the product itself needs: the lock file for those who only run it."""

import re
from importlib.metadata import PackageNotFoundError, distribution, version

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def needed(package: str = "pillarbox") -> dict[str, str]:
    """Names and versions of everything `package` requires, directly or not, extras left out."""
    found: dict[str, str] = {}
    waiting = [package]
    while waiting:
        for requirement in distribution(waiting.pop()).requires or ():
            name = _NAME.match(requirement)
            if name is None or "extra ==" in requirement or _normal(name[0]) in found:
                continue
            try:
                found[_normal(name[0])] = version(name[0])
            except PackageNotFoundError:
                continue  # for another system or Python
            waiting.append(name[0])
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    for name, installed in sorted(needed().items()):
        print(f"{name}=={installed}")
