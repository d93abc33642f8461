"""XMem's network (Cheng and Schwing, ECCV 2022): pure functions of tensors, no state between frames.

x is an image feature, g an object feature; the suffix is the stride. B images, K objects in each.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xmem_gui.model.backbones import Pyramid, key_trunk, value_trunk
from xmem_gui.model.blocks import Fuser, GatedUpdate, SensoryUpdate, UpsampleBlock
from xmem_gui.model.config import FULL, XMemConfig


class KeyFeatures(NamedTuple):
    """What the network knows of an image alone; h, w are H/16, W/16."""

    key: Tensor
    """(B, C^k, h, w)"""
    shrinkage: Tensor
    """(B, 1, h, w), at least 1"""
    selection: Tensor
    """(B, C^k, h, w) in (0, 1)"""
    pyramid: Pyramid


class KeyProjection(nn.Module):
    """From the stride-16 feature to key, shrinkage and selection (section 3.3 of the paper)."""

    def __init__(self, in_dim: int, key_dim: int) -> None:
        super().__init__()
        self.key_proj = nn.Conv2d(in_dim, key_dim, 3, padding=1)
        self.d_proj = nn.Conv2d(in_dim, 1, 3, padding=1)
        self.e_proj = nn.Conv2d(in_dim, key_dim, 3, padding=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (B, C, h, w) to key, shrinkage and selection."""
        return self.key_proj(x), self.d_proj(x).float() ** 2 + 1, self.e_proj(x).sigmoid()


class Decoder(nn.Module):
    """From the memory readout to a logit for every object."""

    def __init__(self, x_dims: tuple[int, int, int], config: XMemConfig) -> None:
        super().__init__()
        d16, d8, d4 = config.decoder_dims
        self.fuser = Fuser(x_dims[0], config.value_dim + config.hidden_dim, d16, shortcut=config.shortcut)
        self.hidden_update = (
            SensoryUpdate(config.decoder_dims, config.sensory_dim, config.hidden_dim)
            if config.hidden_dim
            else None
        )
        self.up_16_8 = UpsampleBlock(x_dims[1], d16, d8, shortcut=config.shortcut, skip=config.skip)
        self.up_8_4 = UpsampleBlock(x_dims[2], d8, d4, shortcut=config.shortcut, skip=config.skip)
        self.pred = nn.Conv2d(d4, 1, 3, padding=1)

    def forward(
        self, x: Pyramid, readout: Tensor, hidden: Tensor, *, update_hidden: bool
    ) -> tuple[Tensor, Tensor]:
        """Return logits (B*K, 1, H, W) at the image's resolution and the hidden maps."""
        g16 = self.fuser(x.f16, torch.cat([readout, hidden.to(readout.dtype)], 1))
        g8 = self.up_16_8(x.f8, g16)
        g4 = self.up_8_4(x.f4, g8)
        logits = self.pred(F.relu(g4))
        if update_hidden and self.hidden_update is not None:
            hidden = self.hidden_update.update(g16, g8, torch.cat([g4, logits], 1), hidden)
        whole = F.interpolate(logits.float(), scale_factor=4, mode="bilinear", align_corners=False)
        return whole, hidden


