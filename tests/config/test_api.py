from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pydantic import SecretStr

from config.brand_files import all_brands
from sentiment.exceptions import ModelError
from tests.factories import make_agent

TOKEN = "only-for-tests-" + "0123456789abcdef" * 2
ADDRESS = "/api/v1/classify"
HACKED = "My copy of Account Hacked just arrived"


@pytest.fixture(autouse=True)
def environment(settings: Any) -> Iterator[Any]:
    """An installation with a token and callers that have asked nothing yet."""
    cache.clear()
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"api_token": SecretStr(TOKEN)})
    yield settings
    cache.clear()


def ask(body: object, *, token: str = TOKEN, client: Client | None = None, **headers: str) -> Any:
    """Post a question as a program does; `body` may be bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return (client or Client()).post(ADDRESS, data=content, content_type="application/json", headers=headers)


def said(answer: Any) -> str:
    assert answer.headers["Content-Type"].startswith("application/json")
    assert set(answer.json()) == {"detail"}
    return str(answer.json()["detail"])


def posts(*texts: str, **more: Any) -> dict[str, Any]:
    return {"posts": [{"text": text} for text in texts], **more}


def test_each_post_gets_a_verdict_in_order_with_the_models_name() -> None:
    answer = ask(posts("Danke euch! 😀", "", "Mein Konto wurde gehackt, 900 € sind weg!"))
    assert answer.status_code == 200
    thanks, nothing, hacked = (result["verdict"] for result in answer.json()["results"])
    assert (thanks["sentiment"], thanks["language"]) == ("positive", "de")
    assert (nothing["urgency"], nothing["sentiment"]) == (0, "neutral")
    assert hacked["urgency"] == 3 and hacked["probabilities"]["urgency"]["3"] > 0.5
    assert len(hacked["model_hash"]) == 64 and hacked["model_name"]
    assert [result["why"] for result in answer.json()["results"]] == [None] * 3


def test_the_words_that_carried_a_verdict_come_on_demand() -> None:
    text = "😡 Mein Konto wurde gehackt!"
    foreign = "Kargom üç haftadır gelmedi, rezalet bir firma"
    hacked, turkish = ask(posts(text, foreign, why=True)).json()["results"]
    urgency, sentiment = hacked["why"]
    assert (urgency["head"], urgency["answer"], sentiment["head"]) == ("urgency", "3", "sentiment")
    heaviest = max(urgency["words"], key=lambda word: word["weight"])
    assert heaviest["text"] == "gehackt!" and heaviest["strength"] == 3
    assert text[heaviest["start"] : heaviest["end"]] == "gehackt!"
    assert turkish["why"] == [] and not turkish["verdict"]["supported"]


def test_the_language_can_be_named() -> None:
    body = {"posts": [{"text": "Mein Paket fehlt", "language": "nl"}]}
    verdict = ask(body).json()["results"][0]["verdict"]
    assert (verdict["language"], verdict["supported"]) == ("nl", False)


def test_the_terms_of_the_named_brand_count(monkeypatch: pytest.MonkeyPatch) -> None:
    brands = dict(all_brands())
    brands["game"] = brands["zehnschritt"].model_copy(update={"slug": "game", "terms": ["Account Hacked"]})
    for module in ("config.brand_files", "sentiment.judge", "sentiment.levels"):
        monkeypatch.setattr(f"{module}.all_brands", lambda: brands)
    body = {"posts": [{"text": HACKED}, {"text": HACKED, "brand": "game"}], "why": True}
    plain, ours = ask(body).json()["results"]
    assert plain["verdict"]["urgency"] >= 2 > ours["verdict"]["urgency"]
    assert {word["text"] for reason in plain["why"] for word in reason["words"]} & {"Hacked"}
    assert not {word["text"] for reason in ours["why"] for word in reason["words"]} & {"Account", "Hacked"}


def test_a_brand_that_does_not_exist_is_named_with_those_that_do() -> None:
    answer = ask({"posts": [{"text": "x", "brand": "nobody"}]})
    assert answer.status_code == 404 and "zehnschritt" in said(answer)


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], f"{TOKEN} ", "ünïcode"])
def test_strangers_are_told_how_to_be_let_in(token: str) -> None:
    answer = ask(posts("x"), token=token)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer" in said(answer) and TOKEN not in said(answer)


@pytest.mark.parametrize("token", ["", "wrong", "None"])
def test_without_a_token_the_api_is_closed_and_says_so(environment: Any, token: str) -> None:
    environment.ENVIRONMENT = environment.ENVIRONMENT.model_copy(update={"api_token": None})
    answer = ask(posts("x"), token=token)
    assert answer.status_code == 403 and "KULANZ_API_TOKEN" in said(answer)


@pytest.mark.django_db
def test_a_person_who_is_logged_in_may_ask_with_the_pages_csrf_token(environment: Any) -> None:
    environment.ENVIRONMENT = environment.ENVIRONMENT.model_copy(update={"api_token": None})
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_agent(), backend="django.contrib.auth.backends.ModelBackend")
    refused = ask(posts("Danke!"), token="", client=client)
    assert refused.status_code == 403 and "CSRF" in said(refused)
    client.get("/login")
    token = client.get("/").content.decode().split('"X-CSRFToken": "')[1].split('"')[0]
    answer = ask(posts("Danke!"), token="", client=client, **{"X-CSRFToken": token})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "Field required"),
        (b"[]", "valid dictionary"),
        (b'"posts"', "valid dictionary"),
        ({}, "posts: Field required"),
        ({"posts": []}, "posts: List should have at least 1 item"),
        (posts(*["x"] * 65), "posts: List should have at most 64 items"),
        (posts("x" * 10_001), "posts.0.text: String should have at most 10000 characters"),
        (posts(*["x" * 9_999] * 21), "all posts together may have 200,000 characters"),
        (posts(*["x"] * 17, why=True), "with why, a request may have 16 posts"),
        (posts(*["x" * 9_999] * 5, why=True), "with why, all posts together may have 40,000 characters"),
        ({"posts": [{"text": "a"}, {"text": None}]}, "posts.1.text: Input should be a valid string"),
        ({"posts": [{"text": "a", "langage": "de"}]}, "posts.0.langage: Extra inputs"),
        ({"posts": [{"text": "a", "language": "de en"}]}, "posts.0.language: String should match"),
        ({"posts": [{"text": "a", "brand": "../etc"}]}, "posts.0.brand: String should match"),
        (posts("a", why="yes"), "why: Input should be a valid boolean"),
        ({"posts": [{}] * 20}, "and 10 more"),
    ],
)
def test_a_request_that_cannot_be_answered_names_the_place_and_the_fault(body: object, sentence: str) -> None:
    answer = ask(body)
    assert answer.status_code == 422 and sentence in said(answer)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b"posts=1"])
def test_a_body_that_is_not_json_is_told_so(body: bytes) -> None:
    answer = ask(body)
    assert (answer.status_code, said(answer)) == (400, "The body is not JSON in UTF-8.")


def test_a_body_that_is_too_large_is_not_even_read() -> None:
    answer = ask(b" " * (2 * 2**20 + 1))
    assert answer.status_code == 413 and "2,097,152 bytes" in said(answer)


def test_half_a_character_is_refused_and_hostile_texts_are_judged() -> None:
    assert ask(b'{"posts": [{"text": "\\ud800"}]}').status_code == 422
    texts = ["\u202eabc", "<script>", "\x00", "a" * 10_000, "🏳️‍🌈" * 50, "{{ 7*7 }}"]
    assert len(ask(posts(*texts, why=True)).json()["results"]) == len(texts)


def test_who_asks_too_often_is_told_when_to_come_back(now: datetime) -> None:
    with time_machine.travel(now, tick=False) as clock:
        codes = [ask({}).status_code for _ in range(121)]
        assert codes == [422] * 120 + [429]
        refused = ask(posts("x"))
        assert refused.headers["Retry-After"] == "60" and "Retry-After" in said(refused)
        clock.shift(61)
        assert ask(posts("x")).status_code == 200


def test_a_missing_model_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ModelError("/secret/place: there is no model")

    monkeypatch.setattr("sentiment.api.classifier", missing)
    answer = ask(posts("x"))
    assert answer.status_code == 503 and "secret" not in said(answer)


def test_other_methods_are_refused() -> None:
    assert Client().get(ADDRESS).status_code == 405


def test_the_description_names_every_answer_and_both_ways_in() -> None:
    described = Client().get("/api/v1/openapi.json").json()
    operation = described["paths"][ADDRESS]["post"]
    assert set(operation["responses"]) == {
        str(code) for code in (200, 400, 401, 403, 404, 413, 422, 429, 503)
    }
    assert {scheme["type"] for scheme in described["components"]["securitySchemes"].values()} == {
        "http",
        "apiKey",
    }


def test_the_page_of_the_description_loads_nothing_from_elsewhere() -> None:
    page = Client().get("/api/v1/docs")
    text = page.content.decode()
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "http://" not in text and "https://" not in text and 'src="/static/ninja/' in text
