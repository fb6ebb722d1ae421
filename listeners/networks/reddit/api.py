"""Reddit's calls over praw: JSON comes back, or one of our faults."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import praw
import prawcore
import requests
from praw.endpoints import API_PATH

from config import __version__
from listeners.contract import Account, Allowance, Clock
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.addresses import base_url
from listeners.networks.allowances import allowance_key as account_key
from listeners.networks.answers import retry_after
from listeners.networks.careful_session import CarefulSession
from listeners.networks.reddit import tokens
from listeners.networks.reddit.tokens import Token

HOST, SITE = "oauth.reddit.com", "www.reddit.com"
RENEW = (
    "Reddit refuses the log-in of this account. Make a new one at reddit.com/prefs/apps (secret of the app, "
    "password or refresh token) and set it in the environment."
)
_NAME = re.compile(r"[\w-]{2,40}")
_RATE = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")
# Below this level prawcore writes what it sends into the log.
logging.getLogger("prawcore").setLevel(logging.INFO)


class TokenRefused(AuthFault):
    """Raised when Reddit refuses an access token; a new log-in may help."""


class Api:
    """One account on Reddit, for one call of ours.

    `allowance` is what the last answer said of the calls left, under the key that was given.
    """

    def __init__(self, account: Account, *, clock: Clock, allowance_key: str = "") -> None:
        secrets = account.secrets
        if not (secrets.get("client_id") and secrets.get("client_secret")):
            raise InputError(
                "Reddit needs the secrets client_id and client_secret; to answer, also username and "
                "password, or refresh_token."
            )
        self.is_user = bool(
            secrets.get("refresh_token") or (secrets.get("username") and secrets.get("password"))
        )
        self.allowance: Allowance | None = None
        self._secrets, self._clock, self._allowance_key = secrets, clock, allowance_key
        self._timeout_s = float(account.settings.get("timeout_s", 15.0))
        site = base_url(account.settings, f"https://{SITE}")
        self._account = f"{account_key('reddit', account, 'token')}/{site}"
        self._agent = f"linux:kulanz:v{__version__} (by u/{secrets.get('username', 'unknown')})"
        self._session = CarefulSession(
            host=HOST,
            base_url=base_url(account.settings, f"https://{HOST}"),
            timeout_s=self._timeout_s,
            judge=self._judge,
            also={SITE: site},
        )

    def search(self, query: str, *, subreddits: str, **window: Any) -> dict[str, Any]:
        """Search posts, newest first; Reddit does not search comments."""
        within = {"restrict_sr": str(subreddits != "all"), "sort": "new", "t": "month", "type": "link"}
        return self._listing(
            API_PATH["search"].format(subreddit=subreddits), {"q": query, **within, **window}
        )

    def comments(self, subreddits: str, **window: Any) -> dict[str, Any]:
        """List the comments of subreddits, newest first."""
        return self._listing(f"r/{subreddits}/comments/", window)

    def mentions(self, **window: Any) -> dict[str, Any]:
        """List comments that name the account, newest first."""
        return self._listing(API_PATH["mentions"], window)

    def own_comments(self, name: str, **window: Any) -> dict[str, Any]:
        """List an account's own comments, newest first, about 1,000 at most."""
        return self._listing(f"{API_PATH['user'].format(user=name)}comments/", {"sort": "new", **window})

    def things(self, ids: Sequence[str]) -> dict[str, Any]:
        """Read up to 100 posts and comments; those that never were are left out."""
        return self._listing(API_PATH["info"], {"id": ",".join(ids)})

    def conversation(self, link_id: str, *, comment_id: str = "", context: int = 8) -> list[dict[str, Any]]:
        """Read a post and the tree of its comments, or the part around one comment: two listings."""
        around = {"comment": comment_id.removeprefix("t1_"), "context": context} if comment_id else {}
        path = API_PATH["submission"].format(id=link_id.removeprefix("t3_"))
        body = self._call("GET", path, params={"limit": 500, "sort": "old", **around})
        if not (isinstance(body, list) and len(body) == 2):
            raise Malformed("Reddit's conversation is not a post and its comments.")
        return [_listing(part) for part in body]

    def me(self) -> dict[str, Any]:
        """Read the account itself."""
        body = self._call("GET", API_PATH["me"])
        if not (isinstance(body, dict) and _NAME.fullmatch(str(body.get("name")))):
            raise Malformed("Reddit did not say whose account this is.")
        return body

    def reply(self, markdown: str, *, to: str) -> dict[str, Any]:
        """Post a comment; Reddit takes the same words twice."""
        body = self._call("POST", API_PATH["comment"], data={"thing_id": to, "text": markdown})
        if not isinstance(body, dict):
            raise OutcomeUnknown("Reddit took a reply, but its answer cannot be read.")
        return body

    def _listing(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return _listing(self._call("GET", path, params=dict(params)))

    def _call(self, method: str, path: str, **rest: Any) -> Any:
        """Make a call, once more with a new token where Reddit refuses the known one."""
        try:
            return self._once(method, path, **rest)
        except TokenRefused:
            tokens.forget(self._account)
            return self._once(method, path, **rest)

    def _once(self, method: str, path: str, **rest: Any) -> Any:
        reddit = self._logged_in()
        try:
            return reddit.request(method=method, path=path, **rest)
        except prawcore.RequestException as error:
            raise error.original_exception from None
        except prawcore.PrawcoreException as error:
            told = f"Reddit's answer cannot be read ({type(error).__name__})."
            raise (Malformed if method == "GET" else OutcomeUnknown)(told) from None

    def _logged_in(self) -> praw.Reddit:
        """Make a client that bears a token and cannot renew it, so that it neither repeats nor waits.

        Everything that praw would take from the environment or from a file `praw.ini` is given here.
        """
        token = tokens.known(self._account, now=self._clock()) or self._log_in()
        reddit = praw.Reddit(
            "DEFAULT",
            client_id=self._secrets["client_id"],
            client_secret=None,
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            user_agent=self._agent,
            oauth_url=f"https://{HOST}",
            reddit_url=f"https://{SITE}",
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": self._session, "timeout": self._timeout_s},
        )
        left = math.ceil((token.until - self._clock()).total_seconds())
        reddit.auth.implicit(access_token=token.text, expires_in=left, scope="*")
        return reddit

    def _log_in(self) -> Token:
        authorizer = self._authorizer()
        now = self._clock()
        try:
            authorizer.refresh()
        except prawcore.RequestException as error:
            fault = error.original_exception
            # A log-in posts nothing.
            raise Unavailable(str(fault)) if isinstance(fault, OutcomeUnknown) else fault from None
        except prawcore.OAuthException:
            raise AuthFault(RENEW) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Malformed("Reddit's answer to the log-in cannot be read.") from None
        # Reddit's shortest tokens hold for an hour.
        token = Token(str(authorizer.access_token), until=now + timedelta(hours=1))
        tokens.keep(self._account, token)
        return token

    def _authorizer(self) -> prawcore.Authorizer:
        secrets = self._secrets
        requestor = prawcore.Requestor(
            oauth_url=f"https://{HOST}",
            reddit_url=f"https://{SITE}",
            session=self._session,
            timeout=self._timeout_s,
            user_agent=self._agent,
        )
        app = prawcore.TrustedAuthenticator(
            client_id=secrets["client_id"], client_secret=secrets["client_secret"], requestor=requestor
        )
        if secrets.get("refresh_token"):
            return prawcore.Authorizer(authenticator=app, refresh_token=secrets["refresh_token"])
        if self.is_user:
            return prawcore.ScriptAuthorizer(
                authenticator=app, username=secrets["username"], password=secrets["password"]
            )
        return prawcore.ReadOnlyAuthorizer(authenticator=app)

    def _judge(self, response: requests.Response) -> None:
        """Raise the fault that an answer means, before prawcore repeats the call or sleeps."""
        now = self._clock()
        told = {name: response.headers.pop(name, "") for name in _RATE}
        self.allowance = _allowance(self._allowance_key, told, now=now) or self.allowance
        if response.ok:
            return
        if response.status_code in (402, 429):
            raise _rate_limited(response, told, now=now)
        if str(response.request.url).endswith("/api/v1/access_token"):
            raise _fault_of_login(response)
        if response.request.method == "GET":
            raise _fault_of_reading(response)
        raise _fault_of_writing(response)


def _rate_limited(response: requests.Response, told: Mapping[str, str], *, now: datetime) -> RateLimited:
    retry_at = retry_after(response.headers.get("retry-after", ""), now=now)
    if told["x-ratelimit-remaining"] not in ("0", "0.0"):
        return RateLimited("Reddit asks for a pause.", retry_at=retry_at)
    resets_at = _resets_at(told["x-ratelimit-reset"], now=now)
    return RateLimited("Reddit: the calls of these minutes are used up.", retry_at=retry_at or resets_at)


def _fault_of_login(response: requests.Response) -> Exception:
    match response.status_code:
        case 400 | 401:
            return AuthFault(RENEW)
        case 403:
            return Refused(f"Reddit does not let this app in: {_detail(response)}")
        case status if status >= 500:
            return Unavailable(f"Reddit answered {status} to the log-in.")
    return Malformed(f"Reddit answered {response.status_code} to the log-in.")


def _fault_of_reading(response: requests.Response) -> Exception:
    match response.status_code:
        case 401:
            return TokenRefused(RENEW)
        case 403:
            return Refused(f"Reddit does not allow this account to read: {_detail(response)}")
        case 404:
            return Gone("Reddit has nothing there.")
        case status if status >= 500:
            return Unavailable(f"Reddit answered {status}.")
    return Malformed(f"Reddit answered {response.status_code}: {_detail(response)}")


def _fault_of_writing(response: requests.Response) -> Exception:
    match response.status_code:
        case 401:
            return TokenRefused(RENEW)
        case 404:
            return Gone("The post is no longer on Reddit.")
        case status if 400 <= status < 500:
            return Refused(f"Reddit will not post it: {_detail(response)}")
        case status:
            return OutcomeUnknown(f"Reddit answered {status}; the reply may stand there.")


def _detail(response: requests.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        body = None
    told = [body.get(name) for name in ("explanation", "message", "reason")] if isinstance(body, dict) else []
    return next((str(text)[:300] for text in told if text), response.reason or "no reason given")


def _resets_at(header: str, *, now: datetime) -> datetime | None:
    """Read the seconds until the window ends, to the minute, since workers ask at different times."""
    if not (header.isascii() and header.isdecimal() and len(header) <= 4):
        return None
    return datetime.fromtimestamp(round((now.timestamp() + int(header)) / 60) * 60, UTC)


def _allowance(key: str, told: Mapping[str, str], *, now: datetime) -> Allowance | None:
    resets_at = _resets_at(told["x-ratelimit-reset"], now=now)
    left, used = (told[name].partition(".")[0] for name in _RATE[:2])
    if resets_at is None or not (left.isdecimal() and used.isdecimal()):
        return None
    return Allowance(key=key, limit=int(left) + int(used), left=int(left), resets_at=resets_at)


def _listing(body: Any) -> dict[str, Any]:
    data = body.get("data") if isinstance(body, dict) else None
    if not (isinstance(data, dict) and isinstance(data.get("children"), list)):
        raise Malformed("Reddit's answer is not a listing.")
    return data
