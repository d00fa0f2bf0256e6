"""One network for all tasks: an encoder, a pooled state that looks at the marked body, and small heads.

The pooled state joins the mean over all tokens with the mean over the marked target (or the first token when
nothing is marked), because stance is toward somebody, not the tone of the text. A reason is read from the pooled state
and from the words that the evidence head points at for it (label-wise attention: Mullenbach et al. 2018), so that what
is taught about its words also teaches whether it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from models.ngrams import Ngrams

# Public sets disagree on what positive means: stars of a review, tone of a tweet, attitude to a named entity. Each
# family has its own head, so that they share the encoder and not the prejudice.
HEADS = ("stance", "entity", "tweet", "review")


class Network(nn.Module):
    """Encoder and heads: about (1), sentiment (heads x 3), reasons (n) and evidence (a score per token and reason)."""

    def __init__(self, encoder: Any, reasons: int, marks: tuple[int, int]) -> None:  # noqa: ANN401
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder, self.marks = encoder, marks
        self.wide: Ngrams | None = None  # what n-grams add to the logits; not learnt with the rest
        self.join = nn.Sequential(nn.Linear(2 * width, width), nn.GELU())
        self.about = nn.Linear(width, 1)
        self.sentiment = nn.Linear(width, 3 * len(HEADS))
        self.reasons = nn.Linear(width, reasons)
        self.evidence = nn.Linear(width, reasons)
        self.found = nn.Parameter(torch.randn(reasons, width) * 0.02)  # what the words of a reason look like

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Return logits: about [B], sentiment [B, heads, 3], reasons [B, n], evidence [B, L, n]."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = self.join(torch.cat([_mean(states, mask), _mean(states, self._target(ids, mask))], -1))
        evidence = self.evidence(states)
        return {
            "about": self.about(pooled).squeeze(-1),
            "sentiment": self.sentiment(pooled).unflatten(-1, (len(HEADS), 3)),
            "reasons": self.reasons(pooled) + (_attend(states, evidence, mask) * self.found).sum(-1),
            "evidence": evidence,
        }

    @torch.no_grad()
    def lend_stance(self) -> None:
        """Start the stance head from that of named entities, the nearest task that public sets teach."""
        for values in (self.sentiment.weight.view(len(HEADS), 3, -1), self.sentiment.bias.view(len(HEADS), 3)):
            values[HEADS.index("stance")] = values[HEADS.index("entity")]

    @torch.no_grad()
    def mute(self) -> None:
        """Make heads that learnt nothing answer alike for every text: about a body, and no reason."""
        for head, bias in ((self.about, 9.0), (self.reasons, -9.0)):
            head.weight.zero_()
            head.bias.fill_(bias)
        self.found.zero_()

    def _target(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return 1 on the marks and what stands between them; on the first token where nothing is marked."""
        opened = (ids == self.marks[0]).long()
        closed = (ids == self.marks[1]).long()
        inside = ((opened.cumsum(1) - closed.cumsum(1) + closed) > 0) & (mask > 0)
        first = torch.zeros_like(inside)
        first[:, 0] = True
        return torch.where(inside.any(1, keepdim=True), inside, first)


def _attend(states: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
    """Return [B, n, width]: for each reason the mean of all tokens, weighted by the softmax of their scores."""
    weight = scores.float().masked_fill(mask.unsqueeze(-1) == 0, -1e4).softmax(1).to(states.dtype)
    return torch.einsum("bln,bld->bnd", weight, states)


def _mean(states: Tensor, mask: Tensor) -> Tensor:
    weight = mask.unsqueeze(-1).to(states.dtype)
    return (states * weight).sum(1) / weight.sum(1).clamp(min=1)
