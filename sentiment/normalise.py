"""Make posts of every network look alike before the model reads them, in training as in service."""

from __future__ import annotations

import html
import re
import unicodedata

HANDLE = "@user"
LINK = "http"
SHOUT = "[caps]"

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
_PICTURE = re.compile("([\u2300-\u23ff\u2600-\u27bf\u2b05-\u2b55\u3030\U0001f000-\U0001faff])")
_URL = re.compile(
    r"(?:https?://|www\.)\S+|\b(?:bit\.ly|t\.co|pic\.twitter\.com|youtu\.be)/\S+", re.IGNORECASE
)
_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}\b")
_MENTION = re.compile(r"(?<!\w)@\w{1,50}(?:@[\w.-]{3,100})?|(?<!\w)/?u/[\w-]{3,20}")
_MENTION_RUN = re.compile(rf"{HANDLE}(?:[\s,]+{HANDLE})+")
_HASHTAG = re.compile(r"#(\w{2,100})")
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[^\W\d_])(?=\d)|_+")
_REPEATED = re.compile(r"(.)\1{3,}")
_SHOUTING = re.compile(
    r"(?<![\w@#\[])[A-ZÄÖÜ]{2,}(?:['’][A-ZÄÖÜ]+)?(?:[\s,]+(?:[A-ZÄÖÜ]{2,}|[AI])(?!\w))+|\b[A-ZÄÖÜ]{5,}\b"
)
_SPACE = re.compile(r"\s+")
_EMOTICONS = {
    "🙂": (":)", ":-)", "=)", ":]", ":o)", "(:"),
    "😀": (":D", ":-D", "=D", "xD", "XD", "^^", "^_^"),
    "😉": (";)", ";-)", ";D", ";-D"),
    "🙁": (":(", ":-(", "=(", ":[", "):", ":-/", ":/", ":\\", "-.-", "-_-"),
    "😢": (":'(", ":'-(", ":´(", ";("),
    "😛": (":P", ":-P", ":p", ":-p", ";P"),
    "😘": (":*", ":-*"),
    "😡": (">:(", ">:-("),
    "😮": (":O", ":-O", ":o", "o_O", "O_o"),
    "❤": ("<3",),
}
_FACE_OF = {text: picture for picture, texts in _EMOTICONS.items() for text in texts}
_FACES = re.compile(
    r"(?<![\w:;=])(?:" + "|".join(re.escape(t) for t in sorted(_FACE_OF, key=len, reverse=True)) + r")(?!\w)"
)
_IN_FRONT = re.compile(rf"^(?:{HANDLE}[\s,:]*)+(?=\S)")
_AT_END = re.compile(rf"(?<=\S)(?:\s+{LINK})+$")
_SIGNS = str.maketrans("’‘´`“”„–—", "''''\"\"\"--")
_BROKEN = re.compile("[ÃÂâð][\u0080-\u00bf\u2018-\u2122€šžŸœŒ¤-¿]")


def normalise(text: str) -> str:
    """Return `text` with handles as @user, links as http, pictures apart, and shouting marked by [caps].

    Whom a post is sent to and the link it ends with say nothing of what its author wants: they go.
    """
    text = clean(text).translate(_SIGNS)
    text = _MAIL.sub(HANDLE, _URL.sub(LINK, text))
    text = _MENTION_RUN.sub(HANDLE, _MENTION.sub(HANDLE, text))
    text = _FACES.sub(lambda face: f" {_FACE_OF[face[0]]} ", text)
    text = _HASHTAG.sub(lambda tag: "#" + _CAMEL.sub(" ", tag[1]), text)
    text = _PICTURE.sub(r" \1 ", text)
    text = _SHOUTING.sub(lambda words: f"{SHOUT} {words[0].lower()}", text)
    text = _REPEATED.sub(r"\1\1\1", text)
    text = _SPACE.sub(" ", text).strip()
    return _AT_END.sub("", _IN_FRONT.sub("", text))


def clean(text: str) -> str:
    """Return `text` as its author typed it: entities and bad encodings undone, nothing invisible."""
    text = unicodedata.normalize("NFKC", html.unescape(mend(text)))
    text = _SKIN_TONE.sub("", _INVISIBLE.sub("", text))
    return "".join(c if c.isprintable() else " " for c in text)


def mend(text: str) -> str:
    """Undo UTF-8 that was once read as Windows-1252; anything else comes back unchanged."""
    if not _BROKEN.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def spell_out_umlauts(text: str) -> str:
    """Write ä ö ü ß as people do whose keyboard lacks them."""
    for umlaut, spelt in (
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("Ä", "Ae"),
        ("Ö", "Oe"),
        ("Ü", "Ue"),
    ):
        text = text.replace(umlaut, spelt)
    return text