class XMem(nn.Module):
    """The network, full or compact, as `XMemConfig` says.

    Notes
    -----
    Parameter names are those of the published checkpoints, 412 entries for the full model.
    """

    def __init__(self, config: XMemConfig = FULL) -> None:
        super().__init__()
        self.config = config
        self.key_encoder = key_trunk(config)
        # The value encoder's trunk, fuser and sensory update share one prefix in the checkpoints.
        self.value_encoder = value_trunk(config)
        self.value_encoder.add_module(
            "fuser",
            Fuser(
                self.key_encoder.dims[0], self.value_encoder.dims[0], config.value_dim,
                shortcut=config.shortcut,
            ),
        )  # fmt: skip
        if config.hidden_dim:
            self.value_encoder.add_module(
                "hidden_reinforce", GatedUpdate(config.value_dim, config.hidden_dim)
            )
        self.key_proj = KeyProjection(self.key_encoder.dims[0], config.key_dim)
        self.decoder = Decoder(self.key_encoder.dims, config)

    def narrowed(self, precision: torch.dtype) -> "XMem":
        """Compute in a half precision, but for what must be float32 (docs/adr/0011); returns self.

        Inputs of any precision are taken. Keys, shrinkages, selections, logits and hidden maps are float32.
        """
        if self.config.backbone != "mobilenet_v2":
            self.key_encoder.to(precision)
            self.key_proj.to(precision)
        self.value_encoder.to(precision)
        self.decoder.to(precision)
        return self

    def encode_key(self, image: Tensor) -> KeyFeatures:
        """Look at normalised images (B, 3, H, W), H and W multiples of 16."""
        pyramid: Pyramid = self.key_encoder(_like_weights(image, self.key_encoder))
        key, shrinkage, selection = self.key_proj(pyramid.f16)
        if key.dtype != image.dtype and not torch.is_autocast_enabled(image.device.type):
            key, selection = key.float(), selection.float()
        return KeyFeatures(key, shrinkage, selection, pyramid)

    def encode_value(
        self,
        image: Tensor,
        f16: Tensor,
        hidden: Tensor,
        masks: Tensor,
        *,
        others: Tensor | None = None,
        update_hidden: bool = True,
    ) -> tuple[Tensor, Tensor]:
        """Look at objects in images.

        Parameters
        ----------
        image
            Normalised, (B, 3, H, W).
        f16
            The key encoder's stride-16 feature, (B, C, h, w).
        hidden
            Sensory memory, (B*K, C^h, h, w).
        masks
            Aggregated probabilities without the background, (B, K, H, W).
        others
            Each object's sum of the other objects' probabilities, (B, K, H, W); needed only where
            ``masks`` does not hold all objects of the image.
        update_hidden
            Whether to run the deep update of the sensory memory.

        Returns
        -------
        tuple
            Values (B*K, C^v, h, w) and the hidden maps.
        """
        count = masks.shape[1]
        if others is None:
            others = masks.sum(1, keepdim=True) - masks
        encoder = self.value_encoder
        image, masks, others = (_like_weights(one, encoder) for one in (image, masks, others))
        images = image.repeat_interleave(count, dim=0)
        x = torch.cat([images, masks.flatten(0, 1)[:, None], others.flatten(0, 1)[:, None]], 1)
        g = self.value_encoder(x.contiguous(memory_format=torch.channels_last)).f16
        value: Tensor = self.value_encoder.get_submodule("fuser")(_like_weights(f16, encoder), g)
        if update_hidden and self.config.hidden_dim:
            hidden = self.value_encoder.get_submodule("hidden_reinforce")(value, hidden)
        return value, hidden

    def decode(
        self, features: KeyFeatures, readout: Tensor, hidden: Tensor, *, update_hidden: bool = True
    ) -> tuple[Tensor, Tensor]:
        """Segment every object.

        Parameters
        ----------
        features
            The key encoder's features of B images, by stride.
        readout
            What the memory says, (B*K, C^v, h, w).
        hidden
            Sensory memory, (B*K, C^h, h, w).
        update_hidden
            Whether to run the decoder's update of the sensory memory.

        Returns
        -------
        tuple
            Logits (B, K, H, W), each object by itself, and the hidden maps.
        """
        pyramid = Pyramid(*(_like_weights(one, self.decoder) for one in features.pyramid))
        readout = _like_weights(readout, self.decoder)
        logits, hidden = self.decoder(pyramid, readout, hidden, update_hidden=update_hidden)
        batch = features.key.shape[0]
        return logits.view(batch, -1, *logits.shape[-2:]), hidden

    def initial_hidden(self, count: int, like: Tensor) -> Tensor:
        """Return an empty sensory memory (count, C^h, h, w) of the size and kind of ``like``."""
        return like.new_zeros(count, self.config.hidden_dim, *like.shape[-2:])


def _like_weights(x: Tensor, module: nn.Module) -> Tensor:
    """Bring an input to the half precision of a module's weights; float32 ones take it as it comes."""
    precision = next(module.parameters()).dtype
    return x if precision == torch.float32 else x.to(precision)
