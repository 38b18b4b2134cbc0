"""Run the parts of a bench: each module of its folder, in a process of its own."""

import argparse
import pkgutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def parts(package: str) -> list[str]:
    """Return the names of the parts of a bench."""
    names = (module.name for module in pkgutil.iter_modules([str(HERE / package)]))
    return sorted(name for name in names if not name.startswith("_"))


def run_parts(package: str, target: str, description: str | None) -> None:
    """Run the parts asked for; other options are passed on to them."""
    parser = argparse.ArgumentParser(prog=f"make {target} ARGS=…", description=description)
    known = parts(package)
    parser.add_argument("--only", nargs="+", choices=known, default=known)
    chosen, passed_on = parser.parse_known_args()
    failed = [
        part
        for part in chosen.only
        if subprocess.run(
            [sys.executable, "-m", f"{package}.{part}", *passed_on], cwd=HERE, check=False
        ).returncode
    ]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")
