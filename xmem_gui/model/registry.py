"""The models this program knows by name, and where their files are on this machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from xmem_gui.assets import asset
from xmem_gui.errors import CheckpointError, why_no_file
from xmem_gui.folders import models_folder


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One model.

    Parameters
    ----------
    name
        As on the command line.
    title
        The name that people see, with what the model is for.
    kind
        ``vos`` follows objects through a video, ``segmenter`` turns clicks to a mask.
    file
        Name of its file in the models folder, or path below ``resources/`` if it ships.
    url
        Where to fetch it from; None if it ships.
    licence
        Of the weights, by its SPDX name.
    source
        Page of those who published it.
    sha256
        Published checksum, in hexadecimal; None where none is published.
    bytes
        Published size of the file in bytes; None where none is published.
    shipped
        Whether it comes with the program.
    extra
        The package it runs with if that does not come with the program, which is also the name of an extra.
    look
        How long it takes a click model to look at a frame on a processor in float32, as a multiple of the
        compact one's (`benchmarks/first_looks.py`); None where that was not measured.
    """

    name: str
    title: str
    kind: Literal["vos", "segmenter"]
    file: str
    url: str | None
    licence: str
    source: str
    sha256: str | None = None
    bytes: int | None = None
    shipped: bool = False
    extra: str | None = None
    look: float | None = None

    @property
    def lack(self) -> str:
        """What has to be installed before it can be used, in a sentence; "" if nothing has."""
        if self.extra is None or importlib.util.find_spec(self.extra) is not None:
            return ""
        return f"It needs the package {self.extra}: run `pip install 'xmem-gui[{self.extra}]'`."


def _official(name: str, file: str, title: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        title=title,
        kind="vos",
        file=file,
        url=f"https://github.com/hkchengrex/XMem/releases/download/v1.0/{file}",
        licence="MIT",
        source="https://github.com/hkchengrex/XMem",
    )


def _sam(kind: str, *, file: str, size: int, sha256: str, title: str, look: float) -> ModelSpec:
    return ModelSpec(
        name=f"sam_{kind}",
        title=title,
        kind="segmenter",
        file=file,
        url=f"https://dl.fbaipublicfiles.com/segment_anything/{file}",
        licence="Apache-2.0",
        source="https://github.com/facebookresearch/segment-anything",
        sha256=sha256,
        bytes=size,
        look=look,
    )


def _sam2(kind: str, *, size: int, sha256: str, title: str, look: float) -> ModelSpec:
    file = f"sam2.1_hiera_{kind}.pt"
    return ModelSpec(
        name=f"sam2.1_{kind}",
        title=title,
        kind="segmenter",
        file=file,
        url=f"https://dl.fbaipublicfiles.com/segment_anything_2/092824/{file}",
        licence="Apache-2.0",
        source="https://github.com/facebookresearch/sam2",
        sha256=sha256,
        bytes=size,
        extra="sam2",
        look=look,
    )


_ALL = (
    ModelSpec(
        name="compact",
        title="Compact XMem: comes with the program, made for a laptop without a GPU",
        kind="vos",
        file="weights/compact-xmem.safetensors",
        url=None,
        licence="MIT",
        source="resources/weights/MODEL_CARD.md",
        shipped=True,
    ),
    ModelSpec(
        name="compact-click",
        title="Compact click model: comes with the program; clicks and scribbles become masks",
        kind="segmenter",
        file="weights/compact-click.safetensors",
        url=None,
        licence="MIT",
        source="resources/weights/MODEL_CARD.md",
        shipped=True,
        look=1.0,
    ),
    _official("xmem", "XMem.pth", "XMem as published: best with a GPU"),
    _official("xmem-s012", "XMem-s012.pth", "XMem as published, trained on BL30K too"),
    ModelSpec(
        name="mobile_sam",
        title="MobileSAM: clicks become masks, on a laptop without a GPU",
        kind="segmenter",
        file="mobile_sam.pt",
        url="https://github.com/ChaoningZhang/MobileSAM/raw/f706ad9c4eb7f219c00d9050e46328518ffb65d2/weights/mobile_sam.pt",
        licence="Apache-2.0",
        source="https://github.com/ChaoningZhang/MobileSAM",
        sha256="6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
        bytes=40_728_226,
        look=15.0,
    ),
    _sam(
        "vit_b",
        file="sam_vit_b_01ec64.pth",
        size=375_042_383,
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
        title="segment-anything, the smallest: clicks become masks",
        look=234.0,
    ),
    _sam(
        "vit_l",
        file="sam_vit_l_0b3195.pth",
        size=1_249_524_607,
        sha256="3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
        title="segment-anything, better: wants a GPU",
        look=520.0,
    ),
    _sam(
        "vit_h",
        file="sam_vit_h_4b8939.pth",
        size=2_564_550_879,
        sha256="a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
        title="segment-anything, the best: wants a GPU",
        look=840.0,
    ),
    _sam2(
        "tiny",
        size=156_008_466,
        sha256="7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69",
        title="SAM 2.1, the smallest: clicks become masks",
        look=46.0,
    ),
    _sam2(
        "small",
        size=184_416_285,
        sha256="6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38",
        title="SAM 2.1, small: clicks become masks",
        look=54.0,
    ),
    _sam2(
        "base_plus",
        size=323_606_802,
        sha256="a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5",
        title="SAM 2.1, better: wants a GPU",
        look=96.0,
    ),
    _sam2(
        "large",
        size=898_083_611,
        sha256="2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318",
        title="SAM 2.1, the best: wants a GPU",
        look=255.0,
    ),
)

MODELS: Mapping[str, ModelSpec] = MappingProxyType({spec.name: spec for spec in _ALL})
"""Every model by its name."""


def find_model(name_or_path: str | Path, *, folder: Path | None = None) -> Path:
    """Return the file of a model.

    Parameters
    ----------
    name_or_path
        A name in `MODELS`, or the path of a file. A name comes first: write ``./xmem`` for a file so named.
    folder
        Where downloaded models are, if not in `models_folder`.

    Raises
    ------
    CheckpointError
        If there is no such model or file, or the model is not on this machine.
    """
    spec = MODELS.get(str(name_or_path)) if isinstance(name_or_path, str) else None
    if spec is not None:
        return _file_of(spec, folder or models_folder())
    path = Path(name_or_path).expanduser()
    if not why_no_file(path):
        return path
    raise CheckpointError(
        f"'{name_or_path}' is neither a file nor the name of a model; choose {', '.join(MODELS)} or the path"
        " of a checkpoint."
    )


def _file_of(spec: ModelSpec, folder: Path) -> Path:
    if spec.shipped:
        return asset(spec.file)
    path = folder / spec.file
    if not why_no_file(path):
        return path
    raise CheckpointError(
        f"The model '{spec.name}' is not on this machine ({path} does not exist); run 'xmem-gui models"
        f" download {spec.name}', or give the path of {spec.file}."
    )
