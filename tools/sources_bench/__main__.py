"""Measure official files and transfers: ``make bench-sources``, options with ARGS=….

Every other module of this folder is a part with a ``main`` of its own; each runs in a process
of its own and prints JSON lines. CPU seconds compare programs on one machine and in one run.
"""

import argparse
import pkgutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def parts() -> list[str]:
    """Return the names of the parts in this folder."""
    names = (module.name for module in pkgutil.iter_modules([str(HERE)]))
    return sorted(name for name in names if not name.startswith("_"))


def main() -> None:
    """Run the parts asked for; other options are passed on to them."""
    parser = argparse.ArgumentParser(prog="make bench-sources ARGS=…", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=parts(), default=parts())
    chosen, passed_on = parser.parse_known_args()
    failed = [
        part
        for part in chosen.only
        if subprocess.run(
            [sys.executable, "-m", f"sources_bench.{part}", *passed_on],
            cwd=HERE.parent,
            check=False,
        ).returncode
    ]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
