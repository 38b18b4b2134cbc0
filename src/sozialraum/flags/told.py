"""What texts about flags tell: for the check of finished files.

All of it is computed from the release, so that a check can write the same again and refuse
anything else.
"""

from sozialraum.files.scan.derived import NOTHING, Derived
from sozialraum.flags.sentences import sentences
from sozialraum.messages import LANGUAGES
from sozialraum.model import Flags
from sozialraum.model.publishable import Publishable
from sozialraum.schema import FLAGGED


def told_by(noun: Publishable) -> Derived:
    """Return the sentences about areas that are told of, in both languages.

    Parameters
    ----------
    noun
        What is shown.

    Returns
    -------
    Derived
        Whole sentences, as :func:`sozialraum.flags.sentence` writes them, about the areas
        with a finding or an early warning; nothing without flags.
    """
    if not isinstance(noun, Flags):
        return NOTHING
    flagged = noun.areas["grade"].isin(FLAGGED) | noun.areas["warning"].ne("")
    areas = [str(area) for area in noun.areas.index[flagged]]
    every = {one for lang in LANGUAGES for one in sentences(noun, areas, lang).values()}
    return Derived(frozenset(every))
