"""The model service's web application, which uvicorn serves."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sentiment.exceptions import ModelError
from sentiment.serving.batcher import Answer, Batcher
from sentiment.serving.wire import CLASSIFY, HEALTH, LARGEST, VERDICTS, Broken, Posts
from sentiment.verdict import Model

logger = structlog.get_logger(__name__)
RETRY_AFTER_S = 2


def application(batcher: Batcher, *, model: Callable[[], Model], token: str = "") -> Starlette:
    """Return the application; with a token only who bears it is answered, except about health."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        work = asyncio.create_task(batcher.work())
        yield
        work.cancel()

    async def classify(request: Request) -> Response:
        if not _may(request, token):
            return _problem(401, "Send the header Authorization: Bearer and KULANZ_MODEL_TOKEN.")
        posts = await _posts(request)
        if isinstance(posts, Response):
            return posts
        answer = batcher.enter(posts)
        if answer is None:
            return _problem(503, "Too many posts wait already.", {"Retry-After": str(RETRY_AFTER_S)})
        return await _answered(request, answer)

    async def health(request: Request) -> Response:
        try:
            await asyncio.to_thread(model)
        except ModelError:
            return _problem(503, "The model cannot be used; `kulanz check` says why.")
        return JSONResponse({"status": "ok"})

    routes = [Route(CLASSIFY, classify, methods=["POST"]), Route(HEALTH, health, methods=["GET"])]
    return Starlette(routes=routes, lifespan=lifespan)


def _may(request: Request, token: str) -> bool:
    scheme, _, borne = request.headers.get("Authorization", "").partition(" ")
    return not token or (scheme == "Bearer" and secrets.compare_digest(borne.encode(), token.encode()))


async def _posts(request: Request) -> Posts | Response:
    """Read the body, no more of it than may be; what is wrong with it is the response."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return _problem(413, f"A request may have {LARGEST:,} bytes; send several.")
    except ClientDisconnect:
        return _problem(400, "The caller left.")
    try:
        return Posts.model_validate_json(bytes(body))
    except ValidationError as fault:
        first = fault.errors(include_input=False)[0]
        return _problem(400, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


async def _answered(request: Request, answer: Answer) -> Response:
    """Wait for the verdicts as long as the caller does."""
    left = asyncio.create_task(_gone(request))
    either: set[asyncio.Future[Any]] = {answer, left}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        left.cancel()
    if not answer.done():
        answer.cancel()
        return _problem(400, "The caller left.")
    try:
        return Response(VERDICTS.dump_json(answer.result()), media_type="application/json")
    except ModelError as fault:
        return _no_model(fault)
    except Exception as fault:
        logger.exception("posts_broke_the_model")
        broken = Broken(unjudged=f"{type(fault).__name__}: {fault}")
        return JSONResponse(broken.model_dump(), status_code=422)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _no_model(fault: ModelError) -> Response:
    return _problem(503, str(fault), {"Retry-After": str(RETRY_AFTER_S)})


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": detail}, status_code=status, headers=headers)
