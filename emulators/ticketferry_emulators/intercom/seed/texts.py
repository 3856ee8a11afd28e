"""What the people of the sample workspace write: everyday phrases, and the bodies that break converters."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["HOSTILE", "LANGUAGES", "RICH", "answer", "note", "pick", "question", "reply", "subject"]

T = TypeVar("T")


def pick(dice: random.Random, choices: Sequence[T]) -> T:
    """Return one of the choices; by `Random.random` alone, whose sequence stays the same in every version."""
    return choices[int(dice.random() * len(choices))]


_THINGS = ("VPN", "invoice", "dashboard", "export", "login", "webhook", "seat", "mobile app", "SSO", "trial")
_TROUBLES = (
    "does not load", "was charged twice", "shows error 502", "is missing since Monday", "cannot be cancelled", "is slow", "needs an upgrade",
    "logs me out", "sends duplicates", "ignores the time zone",
)  # fmt: skip
_QUESTIONS = (
    "It worked last week & nothing was changed here.", "Is it only us <since the update>?", "We need this before 5 pm, please.",
    "The number is SN-204518.", "Can you look at it together with my colleague?", "See https://status.acme.example/?a=1&b=2 for the outage.",
)  # fmt: skip
_REPLIES = (
    "Thanks for writing in! Could you send us a screenshot?", "I have asked our engineers.", "This is fixed in version 4.2.",
    "Your refund was approved, allow 5 working days.", "Is it still happening?", "I added two seats to your plan.",
)  # fmt: skip
_ANSWERS = (
    "Yes, still the same.", "Thanks, that helped!", "I will try tonight.", "No, it got worse.", "👍",
)  # fmt: skip
_NOTES = (
    "Called, no answer.",
    "Premium plan, be quick.",
    "Looks like the March batch.",
    "Duplicate of an older one?",
)

RICH = (
    "<h1>What we found</h1><p>The <b>router</b> and <i>modem</i> disagree about <code>MTU</code>:</p><ul><li>router: 1500</li>"
    "<li>modem: 1492</li></ul><ol><li>Log in</li><li>Set it</li></ol><pre><code>$ ip link set mtu 1492\n  ok &lt;done&gt;</code></pre>"
    '<p>See <a href="https://docs.acme.example/mtu?a=1&amp;b=2" rel="nofollow noopener noreferrer" target="_blank">the manual</a>.</p>'
)  # fmt: skip
HOSTILE = (
    "<p>Steps: <b>bold <i>both <ul><li>one<li>two<p>after </ul> & an &lt; angle, a <unknown x=1>tag</p></div>",
    "<p>H̷̡̛̺̭͗e̶̛̼͛͊l̸̘̎p̵͍̏ 🔥👩‍👩‍👧‍👦🏳️‍🌈 𝕳𝖊𝖑𝖕 \u202egnp.exe\u202c \u200bzero\u200bwidth 𠜎𠜱</p>",
    '<p><script>alert("x")</script><img src=x onerror=alert(1)>{{contact.first_name}} {% raw %} ${env} %s \\0 \'; DROP TABLE users;--</p>',
    "<table><tr><td>a</td><td>b</td></tr></table><p>[~accountid:712020] h1. {code}x{code} *bold* _it_ #1 @joe |a|b|</p>",
    "<p>" + "Ein sehr langer Text – mit Umlauten äöü. " * 900 + "</p>",
    "<p></p>",
    "<p>\u00a0</p><p>\t tabs\tand  spaces </p><p>=cmd|' /C calc'!A0</p>",
)
LANGUAGES = (
    "Unser Router fällt seit gestern ständig aus – können Sie helfen? Größe: 5 m²",
    "la facture n° 42 comporte une erreur : « 1 234,56 € » au lieu de « 234,56 € ». Merci d’avance !",
    "昨日からルーターが起動しません。赤いランプが点滅しています。",
    "جهاز التوجيه R1 لا يعمل منذ يوم أمس (خطأ 502). الرجاء المساعدة.",
    "החשבונית מספר 42 שגויה, חויבתי פעמיים (100 ₪). אנא בדקו.",
)


def subject(dice: random.Random) -> str:
    """Return an everyday subject."""
    return f"{pick(dice, _THINGS)} {pick(dice, _TROUBLES)}"


def question(dice: random.Random, title: str) -> str:
    """Return the HTML of an everyday first message."""
    return f"<p>Hello,</p><p>{html.escape(title)}: {html.escape(pick(dice, _QUESTIONS))}</p>"


def reply(dice: random.Random) -> str:
    """Return a teammate's everyday answer."""
    return f"<p>{pick(dice, _REPLIES)}</p>"


def answer(dice: random.Random) -> str:
    """Return a contact's everyday answer."""
    return f"<p>{pick(dice, _ANSWERS)}</p>"


def note(dice: random.Random) -> str:
    """Return an internal note."""
    return f"<p>{pick(dice, _NOTES)}</p>"
