"""Measure official files and transfers: ``make bench-sources``, options with ARGS=….

Every other module of this folder is a part with a ``main`` of its own; each runs in a process
of its own and prints JSON lines. CPU seconds compare programs on one machine and in one run.
"""

from bench_parts import run_parts

if __name__ == "__main__":
    run_parts("sources_bench", "bench-sources", __doc__)
