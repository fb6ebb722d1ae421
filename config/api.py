"""The API for other programs: who may call it, how often, and how it says no."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import Swagger
from ninja.security import HttpBearer, SessionAuth
from ninja.throttling import AuthRateThrottle

from config import __version__
from config.brand_files import UnknownBrand
from config.environment import environment
from sentiment.api import router
from sentiment.exceptions import ModelError

_MOST_NAMED = 10
_SENTENCES = {
    400: "The body is not JSON in UTF-8.",
    403: "Send the console's CSRF token in the header X-CSRFToken.",
    429: "Too many requests in a minute; wait for the seconds in the header Retry-After.",
}


class Token(HttpBearer):
    """Lets programs in that bear `KULANZ_API_TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """Return a name for the caller, None for a wrong token or where there is none to bear."""
        right = environment().api_token
        if right is None or not secrets.compare_digest(token.encode(), right.get_secret_value().encode()):
            return None
        return "token"


class Session(SessionAuth):
    """Lets people in who are logged in to the console; their browser must send Django's CSRF token."""

    def __call__(self, request: HttpRequest) -> str | None:
        """Return a name for the caller, None for a stranger."""
        if isinstance(request.user, AnonymousUser):
            return None
        return f"agent {request.user.pk}" if super().__call__(request) else None


api = NinjaAPI(
    title="Kulanz",
    version=__version__,
    description="What a post says, how urgent it is, and why.",
    docs=Swagger(settings={"validatorUrl": None}),
    auth=[Token(), Session()],
    throttle=AuthRateThrottle(f"{environment().api_requests}/m"),
    urls_namespace="api",
)
api.add_router("", router)


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, fault: AuthenticationError) -> HttpResponse:
    """Say how to be let in."""
    if environment().api_token is None:
        closed = "This API is closed to programs: set KULANZ_API_TOKEN where Kulanz runs."
        return _problem(request, 403, closed)
    answer = _problem(request, 401, "Send the header Authorization: Bearer and the token of this Kulanz.")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(HttpError)
def refused(request: HttpRequest, fault: HttpError) -> HttpResponse:
    """Say what is wrong with a request that was not even read."""
    return _problem(request, fault.status_code, _SENTENCES.get(fault.status_code, fault.message))


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """Name each part of the request that is wrong, and how."""
    named = [f"{_place(error['loc'])}{error['msg']}" for error in fault.errors[:_MOST_NAMED]]
    more = len(fault.errors) - len(named)
    return _problem(request, 422, "; ".join([*named, f"and {more} more"] if more else named))


@api.exception_handler(UnknownBrand)
def no_such_brand(request: HttpRequest, fault: UnknownBrand) -> HttpResponse:
    """Name the brands that there are."""
    return _problem(request, 404, str(fault))


@api.exception_handler(ModelError)
def no_model(request: HttpRequest, fault: ModelError) -> HttpResponse:
    """Say that the model is missing; which file is for ops and stands in `kulanz check`."""
    return _problem(request, 503, "The model cannot be used; `kulanz check` says why.")


def _place(path: Sequence[object]) -> str:
    """Return where in the body an error is, as "posts.3.text: ", "" for the body itself."""
    place = ".".join(str(part) for part in path[2:])
    return f"{place}: " if place else ""


def _problem(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    return api.create_response(request, {"detail": detail}, status=status)
