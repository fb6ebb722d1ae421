"""The network: a small BERT encoder, its mean and first vector, and one linear head a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sentiment.training.backbone import Backbone

_QUICK = {
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "attn_implementation": "eager",
}


class Understander(nn.Module):  # type: ignore[misc]
    """Answers all heads about a batch of posts in one pass."""

    def __init__(self, config: BertConfig, heads: Mapping[str, int], *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(2 * config.hidden_size, answers) for name, answers in heads.items()}
        )

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the mean and the first vector of each post side by side (posts x twice the width)."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return torch.cat([mean_vector(states, mask), states[:, 0]], dim=1)

    def answers(self, pooled: Tensor) -> dict[str, Tensor]:
        """Return the logits of each head (posts x answers)."""
        pooled = self.dropout(pooled)
        return {name: head(pooled) for name, head in self.heads.items()}

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Return the logits of each head (posts x answers)."""
        return self.answers(self.pooled(ids, mask))


def mean_vector(states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of each row's states where `mask` is 1."""
    weight = mask.unsqueeze(-1).to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def build(backbone: Backbone, rows: Tensor, heads: Mapping[str, int], *, dropout: float) -> Understander:
    """Return a network with the backbone's layers and `rows` as its table of word vectors.

    Dropout stays out of the encoder: on a processor its random numbers cost as much as the products.
    """
    settings: dict[str, Any] = backbone.config.to_dict()
    config = BertConfig(**settings | {"vocab_size": len(rows), "pad_token_id": 0} | _QUICK)
    network = Understander(config, heads, dropout=dropout)
    network.encoder.load_state_dict({**backbone.weights, "embeddings.word_embeddings.weight": rows})
    return network


def shorten(network: Understander, layers: Sequence[int], *, dropout: float) -> Understander:
    """Return a copy of `network` that keeps only the `layers` named, counted from 0."""
    settings: dict[str, Any] = network.encoder.config.to_dict()
    config = BertConfig(**settings | {"num_hidden_layers": len(layers)} | _QUICK)
    short = Understander(
        config, {name: head.out_features for name, head in network.heads.items()}, dropout=dropout
    )
    old = network.state_dict()
    place = {
        f"encoder.encoder.layer.{new}.": f"encoder.encoder.layer.{kept}." for new, kept in enumerate(layers)
    }
    short.load_state_dict({name: old[_renamed(name, place)] for name in short.state_dict()})
    return short


def _renamed(name: str, place: Mapping[str, str]) -> str:
    for new, kept in place.items():
        if name.startswith(new):
            return kept + name.removeprefix(new)
    return name
