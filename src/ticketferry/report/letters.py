"""Letters of a migration, in the languages of the desk's people: to customers and agents before it, and to customers when it takes longer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["LANGUAGES", "Letter", "letters", "spoken"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter in one language. `people`: so many customers have it; 0: nobody said."""

    language: str
    to: str
    subject: str
    text: Sequence[str]
    people: int = 0


LANGUAGES = {
    "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "pt": "Português", "ja": "日本語",
}  # fmt: skip
"""Languages in which there are letters -> their own names."""
_TO = {
    "en": ("Customers, before", "Agents, before", "Customers, when it takes longer"),
    "de": ("An Kunden, vorher", "An das Team, vorher", "An Kunden, wenn es länger dauert"),
    "fr": ("Aux clients, avant", "À l’équipe, avant", "Aux clients, en cas de retard"),
    "es": ("A clientes, antes", "Al equipo, antes", "A clientes, si se alarga"),
    "pt": ("Aos clientes, antes", "À equipe, antes", "Aos clientes, se demorar mais"),
    "ja": ("お客様へ(事前)", "担当者へ(事前)", "お客様へ(遅延時)"),
}
_TEXTS: Mapping[str, Sequence[tuple[str, Sequence[str]]]] = {
    "en": (
        ("Our support moves to a new system on {day}", (
            "From {day} on we answer you from {new}. You write to the same addresses as before{addresses}.",
            "Your open requests move with everything that was said in them. You do not have to do anything, and nobody will write to you because of the move.",
            "Over that weekend an answer may take longer than usual.",
        )),
        ("{old} is closed for changes on {day} at {time}", (
            "On {day} at {time} please leave {old}: what is changed there afterwards is not taken over. From {monday} you work in {new}.",
            "Your tickets are there with their comments, files and history; the old number is kept in each of them.",
            "Internal notes stay internal. If something looks wrong, do not correct it in the old desk: tell {lead}.",
        )),
        ("Our answers take longer than announced", (
            "The move of our support takes longer than we announced. Nothing is lost: every request that you sent is with us, and we answer it as soon as we can.",
            "Please do not send it a second time. In urgent cases call us: {phone}.",
        )),
    ),
    "de": (
        ("Unser Support zieht am {day} in ein neues System um", (
            "Ab dem {day} antworten wir Ihnen aus {new}. Sie schreiben an dieselben Adressen wie bisher{addresses}.",
            "Ihre offenen Anfragen ziehen mit allem um, was darin geschrieben wurde. Sie müssen nichts tun, und niemand schreibt Ihnen wegen des Umzugs.",
            "An diesem Wochenende kann eine Antwort länger dauern als sonst.",
        )),
        ("{old} ist ab {day}, {time} Uhr für Änderungen geschlossen", (
            "Bitte verlassen Sie {old} am {day} um {time} Uhr: Was danach dort geändert wird, wird nicht übernommen. Ab {monday} arbeiten Sie in {new}.",
            "Ihre Tickets sind dort mit Kommentaren, Dateien und Verlauf; die alte Nummer steht in jedem.",
            "Interne Notizen bleiben intern. Wenn etwas falsch aussieht, bitte nicht im alten System ändern, sondern melden: {lead}.",
        )),
        ("Unsere Antworten dauern länger als angekündigt", (
            "Der Umzug unseres Supports dauert länger als angekündigt. Es geht nichts verloren: Jede Anfrage ist bei uns, und wir antworten, sobald wir können.",
            "Bitte senden Sie sie nicht noch einmal. In dringenden Fällen erreichen Sie uns unter {phone}.",
        )),
    ),
    "fr": (
        ("Notre support change de système le {day}", (
            "À partir du {day}, nous vous répondrons depuis {new}. Vous nous écrivez aux mêmes adresses qu’avant{addresses}.",
            "Vos demandes en cours sont reprises avec tous leurs échanges. Vous n’avez rien à faire, et personne ne vous écrira à cause de ce changement.",
            "Ce week-end-là, une réponse peut prendre plus de temps que d’habitude.",
        )),
        ("{old} est fermé aux modifications le {day} à {time}", (
            "Le {day} à {time}, merci de quitter {old} : ce qui y est modifié ensuite n’est pas repris. Dès le {monday}, vous travaillez dans {new}.",
            "Vos tickets s’y trouvent avec leurs commentaires, fichiers et historique ; l’ancien numéro figure dans chacun.",
            "Les notes internes restent internes. Si quelque chose semble faux, ne le corrigez pas dans l’ancien outil : dites-le à {lead}.",
        )),
        ("Nos réponses prennent plus de temps que prévu", (
            "Le changement de système de notre support prend plus de temps qu’annoncé. Rien n’est perdu : chaque demande nous est parvenue et nous y répondons dès que possible.",
            "Merci de ne pas l’envoyer une seconde fois. En cas d’urgence, appelez-nous : {phone}.",
        )),
    ),
    "es": (
        ("Nuestro soporte cambia de sistema el {day}", (
            "A partir del {day} le responderemos desde {new}. Usted escribe a las mismas direcciones que antes{addresses}.",
            "Sus solicitudes abiertas se trasladan con todo lo que se escribió en ellas. No tiene que hacer nada, y nadie le escribirá por el cambio.",
            "Durante ese fin de semana una respuesta puede tardar más de lo habitual.",
        )),
        ("{old} se cierra a cambios el {day} a las {time}", (
            "El {day} a las {time}, por favor, salga de {old}: lo que se cambie allí después no se traslada. Desde el {monday} se trabaja en {new}.",
            "Sus tickets están allí con comentarios, archivos e historial; el número antiguo figura en cada uno.",
            "Las notas internas siguen siendo internas. Si algo parece incorrecto, no lo corrija en el sistema antiguo: avise a {lead}.",
        )),
        ("Nuestras respuestas tardan más de lo anunciado", (
            "El cambio de sistema de nuestro soporte tarda más de lo anunciado. No se pierde nada: hemos recibido cada solicitud y responderemos en cuanto podamos.",
            "Por favor, no la envíe de nuevo. En casos urgentes llámenos: {phone}.",
        )),
    ),
    "pt": (
        ("Nosso suporte muda de sistema em {day}", (
            "A partir de {day} responderemos a você pelo {new}. Você escreve para os mesmos endereços de antes{addresses}.",
            "Suas solicitações abertas são transferidas com tudo o que foi escrito nelas. Você não precisa fazer nada, e ninguém lhe escreverá por causa da mudança.",
            "Nesse fim de semana uma resposta pode demorar mais do que o habitual.",
        )),
        ("{old} fecha para alterações em {day} às {time}", (
            "Em {day} às {time}, saia do {old}: o que for alterado lá depois não será transferido. A partir de {monday} o trabalho é no {new}.",
            "Seus tickets estão lá com comentários, arquivos e histórico; o número antigo consta em cada um.",
            "Notas internas continuam internas. Se algo parecer errado, não corrija no sistema antigo: avise {lead}.",
        )),
        ("Nossas respostas demoram mais do que o anunciado", (
            "A mudança do nosso suporte demora mais do que anunciamos. Nada se perde: recebemos cada solicitação e responderemos assim que possível.",
            "Por favor, não a envie de novo. Em casos urgentes, ligue para nós: {phone}.",
        )),
    ),
    "ja": (
        ("{day}よりサポートのシステムが新しくなります", (
            "{day}より、{new}からご返答いたします。お問い合わせ先のアドレスはこれまでと変わりません{addresses}。",
            "対応中のお問い合わせは、これまでのやり取りとともに引き継がれます。お客様にしていただくことはありません。移行に伴う通知メールもお送りしません。",
            "その週末は、ご返答に通常よりお時間をいただくことがあります。",
        )),
        ("{old}は{day} {time}に更新を停止します", (
            "{day} {time}までに{old}での作業を終えてください。それ以降の変更は引き継がれません。{monday}からは{new}で作業します。",
            "チケットはコメント、添付ファイル、履歴とともに移行され、旧番号も残ります。",
            "社内メモは社内のままです。おかしな点があれば、旧システムで直さず{lead}へ知らせてください。",
        )),
        ("ご返答に予定よりお時間をいただいております", (
            "サポートシステムの移行に、お知らせした以上の時間がかかっております。いただいたお問い合わせはすべて届いており、順次ご返答いたします。",
            "同じ内容を再度お送りいただく必要はありません。お急ぎの場合はお電話ください:{phone}。",
        )),
    ),
}  # fmt: skip
_TO_AGENTS = 1
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_BLANK = "__________"


