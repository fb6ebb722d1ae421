from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, TypeVar

import httpx
import pytest
from pytest_httpserver import HTTPServer

from sentiment.classifier import Classifier
from sentiment.exceptions import ModelError, ModelUnavailable, Unjudged
from sentiment.serving.app import application
from sentiment.serving.batcher import Batcher
from sentiment.serving.wire import CLASSIFY, HEALTH, LARGEST, LONGEST_TOGETHER, Posts
from sentiment.verdict import Verdict
from tests.sentiment.serving.conftest import Connect
from tests.servers.model_service import Recorded, free_port, serving, verdict, wait_until

TOKEN = "0123456789abcdef" * 2
T = TypeVar("T")


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread of its own, since browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def posts(*texts: str) -> Posts:
    return Posts(texts=list(texts), languages=[""] * len(texts))


def test_requests_that_arrive_together_are_one_call_of_the_model_and_get_their_own_verdicts(
    connect: Connect,
) -> None:
    model = Recorded()

    async def ask() -> list[list[str]]:
        batcher = Batcher(lambda: model)
        answers = [batcher.enter(posts(f"a{number}", f"b{number}")) for number in range(9)]
        work = asyncio.create_task(batcher.work())
        found = [await answer for answer in answers if answer]
        work.cancel()
        return [[one.model_version for one in own] for own in found]

    assert apart(ask()) == [[f"a{number}", f"b{number}"] for number in range(9)]
    assert [len(call) for call in model.calls] == [18]


def test_what_comes_while_the_model_thinks_is_one_call_afterwards(connect: Connect) -> None:
    model = Recorded()
    model.gate.clear()
    batcher = Batcher(lambda: model)
    with serving(model, batcher=batcher) as url, ThreadPoolExecutor() as pool:
        remote = connect(url)
        first = pool.submit(remote.classify, ["first"])
        wait_until(model.asked.is_set)
        others = [pool.submit(remote.classify, [f"other {number}"]) for number in range(4)]
        wait_until(lambda: batcher.waiting == 5)
        model.gate.set()
        assert [f.result()[0].model_version for f in [first, *others]] == [
            "first",
            *(f"other {number}" for number in range(4)),
        ]
    assert [len(call) for call in model.calls] == [1, 4]


def test_verdicts_are_those_that_the_model_gives_in_this_process(connect: Connect, model: Classifier) -> None:
    texts = ["Mein Konto wurde gehackt, 900 € sind weg!", "Thanks a lot 😀", "", "Kargom üç haftadır gelmedi"]
    texts += [f"Paket {number} fehlt" for number in range(70)]
    tags = ["de", *[""] * (len(texts) - 1)]
    with serving(model) as url:
        assert connect(url).classify(texts, tags) == model.classify(texts, tags)
        assert connect(url).classify([]) == []


