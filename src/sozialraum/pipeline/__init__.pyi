from .checking import check_inputs as check_inputs
from .inputs import Inputs as Inputs
from .keys import STAGES as STAGES, Stage as Stage
from .outputs import shown_by as shown_by
from .runner import (
    Notify as Notify,
    Run as Run,
    Step as Step,
    run as run,
)
