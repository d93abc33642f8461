"""How much the memory keeps, and when it is written."""

from dataclasses import dataclass

from xmem_gui.errors import XmemGuiError


@dataclass(frozen=True)
class MemoryConfig:
    """Limits and rhythm of the four tiers; the defaults are the paper's.

    Parameters
    ----------
    max_working_frames
        T_max: at this many frames working memory is consolidated.
    min_working_frames
        T_min: as many frames stay in working memory then, the first among them; at least 1.
    prototypes
        P, tokens that one consolidation makes.
    max_long_term_tokens
        Long-term memory never holds more.
    top_k
        Tokens that each query position reads.
    memory_every
        A frame enters working memory every so many frames.
    deep_update_every
        -1: the value encoder updates the sensory memory on memory frames, the decoder on all others;
        otherwise the deep update runs every so many frames and the decoder's on every frame.
    long_term
        Whether to consolidate; without, working memory is never emptied.
    permanent_read
        Permanent frames that are compared with a frame; where there are more, those that look most like it.
        Each beyond the first takes the place of a working frame, so that a frame costs the same however
        many are committed. None reads all.

    Raises
    ------
    XmemGuiError
        If the values contradict one another.
    """

    max_working_frames: int = 10
    min_working_frames: int = 5
    prototypes: int = 128
    max_long_term_tokens: int = 10_000
    top_k: int = 30
    memory_every: int = 5
    deep_update_every: int = -1
    long_term: bool = True
    permanent_read: int | None = None

    def __post_init__(self) -> None:
        for name in ("min_working_frames", "prototypes", "top_k", "memory_every"):
            if getattr(self, name) < 1:
                raise XmemGuiError(f"The memory setting '{name}' must be at least 1.")
        if self.permanent_read is not None and self.permanent_read < 1:
            raise XmemGuiError("The memory setting 'permanent_read' must be at least 1.")
        if self.deep_update_every == 0 or self.deep_update_every < -1:
            raise XmemGuiError("The memory setting 'deep_update_every' must be -1 or at least 1.")
        if self.min_working_frames > self.max_working_frames:
            raise XmemGuiError(
                f"Working memory cannot keep {self.min_working_frames} frames of at most "
                f"{self.max_working_frames}: lower min_working_frames."
            )
        if self.prototypes > self.max_long_term_tokens:
            raise XmemGuiError(
                f"Long-term memory of {self.max_long_term_tokens} tokens cannot take {self.prototypes} "
                "prototypes at a time: raise max_long_term_tokens."
            )

    def working_limits(self, permanent: int) -> tuple[int, int]:
        """Return T_max and T_min beside so many permanent frames: less by those read beyond the first."""
        if self.permanent_read is None:
            return self.max_working_frames, self.min_working_frames
        others = max(min(permanent, self.permanent_read) - 1, 0)
        most = max(self.max_working_frames - others, min(2, self.max_working_frames))
        return most, min(self.min_working_frames, max(most // 2, 1))
