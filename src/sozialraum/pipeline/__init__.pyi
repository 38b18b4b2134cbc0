from .inputs import Inputs as Inputs, check_inputs as check_inputs
from .outputs import shown_by as shown_by
from .runner import (
    STAGES as STAGES,
    Notify as Notify,
    Run as Run,
    Stage as Stage,
    Step as Step,
    run as run,
)
