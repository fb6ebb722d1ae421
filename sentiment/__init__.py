"""The room that understands: the classifier, assessments, corrections, training and evaluation.

>>> from sentiment import classify
>>> classify("Mein Paket ist seit zwei Wochen weg!").intent
'problem'
"""

from __future__ import annotations

from sentiment.verdict import Verdict


def classify(text: str, *, language: str = "", brand: str = "") -> Verdict:
    """Return what the model in service says of one post; it is loaded at the first call.

    `language` is the network's tag ("de", "en-GB") where there is one, `brand` the name of the brand file
    whose terms and costs count. Works without Django's settings. Raises UnknownBrand and ModelError.
    """
    from config.brand_files import brand as known
    from sentiment.judge import judge
    from sentiment.service import classifier

    return judge([text], [known(brand).slug if brand else ""], [language], model=classifier())[0]
