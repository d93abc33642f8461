"""Weights of the golden cases, drawn by name: no checkpoint is needed."""

import zlib

import numpy as np
import torch

from xmem_gui.model import FULL, XMem


def golden_network(seed: int) -> XMem:
    """Return the full network with the weights that the case's numbers were recorded with."""
    network = XMem(FULL)
    network.load_state_dict(
        {
            name: torch.from_numpy(_draw(name, tuple(t.shape), seed))
            for name, t in network.state_dict().items()
        }
    )
    return network


def _draw(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    n = rng.standard_normal(shape).astype(np.float32)
    if name.endswith("running_var"):
        return np.exp(0.1 * n)
    if name.endswith("running_mean"):
        return np.float32(0.1) * n
    if len(shape) == 1:
        if name.endswith(".weight"):
            return np.float32(0.5) + np.float32(0.05) * n
        return np.float32(0.05) * n - np.float32(3 if name == "decoder.pred.bias" else 0)
    weight = n * np.float32(_gain(name) / np.sqrt(np.prod(shape[1:])))
    if name == "value_encoder.conv1.weight":
        weight[:, 3:] *= 16
    elif name.split(".fuser.block1.")[0] in ("value_encoder", "decoder") and name.endswith(
        ("block1.conv1.weight", "block1.downsample.weight")
    ):
        weight[:, 1024:] *= 8
    return weight


def _gain(name: str) -> float:
    if name == "key_proj.key_proj.weight":
        return 6.0
    if name == "decoder.pred.weight":
        return 0.5
    return 1.0 if name.startswith("decoder.") else 1.2
