"""Compiling ahead changes nothing but the time a first run takes."""

import subprocess
import sys

import pytest

from sozialraum.pipeline import warming as module
from sozialraum.pipeline.warming import compile_sampler, is_compiled, warming


@pytest.fixture
def started(monkeypatch):
    """Return the processes that were started; the command is a quick one."""
    found = []
    original = subprocess.Popen

    def start(command, **options):
        found.append(original([command[0], "-c", "import time; time.sleep(60)"], **options))
        return found[-1]

    monkeypatch.setattr(module.subprocess, "Popen", start)
    return found


def test_the_first_run_starts_one_process_and_leaves_none(started, monkeypatch):
    monkeypatch.setattr(module, "is_compiled", lambda: False)
    monkeypatch.setattr(module, "_may_start", lambda: True)
    with warming(wanted=True):
        assert [one.poll() for one in started] == [None]
    assert started[0].poll() is not None


def test_a_failing_stage_leaves_no_process_either(started, monkeypatch):
    monkeypatch.setattr(module, "is_compiled", lambda: False)
    monkeypatch.setattr(module, "_may_start", lambda: True)
    with pytest.raises(ValueError, match="stage"), warming(wanted=True):
        raise ValueError("stage")
    assert started[0].poll() is not None


def test_nothing_is_started_when_compiled_or_not_wanted_or_inside_another_program(
    started, monkeypatch
):
    monkeypatch.setattr(module, "is_compiled", lambda: True)
    with warming(wanted=True):
        pass
    monkeypatch.setattr(module, "is_compiled", lambda: False)
    with warming(wanted=False):
        pass
    monkeypatch.setattr(sys, "executable", "/usr/bin/qgis")
    with warming(wanted=True):
        pass
    assert started == []


def test_the_command_compiles_what_the_next_run_looks_for():
    compile_sampler()
    assert is_compiled()
