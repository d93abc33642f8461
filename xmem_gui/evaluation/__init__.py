"""Measure quality on datasets with known masks."""

from xmem_gui.evaluation.clicks import SIGNS, ClickRun, ClickScores, evaluate_clicks, simulate
from xmem_gui.evaluation.dataset import Sequence, find_sequences
from xmem_gui.evaluation.metrics import ObjectScores, SequenceMeter, contour_accuracy, region_similarity
from xmem_gui.evaluation.protocols import PROTOCOLS, VosProtocol, find_protocol
from xmem_gui.evaluation.scores import SequenceScores, SequenceTiming, VosScores, replace_text, write_scores
from xmem_gui.evaluation.segmenting import EngineSegment, Speed, make_segment
from xmem_gui.evaluation.submission import write_submission
from xmem_gui.evaluation.vos import Segment, VosStep, evaluate_vos, score_sequence

__all__ = [
    "PROTOCOLS",
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
    "Speed",
    "VosProtocol",
    "VosScores",
    "VosStep",
    "contour_accuracy",
    "evaluate_clicks",
    "evaluate_vos",
    "find_protocol",
    "find_sequences",
    "make_segment",
    "region_similarity",
    "replace_text",
    "score_sequence",
    "simulate",
    "write_scores",
    "write_submission",
]
