"""An untrained network of a few weights with XMem's interface, and projects that use it: fast scenarios."""

import shutil
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xmem_gui.annotator import Annotator, EngineSettings
from xmem_gui.memory import MemoryConfig
from xmem_gui.model import KeyFeatures, XMemConfig
from xmem_gui.model.backbones import Pyramid
from xmem_gui.project import Fingerprint, Project, VideoReference
from xmem_gui.video import CachedSource, FrameSource

HEIGHT, WIDTH, FRAMES = 32, 48, 7
MEMORY = MemoryConfig(
    max_working_frames=2, min_working_frames=1, prototypes=3, max_long_term_tokens=9, memory_every=2, top_k=5
)
SETTINGS = EngineSettings(model="tiny", device="cpu", size=None, memory=MEMORY)


class TinyNetwork(nn.Module):
    """Sees a frame in 16 x 16 cells; what it predicts depends on the memory, the past and the picture."""

    config = XMemConfig(key_dim=4, value_dim=3, hidden_dim=2)

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(1)
            self.key = nn.Conv2d(3, 9, 1)
            self.value = nn.Conv2d(5, 3, 1)
            self.deep = nn.Conv2d(5, 2, 1)
            self.out = nn.Conv2d(3 + 2 + 3, 1, 1)
            self.light = nn.Conv2d(3 + 2, 2, 1)
            self.out.weight.data *= 6

    def narrowed(self, precision: torch.dtype) -> "TinyNetwork":
        """Return itself: it is small enough to compute in float32 always."""
        del precision
        return self

    def encode_key(self, image: Tensor) -> KeyFeatures:
        pooled = [F.avg_pool2d(image, stride) for stride in (16, 8, 4)]
        x = self.key(pooled[0])
        return KeyFeatures(x[:, :4], x[:, 4:5] ** 2 + 1, x[:, 5:].sigmoid(), Pyramid(*pooled))

    def encode_value(self, image, f16, hidden, masks, *, others=None, update_hidden=True):
        count = masks.shape[1]
        others = masks.sum(1, keepdim=True) - masks if others is None else others
        planes = torch.cat([masks.flatten(0, 1)[:, None], others.flatten(0, 1)[:, None]], 1)
        x = torch.cat([f16.repeat_interleave(count, 0), F.avg_pool2d(planes, 16)], 1)
        value = self.value(x)
        if update_hidden:
            hidden = self.deep(torch.cat([value, hidden], 1)).tanh()
        return value, hidden

    def decode(self, features, readout, hidden, *, update_hidden=True):
        count = readout.shape[0]
        f4 = features.pyramid.f4.repeat_interleave(count, 0)
        seen = F.interpolate(torch.cat([readout, hidden], 1), size=f4.shape[-2:], mode="bilinear")
        logits = self.out(torch.cat([seen, f4], 1))
        if update_hidden:
            hidden = self.light(torch.cat([readout, hidden], 1)).tanh()
        logits = F.interpolate(logits, scale_factor=4, mode="bilinear")
        return logits.view(1, count, *logits.shape[-2:]), hidden

    def initial_hidden(self, count: int, like: Tensor) -> Tensor:
        return like.new_zeros(count, 2, *like.shape[-2:])


class Clip(FrameSource):
    """A video of noise that never was on a disk."""

    def __init__(self) -> None:
        times = np.arange(FRAMES) / 25
        super().__init__(
            path=Path("clip.mp4"), name="clip", size=(WIDTH, HEIGHT), rate=25.0, timestamps=times
        )
        rng = np.random.default_rng(0)
        self.images = rng.integers(0, 256, (FRAMES, HEIGHT, WIDTH, 3), np.uint8)

    def frame(self, index: int) -> np.ndarray:
        return self.images[index]


def use_tiny_network(monkeypatch) -> None:
    """Let every engine compute with the tiny network."""
    monkeypatch.setattr("xmem_gui.model.checkpoint.load_network", lambda _: TinyNetwork())
    monkeypatch.setattr("xmem_gui.annotator.compute.find_model", lambda name: name)
    monkeypatch.setattr("xmem_gui.annotator.propagation.checkpoint.find_model", lambda _: Path(__file__))


def open_tiny(path, settings: EngineSettings = SETTINGS) -> Annotator:
    """Open a project of the clip, or make it; nothing but closing brings it to the disk."""
    options = {"flush_interval": 60.0, "backup_every": None}
    if path.exists():
        project = Project.open(path, **options)
    else:
        mark = Fingerprint(WIDTH, HEIGHT, FRAMES, FRAMES / 25, "abc", 1000)
        project = Project.create(path, video=VideoReference(path.parent / "clip.mp4", mark), **options)
    return Annotator(project, CachedSource(Clip()), settings)


def as_killed(project: Path) -> Path:
    """Copy an open project with all beside it, as a kill or a power cut leaves it; return the copy."""
    left = project.parent / "left"
    left.mkdir()
    for path in (*project.parent.glob(f"{project.name}*"), *project.parent.glob(f".{project.name}*")):
        if path.is_dir():
            shutil.copytree(path, left / path.name)
        elif not path.name.endswith(".lock"):
            shutil.copy(path, left)
    return left / project.name


def box(seed: int) -> np.ndarray:
    """Return a mask that differs from seed to seed; 0 gives an empty one."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    if seed:
        top, left = (seed * 5) % 16, (seed * 11) % 30
        mask[top : top + 14, left : left + 16] = True
    return mask


def masks_of(annotator: Annotator) -> dict[tuple[int, int], tuple]:
    """Return all masks with what a person can see of them, by frame and object."""
    return {
        (frame, name): (one.rle.counts, one.committed, one.reviewed, one.origin, one.confidence)
        for frame in range(FRAMES)
        for name, one in annotator.project.records(frame).items()
    }
