"""Every address of the console."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from responders.console.views import (
    account,
    case,
    claim,
    course,
    goodwill,
    media,
    posts,
    queue,
    reply,
    sources,
    trends,
    verdict,
    why,
)

urlpatterns: list[URLPattern] = [
    path("", queue.queue, name="queue"),
    path("changed", queue.changed, name="changed"),
    path("login", account.LogIn.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("language", account.language, name="language"),
    path("theme", account.theme, name="theme"),
    path("case/<int:case_id>", case.case, name="case"),
    path("case/<int:case_id>/live", case.live, name="live"),
    path("case/<int:case_id>/claim", claim.claim, name="claim"),
    path("case/<int:case_id>/keep", claim.keep, name="keep"),
    path("case/<int:case_id>/release", claim.release, name="release"),
    path("case/<int:case_id>/take-over", claim.take_over, name="take_over"),
    path("case/<int:case_id>/resolve", course.resolve, name="resolve"),
    path("case/<int:case_id>/reopen", course.reopen, name="reopen"),
    path("case/<int:case_id>/snooze", course.snooze, name="snooze"),
    path("case/<int:case_id>/assign", course.assign, name="assign"),
    path("case/<int:case_id>/note", course.note, name="note"),
    path("case/<int:case_id>/why", why.why, name="why"),
    path("case/<int:case_id>/correct", verdict.correct_head, name="correct"),
    path("case/<int:case_id>/reply", reply.reply, name="reply"),
    path("case/<int:case_id>/length", reply.length, name="length"),
    path("case/<int:case_id>/by-hand", reply.by_hand, name="by_hand"),
    path("case/<int:case_id>/reply/<int:reply_id>/cancel", reply.cancel, name="cancel"),
    path("case/<int:case_id>/reply/<int:reply_id>/retry", reply.retry, name="retry"),
    path("case/<int:case_id>/reply/<int:reply_id>/settle", reply.settle, name="settle"),
    path("case/<int:case_id>/offer", goodwill.offer, name="offer"),
    path("case/<int:case_id>/offer/<int:offer_id>/evidence", goodwill.evidence, name="evidence"),
    path("case/<int:case_id>/offer/<int:offer_id>/withdraw", goodwill.withdraw, name="withdraw"),
    path("case/<int:case_id>/offer/<int:offer_id>/decide", goodwill.decide, name="decide"),
    path("approvals", goodwill.approvals, name="approvals"),
    path("trends", trends.trends, name="trends"),
    path("posts", posts.posts, name="posts"),
    path("sources", sources.sources, name="sources"),
    path("source/<int:source_id>/pause", sources.pause, name="source_pause"),
    path("source/<int:source_id>/resume", sources.resume, name="source_resume"),
    path("source/<int:source_id>/test", sources.test, name="source_test"),
    path("source/<int:source_id>/replay", sources.replay, name="source_replay"),
    path("favicon.ico", RedirectView.as_view(url="/static/mark.svg")),
    path("media/<path:name>", media.photo, name="media"),
]
