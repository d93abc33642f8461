"""Masks that clicks, scribbles and boxes ask for: computed, and put into the document when accepted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.computer import Computer, ThisMachine
from xmem_gui.annotator.kept_round import KeptRound
from xmem_gui.annotator.mask_tools import Editing
from xmem_gui.arrays import Mask
from xmem_gui.device import choose_device
from xmem_gui.interaction import PreparedImage, Prompts, Segmenter
from xmem_gui.interaction.features_cache import FeatureCache
from xmem_gui.interaction.rounds import Round
from xmem_gui.project import Origin, Outcome, Project, Rle, door
from xmem_gui.video import FrameSource

_OBJECTS = 4
"""Masks of which the rounds are kept: a probability is as large as a frame."""
_ROUNDS = 32
"""Rounds that are kept of each, so that undoing leads back to them."""


@dataclass(frozen=True)
class PromptSettings:
    """What turns prompts into masks.

    Attributes
    ----------
    model : str
        ``compact``, another click model's name such as ``mobile_sam``, or the path of a checkpoint.
    device : str
        ``auto``, ``cuda``, ``mps``, ``cpu``, or any name torch knows.
    """

    model: str = "compact"
    device: str = "auto"


@dataclass(frozen=True)
class FirstLook:
    """What it has taken to look at a frame for the first time.

    Attributes
    ----------
    model : str
        The click model, as `PromptSettings` have it.
    device : str
        ``cuda``, ``mps`` or ``cpu``.
    seconds : float
        Of the quickest so far.
    """

    model: str
    device: str
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A mask that prompts ask for; the document has it once it is accepted.

    Attributes
    ----------
    frame, object_id : int
        Whose mask it would be.
    mask : (H, W) bool
        At the video's size.
    probability : (H, W) float32
        That each pixel is in the object, 0 to 1.
    """

    frame: int
    object_id: int
    mask: Mask
    probability: NDArray[np.float32]


