"""The optimiser, its learning rate at every step, and the moving average of the weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from xmem_gui.training.runs import RunConfig, StageT

_BACKBONES = ("key_encoder.", "value_encoder.features.", "trunk.")


def make_optimiser(network: nn.Module, config: RunConfig[StageT]) -> torch.optim.AdamW:
    """Return AdamW over two groups: the pre-trained encoders, and the rest; biases and norms do not decay."""
    groups: list[dict[str, object]] = []
    for backbone in (True, False):
        for decays in (True, False):
            chosen = [
                parameter
                for name, parameter in network.named_parameters()
                if name.startswith(_BACKBONES) == backbone and (parameter.ndim > 1) == decays
            ]
            if chosen:
                share = config.backbone_rate if backbone else 1.0
                decay = config.weight_decay if decays else 0.0
                groups.append({"params": chosen, "weight_decay": decay, "share": share})
    return torch.optim.AdamW(groups, lr=1.0)


def learning_rate(config: RunConfig[StageT], step: int, *, spent: float = 0.0) -> float:
    """Return the learning rate of a step: a rise from 0, then each stage's own course.

    ``spent`` is how many seconds the run has trained; it counts where the run is against the clock.
    """
    _, stage, place = config.stage_at(step)
    course = place if config.seconds is None else config.course(step, spent=spent)
    return stage.rate(course) * min(1.0, (step + 1) / max(1, config.warm_up))


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Give every group its share of the learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["share"]


class MovingAverage:
    """The exponential average of a network's parameters; early on it forgets faster, to lose the start."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values: dict[str, Tensor] = {
            name: tensor.detach().clone() for name, tensor in network.state_dict().items()
        }

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the network after a step."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                self.values[name].lerp_(tensor, 1 - decay)
            else:
                self.values[name].copy_(tensor)
