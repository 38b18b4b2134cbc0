"""What interventions changed, against areas alike where nothing was done; published values only."""

from sozialraum.evaluation.evaluating import evaluate
from sozialraum.evaluation.sentences import evaluation_sentences

__all__ = ["evaluate", "evaluation_sentences"]
