"""A text-classification model as the hub holds them, with random weights, so small that tests make it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

TEXTS = (
    "Danke für nichts, mein Koffer fehlt seit Montag und niemand hilft mir!",
    "Thanks a lot, your support is great and my new shoes arrived today.",
    "the quick brown fox jumps over the lazy dog ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 äöüß @ ? ! .",
)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
POLARITY = ("negative", "neutral", "positive")


def save_tiny(
    folder: Path,
    labels: Sequence[str] = POLARITY,
    *,
    pieces: int = 400,
    with_tokenizer: bool = True,
    with_head: bool = True,
) -> Path:
    """Write a BERT that knows `pieces` and reads 32 of them at once, and its tokenizer; return `folder`."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=pieces,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=34,
        initializer_range=0.4,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    (BertForSequenceClassification if with_head else BertModel)(config).save_pretrained(folder)
    if with_tokenizer:
        _save_tokenizer(folder)
    return folder


def _save_tokenizer(folder: Path) -> None:
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizer

    pieces = BertWordPieceTokenizer()
    pieces.train_from_iterator(TEXTS, vocab_size=400, min_frequency=1, special_tokens=list(SPECIAL))
    BertTokenizer(vocab=pieces.get_vocab(), model_max_length=32).save_pretrained(folder)