def test_long_posts_go_in_several_requests_and_one_that_is_too_long_for_any_is_named_so(
    connect: Connect,
) -> None:
    model = Recorded()
    with serving(model) as url:
        half = "x" * (LONGEST_TOGETHER * 2 // 3)
        assert len(connect(url).classify([half, half, "short"])) == 3
        assert [len(call) for call in model.calls] == [1, 2]
        with pytest.raises(Unjudged, match=f"{LARGEST:,} bytes"):
            connect(url).classify(["x" * LARGEST])


def test_more_than_may_wait_is_turned_away_and_told_when_to_come_again(connect: Connect) -> None:
    model = Recorded()
    model.gate.clear()
    batcher = Batcher(lambda: model, most_waiting=4)
    with serving(model, batcher=batcher) as url, ThreadPoolExecutor() as pool:
        remote = connect(url)
        held: list[Future[object]] = [pool.submit(remote.classify, ["in the model"])]
        wait_until(model.asked.is_set)
        held.append(pool.submit(remote.classify, ["a", "b"]))
        wait_until(lambda: batcher.waiting == 3)
        refused = httpx.post(url + CLASSIFY, json={"texts": ["c", "d"], "languages": ["", ""]})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        for more in (["c", "d"], ["long" * 1000]):
            with pytest.raises(ModelUnavailable, match=r"answers 503: .*Too many posts wait"):
                remote.classify(more)
        model.gate.set()
        assert [future.result() for future in held]
        assert len(remote.classify(["c", "d"])) == 2


def test_who_left_before_the_model_had_time_is_not_worked_for(connect: Connect) -> None:
    model = Recorded()
    model.gate.clear()
    batcher = Batcher(lambda: model)
    with serving(model, batcher=batcher) as url, ThreadPoolExecutor() as pool:
        first = pool.submit(connect(url).classify, ["first"])
        wait_until(model.asked.is_set)
        with pytest.raises(ModelUnavailable, match="ReadTimeout"):
            connect(url, timeout=httpx.Timeout(0.2)).classify(["impatient"])
        wait_until(lambda: batcher.waiting == 1)
        model.gate.set()
        first.result()
        connect(url).classify(["patient"])
    assert model.calls == [["first"], ["patient"]]


def test_a_post_that_breaks_the_model_spoils_no_other_request(connect: Connect) -> None:
    model = Recorded()
    model.gate.clear()
    batcher = Batcher(lambda: model)
    with serving(model, batcher=batcher) as url, ThreadPoolExecutor() as pool:
        remote = connect(url)
        first = pool.submit(remote.classify, ["first"])
        wait_until(model.asked.is_set)
        good, bad = pool.submit(remote.classify, ["good"]), pool.submit(remote.classify, ["poison"])
        wait_until(lambda: batcher.waiting == 3)
        model.gate.set()
        assert first.result() and good.result()
        with pytest.raises(Unjudged, match="RuntimeError: shape mismatch"):
            bad.result()


def test_only_who_bears_the_token_is_answered_except_about_health(connect: Connect) -> None:
    model = Recorded()
    with serving(model, token=TOKEN) as url:
        for wrong in ("", TOKEN[:-1] + "x"):
            with pytest.raises(ModelError, match="refuses our KULANZ_MODEL_TOKEN") as fault:
                connect(url, token=wrong).classify(["a"])
            assert not isinstance(fault.value, ModelUnavailable)
        assert model.calls == []
        assert httpx.get(url + HEALTH).json() == {"status": "ok"}
        assert len(connect(url, token=TOKEN).classify(["a"])) == 1


def test_no_model_is_said_by_health_and_to_workers_who_then_wait(connect: Connect) -> None:
    class Gone:
        def classify(self, *_: object) -> list[object]:
            raise ModelError("var/model/champion.json: is damaged; remove it")

    def gone() -> Gone:
        raise ModelError("var/model/champion.json: is damaged; remove it")

    batcher = Batcher(gone)  # type: ignore[arg-type]
    with (
        serving(Gone(), batcher=batcher) as url,  # type: ignore[arg-type]
        pytest.raises(ModelUnavailable, match=r"answers 503: .*champion\.json: is damaged"),
    ):
        connect(url).classify(["a"])
    app = application(batcher, model=gone)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app)

    async def health() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.get(HEALTH)

    answer = apart(health())
    assert answer.status_code == 503 and "champion.json" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b'{"texts": [], "languages": []}', 400),
        (b'{"texts": ["a"], "languages": []}', 400),
        (b'{"texts": [1], "languages": [""]}', 400),
        (json.dumps({"texts": ["a"] * 65, "languages": [""] * 65}).encode(), 400),
        (b'{"texts": ["' + b"a" * LARGEST + b'"], "languages": [""]}', 413),
    ],
)
def test_what_is_no_request_reaches_no_model_and_is_told_so(
    connect: Connect, body: bytes, status: int
) -> None:
    model = Recorded()
    with serving(model) as url:
        assert httpx.post(url + CLASSIFY, content=body).status_code == status
        assert httpx.get(url + CLASSIFY).status_code == 405
        assert httpx.get(url + "/admin/").status_code == 404
    assert model.calls == []


def test_another_server_at_the_address_and_none_at_all_are_no_model(
    connect: Connect, httpserver: HTTPServer
) -> None:
    with pytest.raises(ModelUnavailable, match=r"does not answer .*start kulanz serve-model"):
        connect(f"http://127.0.0.1:{free_port()}").classify(["a"])
    elsewhere = connect(httpserver.url_for(""))
    with pytest.raises(ModelUnavailable, match="answers 500"):
        elsewhere.classify(["a"])
    other_heads = asdict(verdict("a")) | {"probabilities": {"mood": {"good": 1.0}}}
    httpserver.expect_ordered_request(CLASSIFY).respond_with_json({"detail": "posts: missing"}, status=422)
    with pytest.raises(ModelUnavailable, match="answers 422"):
        elsewhere.classify(["a"])
    with pytest.raises(ModelError, match=r"KULANZ_MODEL_URL http://model:port: "):
        connect("http://model:port")
    for answer in ([], [{"sentiment": "fine"}], {"hello": "world"}, [other_heads]):
        httpserver.expect_ordered_request(CLASSIFY).respond_with_json(answer)
        with pytest.raises(ModelUnavailable, match="gives no verdicts"):
            elsewhere.classify(["a"])


def test_a_model_that_forgets_a_post_is_no_end_of_the_service(connect: Connect) -> None:
    class Forgetful(Recorded):
        def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
            return super().classify(texts, languages)[:1]

    with serving(Forgetful()) as url:
        with pytest.raises(Unjudged, match="1 verdicts on 2 posts"):
            connect(url).classify(["a", "b"])
        assert connect(url).classify(["a"])
