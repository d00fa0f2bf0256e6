"""ModernBERT's attention for reading alone: the rotation of positions as one product of complex numbers.

The library rotates halves of a head by four passes over memory for queries and keys each, a quarter of all the time
that a post takes on a processor. With the two halves interleaved, which changes no product of a query with a key, a
rotation is one complex product (Su et al. 2021, equation 12) for both at once.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Does what the library's attention without dropout and sliding windows does, with the same weights."""

    def __init__(self, old: Any) -> None:  # noqa: ANN401 - the library's module
        super().__init__()
        self.heads, self.width = old.Wqkv.in_features // old.head_dim, old.head_dim
        half = torch.arange(self.width // 2)
        order = torch.stack([half, half + self.width // 2], 1).flatten()  # a, b of a pair side by side
        rows = torch.arange(len(old.Wqkv.weight)).view(3, self.heads, self.width)
        rows[:2] = rows[:2, :, order]
        weight = old.Wqkv.weight.detach()[rows.flatten()]
        bias = None if old.Wqkv.bias is None else old.Wqkv.bias.detach()[rows.flatten()]
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)
        self.out = old.Wo

    def forward(
        self,
        hidden_states: Tensor,
        position_embeddings: tuple[Tensor, Tensor],
        attention_mask: Tensor | None = None,
        **_: object,
    ) -> tuple[Tensor, None]:
        """Return ([B, L, width], None), as the library's layer expects it."""
        size, length, _width = hidden_states.shape
        joined = F.linear(hidden_states, self.weight, self.bias).view(size, length, 3, self.heads, self.width)
        cos, sin = (x[..., : self.width // 2].float() for x in position_embeddings)
        turn = torch.complex(cos, sin).view(-1, length, 1, 1, self.width // 2)
        pairs = joined[:, :, :2].float().view(size, length, 2, self.heads, -1, 2)
        turned = torch.view_as_real(torch.view_as_complex(pairs).mul_(turn)).flatten(-2).to(joined.dtype)
        query, key = turned.transpose(1, 3).unbind(2)
        mixed = F.scaled_dot_product_attention(query, key, joined[:, :, 2].transpose(1, 2), attn_mask=attention_mask)
        return self.out(mixed.transpose(1, 2).flatten(2)), None


def quicken(encoder: Any) -> None:  # noqa: ANN401 - any encoder
    """Put the quicker attention into an encoder of the ModernBERT kind without sliding windows; leave others alone."""
    if encoder.config.model_type != "modernbert" or set(encoder.config.layer_types) != {"full_attention"}:
        return
    for layer in encoder.layers:
        layer.attn = Attention(layer.attn)
