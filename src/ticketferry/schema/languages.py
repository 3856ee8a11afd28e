"""The language of a text by its most frequent small words, or by its script. No model: a guess that says nothing of what it does not know."""

import re
import unicodedata
from collections import Counter

__all__ = ["LANGUAGES", "SMALL_WORDS", "language_of"]

LEAST = 4
"""Small words that a text must have to be judged."""
_READ = 1_500
_WORD = re.compile(r"[^\W\d_]+")
_SMALL = {
    "English": "the and is are of to in that it was for on with this have not you your we my please can from would our has been do will",
    "German": "der die das und ist nicht ich sie wir mit auf für ein eine bei von zu dem den es bitte haben kann mein meine ihre noch",
    "French": "le la les et est une des pas je vous nous pour dans que qui sur avec mon votre bonjour merci du au ne ce mais",
    "Spanish": "el los las y es una no por para con que mi su hola gracias pero como del al se lo está tengo puede favor",
    "Italian": "il gli e è una non per con che mi ho sono della nel grazie ciao come del alla questo anche più lo di",
    "Portuguese": "o os e é uma não por para com que meu sua olá obrigado mas como do da ao se está tenho pode em um",
    "Dutch": "de het een en is niet ik wij met op voor van mijn uw graag kan maar bij ook naar heb zijn dat te er",
    "Polish": "i w na nie się jest do że mam proszę dziękuję mój czy ale jak po od dla to z za przez moje można",
    "Swedish": "och är det en ett inte jag vi med på för av min till som har kan men hej tack att den de från",
}
_LANGUAGES = {
    word: tuple(name for name, words in _SMALL.items() if word in words.split())
    for text in _SMALL.values()
    for word in text.split()
}
SMALL_WORDS = frozenset(_LANGUAGES)
"""The small words of all these languages."""
_PARTED = "".join(chr(sign) if chr(sign).isalpha() else " " for sign in range(128))
"""Every ASCII letter as it is, a blank for every other sign."""
_SCRIPTS = {
    "CYRILLIC": "Cyrillic script", "GREEK": "Greek", "ARABIC": "Arabic script", "HEBREW": "Hebrew", "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese", "HANGUL": "Korean", "CJK": "Chinese characters", "THAI": "Thai", "DEVANAGARI": "Devanagari script",
}  # fmt: skip

LANGUAGES = tuple(dict.fromkeys([*_SMALL, *_SCRIPTS.values()]))
"""All names that `language_of` gives."""


def language_of(text: str) -> str:
    """Return the name of the language, or of the script; "" where a text does not tell."""
    text = text[:_READ]
    if not text.isascii():
        script = _script(text)
        if script:
            return script
    found: Counter[str] = Counter()
    small = 0
    small_text = text.lower()
    # The same words either way; most texts are ASCII, which is parted without a pattern.
    words = Counter(small_text.translate(_PARTED).split() if text.isascii() else _WORD.findall(small_text))
    for word in words.keys() & _LANGUAGES.keys():
        times = words[word]
        small += times
        for name in _LANGUAGES[word]:
            found[name] += times
    if small < LEAST:
        return ""
    (first, most), *others = found.most_common(2)
    return first if not others or most > others[0][1] else ""


def _script(text: str) -> str:
    letters: Counter[str] = Counter()
    for sign in text[:400]:
        if sign.isalpha():
            letters["" if sign < "\u0370" else unicodedata.name(sign, "").partition(" ")[0]] += 1
    if sum(letters[name] for name in ("HIRAGANA", "KATAKANA")):
        return "Japanese"
    if not letters:
        return ""
    name, count = letters.most_common(1)[0]
    return _SCRIPTS.get(name, "") if count >= 8 else ""
