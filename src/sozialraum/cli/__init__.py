"""The command line: every command parses, calls one public function and writes.

Paths and data go to stdout, talk and progress to stderr. Exit codes: 0 done, 1 cannot,
2 wrong usage, 3 refused on disclosure grounds.
"""

from sozialraum.cli.app import build, main

__all__ = ["build", "main"]
