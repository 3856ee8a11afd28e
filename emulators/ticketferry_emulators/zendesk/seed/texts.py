"""What the people of the sample desk write: everyday phrases, and the bodies that break converters."""

from __future__ import annotations

import html
import re

from ticketferry_emulators.zendesk.seed.dice import HOST, Dice

__all__ = ["LANGUAGES", "RICH", "UNCLOSED", "ZALGO", "long_body", "opening", "plain", "subject", "wrap"]

_TAG = re.compile(r"<[^>]*>?")
_BREAK = re.compile(r"<(?:br|/p|/div|/h\d|/tr|/blockquote|/pre)[^>]*>")
_GAP = re.compile(r"\n{3,}")

_THINGS = (
    "router",
    "modem",
    "invoice",
    "mobile app",
    "web portal",
    "order",
    "account",
    "delivery",
    "password",
    "cable",
)
_TROUBLES = ("does not start", "is wrong", "arrived broken", "loses its connection", "cannot be changed", "is missing",
             "shows error 502", "is slow since yesterday", "was charged twice", "needs an upgrade")  # fmt: skip
_GREETINGS = ("Hello,", "Hi there,", "Dear team,", "Good morning,", "Hey")
_DETAILS = (
    "it worked last week and nothing was changed here.", "we tried to restart it twice & still see the same.",
    "this is urgent for us, please call back before 5 pm.", "see the serial on the back: SN-204518.",
    "my colleague has the same problem <since Monday>.", "the light is red, the manual says it should be green.",
)  # fmt: skip
_REPLIES = (
    "Thank you for reaching out. Could you send us the serial number?", "I have passed this on to our engineers.",
    "We have sent a replacement, it should arrive in 3 days.", "Please update to version 4.2 and try again.",
    "Your refund was approved, allow 5 working days.", "Is the problem still there?",
)  # fmt: skip
_ANSWERS = ("Yes, still the same.", "Thanks, that helped!", "I will try this tonight.", "The number is SN-204518.",
            "When can we expect an answer?", "No, it got worse.")  # fmt: skip
_NOTES = ("Called the customer, no answer.", "Looks like the batch from March.", "Checked the logs, nothing there.",
          "Customer is on the premium plan, be quick.", "Duplicate of an older one?")  # fmt: skip

RICH = (
    "<h2>What we found</h2><p>The <strong>router</strong> and <em>modem</em> <u>disagree</u> about <code>MTU</code>:</p>"
    "<ul><li>router: 1500<ul><li>since 4.2</li></ul></li><li>modem: 1492</li></ul>"
    "<ol><li>Log in</li><li>Set the value</li><li>Restart</li></ol>"
    '<table><thead><tr><th>Device</th><th>MTU</th></tr></thead><tbody><tr><td>R1</td><td>1500</td></tr>'
    '<tr><td colspan="2">modem &amp; cable</td></tr></tbody></table>'
    "<pre><code>$ ip link set mtu 1492\n  ok &lt;done&gt;</code></pre>"
    '<p>See <a href="https://docs.acme.example/mtu?a=1&amp;b=2" rel="noopener">the manual</a> or '
    '<a href="mailto:help@acme.example">write</a>.</p><hr><p>Line one<br>line two</p>'
)  # fmt: skip
UNCLOSED = (
    "<p>Steps: <b>bold <i>both <ul><li>one<li>two<p>after </ul> & an < angle, a <unknown x=1>tag</p></div>"
)
ZALGO = "H̷̡̛̺̭͗e̶̛̼͛͊l̸̘̎p̵͍̏ 🔥👩‍👩‍👧‍👦🏳️‍🌈 𝕳𝖊𝖑𝖕 \u202egnp.exe\u202c \u200bzero\u200bwidth 𠜎𠜱"
LANGUAGES = {
    "de": ("Router fällt ständig aus", "Guten Tag,", "unser Router fällt seit gestern ständig aus – können Sie helfen? Größe: 5 m²"),
    "fr": ("Facture erronée n° 42", "Bonjour,", "la facture n° 42 comporte une erreur : « 1 234,56 € » au lieu de « 234,56 € ». Merci d’avance !"),
    "ja": ("ルーターが起動しません", "お世話になっております。", "昨日からルーターが起動しません。赤いランプが点滅しています。ご確認をお願いいたします。"),
    "ar": ("لا يعمل جهاز التوجيه", "مرحبا،", "جهاز التوجيه R1 لا يعمل منذ يوم أمس (خطأ 502). الرجاء المساعدة."),
    "he": ("החשבונית שגויה", "שלום,", "החשבונית מספר 42 שגויה, חויבתי פעמיים (100 ₪). אנא בדקו."),
}  # fmt: skip


def subject(dice: Dice) -> str:
    """Return an everyday subject."""
    return f"{dice.pick(_THINGS).capitalize()} {dice.pick(_TROUBLES)}"


def opening(dice: Dice, title: str) -> str:
    """Return the HTML of an everyday first message."""
    return f"<p>{dice.pick(_GREETINGS)}</p><p>{html.escape(title)}: {html.escape(dice.pick(_DETAILS))}</p>"


def reply(dice: Dice, name: str) -> str:
    """Return an agent's everyday answer."""
    return f"<p>Hi {html.escape(name)},</p><p>{dice.pick(_REPLIES)}</p><p>Best regards</p>"


def answer(dice: Dice) -> str:
    """Return a customer's everyday answer."""
    return f"<p>{dice.pick(_ANSWERS)}</p>"


def note(dice: Dice) -> str:
    """Return an internal note."""
    return f"<p>{dice.pick(_NOTES)}</p>"


def quoted(dice: Dice, name: str) -> str:
    """Return a mail reply that quotes twice, as mail programs write it."""
    return (
        f'<p>{dice.pick(_ANSWERS)}</p><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 5 Oct 2026 at '
        f"10:15, {html.escape(name)} &lt;support@acme.example&gt; wrote:<br></div>"
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc"><p>{dice.pick(_REPLIES)}'
        f"</p><blockquote><p>{dice.pick(_ANSWERS)}</p></blockquote></blockquote></div>"
        "<p>--&nbsp;<br>Sent from my phone</p>"
    )


def references(number: int) -> str:
    """Return a note that points to other tickets, by number and by address."""
    near, far = max(1, number - 2), max(1, number - 27)
    return (
        f"<p>Same as #{near} and ticket #{far}, see "
        f'<a href="{HOST}/agent/tickets/{far}">{HOST}/agent/tickets/{far}</a> '
        f"(not #ff8800, not C#7, not order #123456789).</p>"
    )


def long_body(dice: Dice) -> str:
    """Return just under 60 kB of HTML: a log pasted into a mail."""
    line = "<div>2026-10-0{day} ERROR worker-{n}: Verbindung abgebrochen – retry in {s}s 🔁</div>"
    parts, size = ["<p>The log:</p>"], 16
    while size < 59_800:
        part = line.format(day=dice.between(1, 9), n=dice.below(900), s=dice.below(60))
        parts.append(part)
        size += len(part.encode())
    return "".join(parts)


def wrap(body: str) -> str:
    """Return `html_body` as the product gives it."""
    return f'<div class="zd-comment" dir="auto">{body}</div>'


def plain(body: str) -> str:
    """Return the text of an HTML body, much as the product's `body`: list marks kept, blank lines squeezed."""
    text = _BREAK.sub("\n", body.replace("<li>", "\n* "))
    return _GAP.sub("\n\n", html.unescape(_TAG.sub("", text))).strip()
