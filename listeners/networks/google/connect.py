"""Google's log-in of an account by consent: a refresh token, for which `login` gets tokens of an hour."""

from __future__ import annotations

from typing import ClassVar

from listeners.login.flow import Flow, Grant, clean_token


class GoogleFlow(Flow):
    """A refresh token for one of Google's APIs; apps that are only tested get one for a week."""

    label = "Google"
    page = "https://accounts.google.com/o/oauth2/v2/auth"
    api = "https://oauth2.googleapis.com"
    extra: ClassVar[dict[str, str]] = {"access_type": "offline", "prompt": "consent"}
    gives = ("refresh_token",)
    replaces = ("token",)

    def finish(self, code: str, *, redirect_uri: str, verifier: str) -> Grant:
        """Exchange a code for a refresh token."""
        form = self._client.prepare_request_body(
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=verifier,
            include_client_id=True,
            client_secret=self.client_secret,
        )
        rest = self._rest()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        told = self._read(rest.call("POST", f"{rest.base_url}/token", content=form, headers=headers).text)
        return Grant(
            secrets={"refresh_token": clean_token(self.label, told.get("refresh_token"))},
            ends_at=self._until(told.get("refresh_token_expires_in"), self.clock()),
        )


class YouTubeFlow(GoogleFlow):
    """For the comments of a channel."""

    scopes = ("https://www.googleapis.com/auth/youtube.force-ssl",)


class BusinessFlow(GoogleFlow):
    """For the reviews of a place."""

    scopes = ("https://www.googleapis.com/auth/business.manage",)


class PlayFlow(GoogleFlow):
    """For the reviews of an app."""

    scopes = ("https://www.googleapis.com/auth/androidpublisher",)
