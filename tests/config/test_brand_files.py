from __future__ import annotations

from pathlib import Path

import pytest

from config.brand_files import BrandFault, UnknownBrand, brand, read_brand, read_brands

GOOD = Path("config/brands/zehnschritt.yaml").read_text()


def written(folder: Path, text: str) -> Path:
    path = folder / "test.yaml"
    path.write_text(text)
    return path


def test_the_shipped_brand_can_be_read() -> None:
    zehnschritt = brand("zehnschritt")
    assert zehnschritt.is_own("@Zehnschritt")
    assert not zehnschritt.is_own("jana")
    replacement = zehnschritt.goodwill.offer("replacement")
    assert replacement is not None and replacement.needs_evidence


def test_an_unknown_brand_is_refused_with_the_names_of_those_that_exist() -> None:
    with pytest.raises(UnknownBrand, match="zehnschritt"):
        brand("nobody")


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("agent_limit: 180.00", "agent_limit: -1", "goodwill.offers.1.agent_limit"),
        ("agent_limit: 30.00", "agent_limit: 300", "must not exceed maximum"),
        ("timezone: Europe/Berlin", "timezone: Berlin", "is not a time zone"),
        ('mon: ["07:00-22:00"]', 'mon: ["22:00-07:00"]', "hours.mon.0: Value error, ends before it starts"),
        ('mon: ["07:00-22:00"]', 'mon: ["07:00-12:00", "11:00-22:00"]', "without overlap"),
        ("currency: EUR", "curency: EUR", "curency: Extra inputs are not permitted"),
        ("critical: 15,", "critical: soon,", "first_response.critical"),
        ("terms: []", "terms: [War Zone, X]", "terms.1: Value error, needs two letters"),
        ("terms: []", "terms: War Zone", "terms: Input should be a valid list"),
        ("terms: []", f"terms: [{'long ' * 20}]", "terms.0: String should have at most 60 characters"),
    ],
)
def test_a_mistake_is_reported_with_its_file_key_and_line(
    tmp_path: Path, good: str, bad: str, said: str
) -> None:
    assert good in GOOD
    text = GOOD.replace(good, bad, 1)
    line = text[: text.index(bad)].count("\n") + 1
    with pytest.raises(BrandFault) as fault:
        read_brand(written(tmp_path, text))
    assert said in str(fault.value)
    mentioned = int(str(fault.value).split("line ")[1].split(":")[0])
    assert abs(mentioned - line) <= 3


def test_text_that_is_not_yaml_is_reported_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BrandFault, match=r"test\.yaml, line 2: this is not YAML"):
        read_brand(written(tmp_path, "name: a\nhandles: ]b\n"))


def test_a_file_in_another_encoding_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "test.yaml"
    path.write_bytes("name: Zehnschrött".encode("latin-1"))
    with pytest.raises(BrandFault, match="save the file as UTF-8"):
        read_brand(path)


def test_the_mistakes_of_all_files_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("name: [")
    (tmp_path / "two.yaml").write_text("just words")
    with pytest.raises(BrandFault) as fault:
        read_brands(tmp_path)
    assert "one.yaml" in str(fault.value) and "two.yaml" in str(fault.value)


def test_a_folder_without_brands_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BrandFault, match=r"copy zehnschritt\.yaml"):
        read_brands(tmp_path)


def test_a_wrong_term_is_reported_with_its_own_line(tmp_path: Path) -> None:
    text = GOOD.replace("terms: []", "terms:\n  - War Zone\n  - 'Söhne & Söhne'\n  - '!?'\n  - 12")
    line = text[: text.index("'!?'")].count("\n") + 1
    with pytest.raises(BrandFault) as fault:
        read_brand(written(tmp_path, text))
    assert str(fault.value).splitlines() == [
        f"test.yaml, line {line}: terms.2: Value error, needs two letters or digits at least",
        f"test.yaml, line {line + 1}: terms.3: Input should be a valid string",
    ]
