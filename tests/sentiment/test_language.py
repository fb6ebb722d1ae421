from __future__ import annotations

import pytest

from sentiment.language import Spoken, spoken
from sentiment.normalise import normalise


@pytest.mark.parametrize(
    ("text", "tag", "found"),
    [
        ("Mein Paket ist seit Tagen unterwegs", "", Spoken("de", True)),
        ("my parcel has been on its way for days", "", Spoken("en", True)),
        ("Kargom üç haftadır gelmedi, rezalet bir firma", "", Spoken("tr", False)),
        ("¿Dónde está mi paquete? Nadie me responde por teléfono", "", Spoken("es", False)),
        ("Где моя посылка?", "", Spoken("ru", False)),
        ("荷物が届きません", "", Spoken("ja", False)),
        ("Danke!", "", Spoken("de", True)),
        ("😡", "", Spoken("und", True)),
        ("http @user", "", Spoken("und", True)),
        ("Servus", "de-AT", Spoken("de", True)),
        ("Mein Paket", "EN_gb", Spoken("en", True)),
        ("Mein Paket", "tr", Spoken("tr", False)),
        ("Mein Paket ist weg", "und", Spoken("de", True)),
        ("Mein Paket ist weg", "qht", Spoken("de", True)),
    ],
)
def test_the_network_says_the_language_or_the_detector_does(text: str, tag: str, found: Spoken) -> None:
    assert spoken([normalise(text)], [tag]) == [found]
