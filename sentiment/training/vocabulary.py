"""The word pieces we keep of the backbone's quarter of a million: those that German and English posts use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
from torch import Tensor

from sentiment.normalise import HANDLE, SHOUT, normalise, spell_out_umlauts
from sentiment.training import corpora
from sentiment.training.backbone import Backbone
from sentiment.training.recipe import Vocabulary

PAD, START, END, UNKNOWN = SPECIAL = ("<pad>", "<s>", "</s>", "<unk>")
_MARKERS = {HANDLE: ("▁user",), SHOUT: ("!",)}
"""Our markers and the pieces whose rows they start from."""
_EVERY_TENTH = 10


def choose_pieces(backbone: Backbone, folder: Path, vocabulary: Vocabulary) -> Tokenizer:
    """Return a tokenizer with the `vocabulary.size` pieces that our texts need most.

    Single characters that occur are always kept, so that dropping a piece costs length, not meaning.
    """
    whole = _tokenizer(backbone.pieces)
    counts: Counter[str] = Counter()
    signs: Counter[str] = Counter()
    for texts in _chunks(_texts(folder, vocabulary), 2000):
        signs.update(sign for text in texts for sign in text.replace(" ", "▁"))
        for encoding in whole.encode_batch(texts, add_special_tokens=False):
            counts.update(encoding.tokens)
    known = dict(backbone.pieces)
    kept = [sign for sign, _ in signs.most_common() if sign in known]
    room = vocabulary.size - len(SPECIAL) - len(_MARKERS)
    pieces = list(dict.fromkeys([*kept[: room // 4], *(piece for piece, _ in counts.most_common())]))
    chosen = [(piece, known[piece]) for piece in pieces if piece in known and piece not in SPECIAL][:room]
    return _tokenizer(chosen)


def start_rows(tokenizer: Tokenizer, backbone: Backbone) -> Tensor:
    """Return the table of word vectors for `tokenizer` (pieces x width) out of the backbone's."""
    table = backbone.weights["embeddings.word_embeddings.weight"]
    place = {piece: row for row, (piece, _) in enumerate(backbone.pieces)}
    rows = [_rows_of(piece, place) for piece in _in_order(tokenizer.get_vocab())]
    weights: Tensor = table.new_zeros(len(rows), table.shape[1])
    for i, found in enumerate(rows):
        weights[i] = table[found].mean(dim=0)
    return weights


def _rows_of(piece: str, place: Mapping[str, int]) -> list[int]:
    return [place[old] for old in _MARKERS.get(piece, (piece,))]


def _in_order(vocabulary: Mapping[str, int]) -> list[str]:
    return sorted(vocabulary, key=lambda piece: vocabulary[piece])


def _tokenizer(pieces: Iterable[tuple[str, float]]) -> Tokenizer:
    """Return a tokenizer of SentencePiece's kind, its special pieces first."""
    ordinary = [(piece, score) for piece, score in pieces if piece not in SPECIAL]
    table = [(piece, 0.0) for piece in SPECIAL] + ordinary
    tokenizer = Tokenizer(models.Unigram(table, unk_id=SPECIAL.index(UNKNOWN), byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, lstrip=True) for token in _MARKERS])
    ends = [(token, tokenizer.token_to_id(token)) for token in (START, END)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{START} $A {END}", special_tokens=ends)
    return tokenizer


def _chunks(texts: Iterator[str], size: int) -> Iterator[list[str]]:
    while chunk := list(islice(texts, size)):
        yield chunk


def _texts(folder: Path, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the texts that pieces are counted in, every tenth with umlauts spelt out."""
    for name, column, weight in vocabulary.texts:
        for i, row in enumerate(corpora.rows(folder, name)):
            text = normalise(row[column])
            yield from [spell_out_umlauts(text) if i % _EVERY_TENTH == 0 else text] * weight
