"""Milliseconds for the words that carried a verdict, beside the verdict itself, over invented posts.

    python bench/why.py [--rounds 20] [--threads 2]

Prints one JSON line; the budget is 50 ms a post. `cpu_ms` counts the time of all threads, which on a busy
machine tells more than the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sentiment.classifier import Classifier
from sentiment.verdict import Verdict
from sentiment.why import answers_of, why

POSTS = (
    "Hilfe!",
    "Wo bleibt mein Paket?",
    "Love the new colour 😍 when is it back in my size?",
    "Danke an Jana vom Service, die Schuhe sind da und passen wie angegossen!",
    "HILFE, aus dem Akku kommt Rauch und der Laden ist voller Kinder, was sollen wir jetzt tun?",
    (
        "Third time I call, third time nobody picks up. My order has been missing for two weeks now and "
        "my race is on Sunday. Do I really have to buy another pair somewhere else?"
    ),
    (
        "Gestern beim Laufen ist mir die Sohle gebrochen, ich bin gestürzt und habe mir den Arm verletzt."
        " Die Schuhe sind keine drei Wochen alt. Ich möchte wissen, wie es jetzt weitergeht und wer für "
        "die Kosten aufkommt, denn im Laden hat man mich nur weggeschickt."
    ),
    (
        "Hello everyone, I bought the trail shoe in October because a friend of mine kept talking about "
        "it. The first weeks were fine, the grip is good and the colour gets a lot of compliments. Then "
        "the left one began to open at the side. I wrote a mail, got a number and heard nothing. I wrote "
        "again, got another number. Yesterday somebody told me on the phone that the case was closed "
        "because I had not sent a photo, which I did twice. Please, can somebody with a name and a brain "
        "look at this before my holiday starts on Friday? I would just like to have my money back or a "
        "pair that holds."
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    model = Classifier.load(threads=options.threads)
    verdicts = model.classify(POSTS)
    explained: dict[int, list[float]] = {len(post.split()): [] for post in POSTS}
    judged, busy = [], []
    for _ in range(options.rounds):
        for post, verdict in zip(POSTS, verdicts, strict=True):
            began = time.process_time()
            explained[len(post.split())].append(_timed(lambda p=post, v=verdict: _explain(p, v, model)))
            busy.append(1000 * (time.process_time() - began))
            judged.append(_timed(lambda p=post: model.classify([p])))
    times = [ms for row in explained.values() for ms in row]
    print(
        json.dumps(
            {
                "figure": "why",
                "posts": len(times),
                "ms_p50": round(median(times), 1),
                "ms_p95": round(quantiles(times, n=20)[-1], 1),
                "ms_p50_by_words": {words: round(median(row), 1) for words, row in explained.items()},
                "cpu_ms_p50": round(median(busy), 1),
                "cpu_ms_p95": round(quantiles(busy, n=20)[-1], 1),
                "verdict_ms_p50": round(median(judged), 1),
                "ratio": round(median(times) / median(judged), 1),
                "threads": options.threads,
                "load": round(os.getloadavg()[0], 1),
            }
        )
    )


def _explain(post: str, verdict: Verdict, model: Classifier) -> object:
    return why(post, answers_of(verdict), model=model, language=verdict.language)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
