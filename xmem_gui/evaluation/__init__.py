"""Measure quality on datasets with known masks."""

from xmem_gui.evaluation.clicks import SIGNS, ClickRun, ClickScores, evaluate_clicks, simulate
from xmem_gui.evaluation.dataset import Sequence, find_sequences
from xmem_gui.evaluation.metrics import ObjectScores, SequenceMeter, contour_accuracy, region_similarity
from xmem_gui.evaluation.scores import SequenceScores, SequenceTiming, VosScores, replace_text, write_scores
from xmem_gui.evaluation.segmenting import EngineSegment
from xmem_gui.evaluation.vos import Segment, VosStep, evaluate_vos, score_sequence

__all__ = [
    "SIGNS",
    "ClickRun",
    "ClickScores",
    "EngineSegment",
    "ObjectScores",
    "Segment",
    "Sequence",
    "SequenceMeter",
    "SequenceScores",
    "SequenceTiming",
    "VosScores",
    "VosStep",
    "contour_accuracy",
    "evaluate_clicks",
    "evaluate_vos",
    "find_sequences",
    "region_similarity",
    "replace_text",
    "score_sequence",
    "simulate",
    "write_scores",
]