def _day(language: str, at: date) -> str:
    if language == "ja":
        return f"{at.year}年{at.month}月{at.day}日"
    month = _MONTHS[language].split()[at.month - 1]
    joined = {"de": "{d}. {m} {y}", "es": "{d} de {m} de {y}", "pt": "{d} de {m} de {y}"}.get(
        language, "{d} {m} {y}"
    )
    return joined.format(d=at.day, m=month, y=at.year)


def spoken(locales: Mapping[str, int]) -> dict[str, int]:
    """Add locales up by language: `pt-BR` and `pt` are one; the most frequent first."""
    found: dict[str, int] = {}
    for locale, count in locales.items():
        language = locale.replace("_", "-").partition("-")[0].casefold()
        if language:
            found[language] = found.get(language, 0) + count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def letters(
    languages: Mapping[str, int],
    *,
    old: str,
    new: str,
    day: date,
    frozen: datetime,
    monday: date,
    addresses: Sequence[str] = (),
    lead: str = "",
    phone: str = "",
) -> list[Letter]:
    """Return three letters in each language that is asked for and known here; English always. `day`: when the channels are switched;
    `frozen`: when agents leave the old desk.
    """
    wanted = [name for name in languages if name in LANGUAGES]
    found = []
    for language in [*wanted, *([] if "en" in wanted else ["en"])]:
        filled = {
            "monday": _day(language, monday), "old": old, "new": new, "time": f"{frozen:%H:%M}",
            "addresses": f" ({', '.join(addresses)})" if addresses else "", "lead": lead or _BLANK, "phone": phone or _BLANK,
        }  # fmt: skip
        for number, (to, (subject, text)) in enumerate(zip(_TO[language], _TEXTS[language], strict=True)):
            filled["day"] = _day(language, frozen if number == _TO_AGENTS else day)
            lines = [line.format(**filled) for line in text]
            people = languages.get(language, 0) if number != _TO_AGENTS else 0
            found.append(Letter(language, to, subject.format(**filled), lines, people))
    return found
