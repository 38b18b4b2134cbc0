"""What texts about interventions tell: for the check of finished files."""

from sozialraum.evaluation.sentences import evaluation_sentences
from sozialraum.files.scan.derived import Derived
from sozialraum.messages import LANGUAGES
from sozialraum.model import Evaluation

SHOWN = ("effect", "lower", "upper", "smallest")
"""Fractions that tables and pictures show by themselves."""


def told_of(evaluation: Evaluation) -> Derived:
    """Return what is told of an evaluation: its sentences in both languages, and its fractions.

    Parameters
    ----------
    evaluation
        Computed from published values only.
    """
    texts = {
        sentence
        for language in LANGUAGES
        for sentence in evaluation_sentences(evaluation, language).values()
    }
    numbers = evaluation.effects[list(SHOWN)].to_numpy(dtype=float).ravel()
    return Derived(frozenset(texts), {}, {"": tuple(numbers.tolist())})