class Proposing:
    """Turns prompts into proposals, and proposals into masks of the document; `Prompting` keeps the prompts.

    The network is loaded when it is first needed, and features of frames are kept. May be used from any
    thread; only `prepare` and `propose` take long.

    Parameters
    ----------
    project
        The open project that holds the masks.
    video
        The open video whose pictures are prompted on.
    editing
        Settles accepted masks with those of other objects.
    settings
        The click model and the device that it runs on.
    """

    def __init__(
        self, project: Project, video: FrameSource, editing: Editing, settings: PromptSettings | None = None
    ) -> None:
        self._project = project
        self._video = video
        self._editing = editing
        self._settings = settings or PromptSettings()
        self._computer: Computer = ThisMachine()
        self._loaded: tuple[PromptSettings, Segmenter] | None = None
        self._loading = threading.Lock()
        self._predicting = threading.Lock()
        self._memory = threading.Lock()
        self._cache = FeatureCache()
        self._prompts: dict[tuple[int, int], Prompts] = {}
        self._rounds: OrderedDict[tuple[int, int], list[KeptRound]] = OrderedDict()

    @property
    def settings(self) -> PromptSettings:
        """What computes. It may be set at any time and holds from the next call on; prompts stay."""
        return self._settings

    @settings.setter
    def settings(self, settings: PromptSettings) -> None:
        self._settings = settings

    @property
    def computer(self) -> Computer:
        """Where it computes. Setting it lets go of the network; prompts stay."""
        return self._computer

    @computer.setter
    def computer(self, computer: Computer) -> None:
        with self._loading:
            self._computer = computer
            self._loaded = None
            self._cache.clear()

    @property
    def first_look(self) -> FirstLook | None:
        """What a first look at a frame takes here; None before the first, and on another machine."""
        loaded = self._loaded
        if loaded is None or loaded[0] != self._settings or self._computer.name:
            return None
        seconds = self._cache.quickest(loaded[1].name)
        if seconds is None:
            return None
        settings = loaded[0]
        return FirstLook(settings.model, choose_device(settings.device).type, seconds)

    def load(self) -> None:
        """Load the network now instead of when it is first needed.

        Raises
        ------
        CheckpointError
            If it cannot be loaded.
        """
        self._segmenter()

    def close(self) -> None:
        """Let go of the network, of features and of masks of earlier proposals; prompts stay."""
        with self._loading:
            self._loaded = None
            self._cache.clear()
        with self._memory:
            self._rounds.clear()

    def prepare(self, frame: int) -> None:
        """Compute what proposals on a frame need, if it is not here; for the frame that the user is on.

        Raises
        ------
        CheckpointError
            If the model is unknown, not downloaded, or its file is damaged.
        XmemGuiError
            If the frame cannot be read, or the device is missing or has not enough memory.
        """
        self._prepared(door.whole(frame, "frame number"))

    def is_prepared(self, frame: int) -> bool:
        """Whether `propose` on a frame would answer at once."""
        loaded = self._loaded
        return loaded is not None and loaded[0] == self._settings and self._cache.holds(frame, loaded[1].name)

    def propose(
        self,
        frame: int,
        object_id: int,
        prompts: Prompts,
        *,
        use_current: bool = True,
        whole: bool = False,
    ) -> Proposal:
        """Return the mask that prompts ask for; the document does not change.

        As long as prompts are only added, each proposal goes on from the one before, or from what another
        tool has made of it; `interaction.rounds` says what they change. If one was moved or deleted, all are
        played again: from the mask that the object had before the first, or from the one it has now if it has
        changed otherwise. What a person has painted stays unless a new prompt touches it.

        Parameters
        ----------
        frame, object_id
            The 0-based frame and the object whose mask it is.
        prompts
            All prompts of the object on this frame, in the video's pixels.
        use_current
            Whether to begin with the mask that the object has.
        whole
            Ask all prompts at once and take the whole answer, from the mask before the first.

        Raises
        ------
        ProjectError
            If there is no such object.
        XmemGuiError
            As `prepare`.
        """
        frame, object_id = door.whole(frame, "frame number"), self._project.object(object_id).id
        image = self._prepared(frame)
        start, document, answer = self._answer(
            image, frame, object_id, prompts, use_current=use_current, whole=whole
        )
        self._remember(frame, object_id, KeptRound.of(replace(answer, prompts=prompts), start, document))
        probability = answer.probability
        if probability is None:  # No prompt is in the picture.
            probability = np.zeros(self._project.size, np.float32)
        return Proposal(frame, object_id, probability >= 0.5, probability)

    def would(self, frame: int, object_id: int | None, prompts: Prompts) -> Mask | None:
        """Return the mask (H, W) that `propose` would give, and remember nothing: for a pointer that hovers.

        None if prompts would change nothing. ``object_id`` None: of an object yet to be added.

        Raises
        ------
        XmemGuiError
            As `propose`.
        """
        # A copy has the same features, and the original does not know what it was asked.
        image = copy(self._prepared(frame))
        if object_id is None:
            with self._predicting:
                document, answer = None, Round().replayed(image, prompts.since(Prompts()) or ())
        else:
            self._project.object(object_id)
            _, document, answer = self._answer(image, frame, object_id, prompts)
        mask = answer.mask(self._project.size)
        same = not mask.any() if document is None else bool((mask == document.to_mask()).all())
        return None if same else mask

    def _answer(
        self,
        image: PreparedImage,
        frame: int,
        object_id: int,
        prompts: Prompts,
        *,
        use_current: bool = True,
        whole: bool = False,
    ) -> tuple[Mask | None, Rle | None, Round]:
        """Return the mask before the first prompt, the document's, and the answer to prompts."""
        document = self._document(frame, object_id)
        painted = self._project.painted(frame, object_id) if use_current else None
        last = self._last_round(frame, object_id, document)
        start = None
        if use_current and last is not None:
            start = last.start
        elif use_current and document is not None and document.area:
            start = document.to_mask()
        beginning = Round() if start is None else Round.of(start)
        with self._predicting:
            if whole:
                return start, document, replace(beginning, prompts=prompts).anew(image, painted=painted)
            before = self._before(frame, object_id, last, beginning)
            added = prompts.since(before.prompts)
            if added is None or (last is not None and last.start is not start):
                before, added = beginning, prompts.since(Prompts())
            return start, document, before.replayed(image, added or (), painted=painted)

    def prompts_of(self, frame: int, object_id: int) -> Prompts:
        """Return the prompts of the latest proposal of an object on a frame, since `forget` or opening."""
        return self._prompts.get((frame, object_id), Prompts())

    def forget(self, frame: int, object_id: int) -> None:
        """Drop an object's prompts on a frame: the next proposal begins with the mask it has then."""
        with self._memory:
            self._prompts.pop((frame, object_id), None)
            self._rounds.pop((frame, object_id), None)

    def accept(self, proposal: Proposal, *, commit: bool = True) -> Outcome:
        """Put a proposal's mask into the document: one undoable step that respects locked objects.

        What other, unlocked objects have of it is settled as `Editing.overlap` says.

        Raises
        ------
        ProjectError
            If the object is locked or gone.
        """
        outcome = self._editing.set_mask(
            proposal.frame,
            proposal.object_id,
            proposal.mask,
            origin=Origin.CLICKED,
            commit=commit,
            verb="Click",
        )
        key = proposal.frame, proposal.object_id
        document = self._document(*key)
        with self._memory:
            if key in self._rounds:
                # What was accepted is what the next round goes on from.
                self._rounds[key][-1] = replace(self._rounds[key][-1], document=document)
        return outcome

    def _prepared(self, frame: int) -> PreparedImage:
        return self._cache.get(frame, self._segmenter(), lambda: self._video.frame(frame))

    def _segmenter(self) -> Segmenter:
        with self._loading:
            settings = self._settings
            if self._loaded is None or self._loaded[0] != settings:
                # Before the new network comes, the old one makes room.
                self._loaded = None
                self._cache.clear()
                self._loaded = settings, self._computer.segmenter(settings)
            return self._loaded[1]

    def _document(self, frame: int, object_id: int) -> Rle | None:
        record = self._project.record(frame, object_id)
        return None if record is None else record.rle

    def _before(self, frame: int, object_id: int, last: KeptRound | None, beginning: Round) -> Round:
        """Return what a prompt that is added goes on from."""
        if last is not None:
            return last.to_round()
        # Another tool has changed the mask: prompts given before have had their say.
        return replace(beginning, prompts=self.prompts_of(frame, object_id))

    def _last_round(self, frame: int, object_id: int, document: Rle | None) -> KeptRound | None:
        """Return the last round that left the document as it is; none if something else has changed it."""
        with self._memory:
            rounds = self._rounds.get((frame, object_id), [])
            return next((one for one in reversed(rounds) if one.document == document), None)

    def _remember(self, frame: int, object_id: int, done: KeptRound) -> None:
        key = frame, object_id
        with self._memory:
            self._prompts[key] = done.prompts
            before = [replace(one, probability=None) for one in self._rounds.get(key, [])]
            self._rounds[key] = [*before[1 - _ROUNDS :], done]
            self._rounds.move_to_end(key)
            while len(self._rounds) > _OBJECTS:
                self._rounds.popitem(last=False)
