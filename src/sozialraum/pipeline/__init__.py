"""The one room that knows the order: project file in, published folder out.

Every stage is keyed by what it depends on (file contents, its part of the project
file, the code itself and the stages before it) and kept in a private work folder; a
stage whose key is unchanged is not computed again. Outputs are kept per file: a missing
or altered file is written again, the others are taken over.
"""

from sozialraum.pipeline.inputs import Inputs, check_inputs
from sozialraum.pipeline.outputs import shown_by
from sozialraum.pipeline.runner import STAGES, Notify, Run, Stage, Step, run

__all__ = ["STAGES", "Inputs", "Notify", "Run", "Stage", "Step", "check_inputs", "run", "shown_by"]
