"""All that the outputs of a run may tell besides published numbers, to check them later."""

from collections.abc import Sequence

from sozialraum.files.scan.derived import Derived
from sozialraum.flags.told import told_by
from sozialraum.index.told import derived_from
from sozialraum.maps.charts import told_of_charts
from sozialraum.messages import LANGUAGES
from sozialraum.model import Evaluation
from sozialraum.model.publishable import Publishable
from sozialraum.report.found import told_of_findings


def told_of_outputs(noun: Publishable, evaluations: Sequence[Evaluation] = ()) -> Derived:
    """Return what report and charts tell that is computed from a release.

    Parameters
    ----------
    noun
        Flags where there are any, else the index, else the release.
    evaluations
        What interventions changed, one evaluation an indicator.

    Returns
    -------
    Derived
        For both languages.
    """
    found = derived_from(noun) | told_by(noun) | told_of_findings(noun, evaluations)
    for language in LANGUAGES:
        for shown in (noun, *evaluations):
            found |= told_of_charts(shown, language)
    return found
