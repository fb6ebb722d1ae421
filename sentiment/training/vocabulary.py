"""A vocabulary of word pieces for German and English posts, learned from them."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer

from sentiment.normalise import HANDLE, SHOUT, normalise, spell_out_umlauts
from sentiment.training import corpora
from sentiment.training.recipe import Vocabulary

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_PICTURES = ((0x2600, 0x27C0), (0x1F300, 0x1F650), (0x1F680, 0x1F6FD), (0x1F900, 0x1FAFF))


def train_tokenizer(folder: Path, vocabulary: Vocabulary, *, seed: int) -> Tokenizer:
    """Return a tokenizer that lower-cases, keeps umlauts and knows every emoji."""
    tokenizer = _blank()
    trainer = WordPieceTrainer(
        vocab_size=vocabulary.size,
        min_frequency=vocabulary.min_count,
        special_tokens=[*SPECIAL, HANDLE, SHOUT],
        initial_alphabet=pictures() if vocabulary.size > 8000 else [],
        limit_alphabet=3000,
        continuing_subword_prefix="##",
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(folder, vocabulary, random.Random(seed)), trainer)
    return _finish(tokenizer)


def pictures() -> list[str]:
    """Return every emoji of one code point."""
    points = (chr(point) for first, end in _PICTURES for point in range(first, end))
    return [sign for sign in points if unicodedata.category(sign) == "So"]


def _blank() -> Tokenizer:
    tokenizer = Tokenizer(WordPiece(unk_token="[UNK]", max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    return tokenizer


def _finish(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in (HANDLE, SHOUT)])
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def _texts(folder: Path, vocabulary: Vocabulary, chance: random.Random) -> Iterator[str]:
    """Yield the texts that pieces are learned from, a tenth of them with umlauts spelt out."""
    for name, column, most in vocabulary.texts:
        texts = [row[column] for row in corpora.rows(folder, name)]
        for text in chance.sample(texts, min(most, len(texts))):
            text = normalise(text)
            yield spell_out_umlauts(text) if chance.random() < 0.1 else text
