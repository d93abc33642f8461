"""Several processes that train one network, as ``torchrun`` starts them; or one alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from xmem_gui.errors import XmemGuiError


@dataclass(frozen=True)
class Team:
    """The processes of a run: this one's number, and how many there are."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def places(self, count: int) -> range:
        """Return which of a step's ``count`` clips this process takes.

        Raises
        ------
        XmemGuiError
            If there are fewer clips than processes.
        """
        if count < self.size:
            raise XmemGuiError(
                f"a step of {count} clips cannot be shared by {self.size} processes: start fewer"
            )
        return range(self.rank, count, self.size)

    def average(self, tensors: Sequence[Tensor], values: Sequence[float], *, count: int) -> list[float]:
        """Average over the processes, each weighted by its ``count`` of clips.

        Parameters
        ----------
        tensors
            Float32; they become the averages, equal to the bit in every process.
        values
            Numbers to average with them; the averages are returned.
        count
            Clips that this process has seen.
        """
        if self.size == 1:
            return list(values)
        numbers = torch.tensor([*values, 1.0], dtype=torch.float32, device=self.device)
        flat = torch.cat([*(tensor.reshape(-1) for tensor in tensors), numbers]).mul_(count)
        dist.all_reduce(flat)
        flat.div_(flat[-1].clone())
        parts = flat[: -len(numbers)].split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))
        averages: list[float] = flat[-len(numbers) : -1].tolist()
        return averages

    def any(self, flag: bool) -> bool:
        """Return whether any process says yes; all get the same answer."""
        return self.most(int(flag)) > 0

    def agrees(self, number: int) -> bool:
        """Return whether all processes name the same number."""
        return self.most(number) == -self.most(-number)

    def wait(self) -> None:
        """Wait until all processes are here."""
        self.most(0)

    def most(self, number: int) -> int:
        """Return the largest number that any process names."""
        if self.size == 1:
            return number
        most = torch.tensor(number, device=self.device)
        dist.all_reduce(most, op=dist.ReduceOp.MAX)
        return int(most)


SOLO = Team()


def started_first() -> bool:
    """Return whether this process is the one of a run that speaks to people."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined_team(device: str) -> Iterator[Team]:
    """Join the processes that ``torchrun`` has started, for as long as the context lasts.

    On CUDA each process takes the device of its number on its machine and they talk by NCCL, else by gloo.
    Without ``torchrun`` the team is this process alone. Within a context the same team is joined again.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team(device=device)
        return
    cuda = device.startswith("cuda")
    if cuda:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    # A second group in the same processes finds the first one's addresses in torchrun's store and hangs.
    outermost = not dist.is_initialized()
    if outermost:
        dist.init_process_group("nccl" if cuda else "gloo")
    try:
        yield Team(rank=dist.get_rank(), size=size, device=device)
    finally:
        if outermost:
            dist.destroy_process_group()
