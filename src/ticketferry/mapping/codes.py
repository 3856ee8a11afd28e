"""Finding codes of the mapping: what each means and how much it matters."""

from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["CODES", "Findings", "finding"]

CODES: dict[str, tuple[Severity, str]] = {
    "S200": (Severity.BLOCKER, "the file cannot be read as a mapping"),
    "S201": (Severity.BLOCKER, "a status, priority, type or form of the source is not decided"),
    "S202": (Severity.DOUBT, "the mapping rejects tickets with this value; all others go"),
    "S204": (Severity.LOSS, "several values of the source fall together"),
    "S205": (Severity.BLOCKER, "the target does not know a name"),
    "S206": (Severity.DOUBT, "a rule names something that the source does not know"),
    "S207": (Severity.BLOCKER, "something of the source is left for a person to decide"),
    "S208": (Severity.BLOCKER, "the target wants a project and no route gives one for every ticket"),
    "S209": (Severity.BLOCKER, "the mapping is for another pair of products"),
    "S210": (Severity.DOUBT, "nothing in the target keeps the tickets of a security level from other agents"),
    "S211": (Severity.BLOCKER, "two rules write one place of the target"),
    "S212": (
        Severity.DOUBT,
        "two rules may meet in one place: their conditions do not say that no ticket takes both",
    ),
    "S213": (Severity.BLOCKER, "a rule would carry what another one drops"),
    "S214": (Severity.DOUBT, "a condition asks for a name that the source does not have"),
    "S215": (Severity.DOUBT, "a condition holds for no ticket of the source now"),
    "S216": (Severity.DOUBT, "a rule stands behind others that take all its tickets"),
    "S217": (Severity.INFO, "a word of the mapping that the target has no place for"),
    "S218": (Severity.DOUBT, "a choice tells of a value that another rule drops"),
    "S219": (Severity.BLOCKER, "a rule gives a field what its type never takes"),
    "S220": (
        Severity.LOSS,
        "a status that the workflow of an issue type does not have, or that nothing leads to",
    ),
    "S221": (Severity.DOUBT, "tickets that no phase takes"),
    "S222": (Severity.INFO, "two phases would take the same tickets; the first one does"),
    "S223": (Severity.LOSS, "a status becomes one that means something else"),
    "S224": (Severity.BLOCKER, "a field that the target asks of new tickets, and that no rule writes"),
    "S225": (Severity.DOUBT, "tickets that more people would see than today"),
    "S226": (Severity.DOUBT, "a condition that no ticket can fulfil: two of its entries exclude each other"),
    "S231": (Severity.INFO, "what a plan makes in the target's set-up where tickets need it"),
    "S230": (Severity.BLOCKER, "the mapping asks to make what the target's API cannot make"),
    "S232": (Severity.BLOCKER, "a word of the mapping that this target cannot carry out"),
    "S236": (
        Severity.DOUBT,
        "a value that nobody knew when the mapping was approved, and that no rule names",
    ),
    "S237": (
        Severity.DOUBT,
        "options of a source field that the target's field does not have, and no rule names",
    ),
    "R101": (Severity.BLOCKER, "no route takes the ticket"),
    "F101": (Severity.BLOCKER, "a value has no rule and the mapping says fail"),
    "F102": (Severity.LOSS, "a value does not fit the type of the target's field; kept beside"),
    "F103": (Severity.BLOCKER, "a required field is empty"),
    "F104": (Severity.LOSS, "an expression failed; nothing was set"),
    "F105": (
        Severity.LOSS,
        "two rules write one field of one ticket; what the first one wrote is kept beside",
    ),
    "F106": (Severity.REPAIR, "a time became a day, or a day a time, in a time zone that had to be assumed"),
    "F107": (Severity.REPAIR, "a time that no desk takes: in the future, without a time zone, or no time"),
    "F109": (Severity.DOUBT, "the mapping rejects tickets with this value of a field; all others go"),
    "F210": (Severity.INFO, "a pattern did not match; the value is as it was"),
    "A007": (Severity.LOSS, "an attachment is larger than allowed; its name and address are kept beside"),
    "A008": (Severity.LOSS, "an attachment of a blocked kind; its name and address are kept beside"),
    "A009": (Severity.LOSS, "an attachment whose bytes cannot be had; its name is kept beside"),
    "A010": (Severity.LOSS, "an attachment that is older than the mapping moves; it stays in the old desk"),
    "A011": (Severity.BLOCKER, "an attachment that the old desk found malware in, and the mapping says fail"),
    "A012": (
        Severity.LOSS,
        "a file that the mapping leaves in the old desk because of what it is; its address is kept",
    ),
    "A013": (
        Severity.DOUBT,
        "the mapping rejects tickets with an attachment that the old desk found malware in; all others go",
    ),
    "C301": (Severity.LOSS, "an internal comment and a target that has public ones only; kept beside"),
    "C302": (Severity.INFO, "a comment's author has no account; the name stands in its header"),
    "C303": (Severity.INFO, "the opening message is internal and does not become the description"),
    "C304": (Severity.DOUBT, "a comment that the source gives no author; a line over it says so"),
    "G101": (Severity.LOSS, "the target has no such group; its name is kept beside"),
    "N101": (Severity.BLOCKER, "the number of a ticket cannot be the number of its new key"),
    "L401": (Severity.LOSS, "a link of a kind that has no rule; kept beside"),
    "L402": (Severity.LOSS, "a link to a ticket that is not migrated; kept beside"),
    "L403": (Severity.LOSS, "an incident of a problem that is none in the target; the link is kept beside"),
    "P310": (
        Severity.DOUBT,
        "keys contradict each other: nobody knows whose account is a person's (an organization's); their tickets wait",
    ),
    "P311": (Severity.DOUBT, "nobody in the target stands for a person; the place stays empty"),
    "P312": (Severity.LOSS, "the assignee cannot be assigned in the target"),
    "P313": (Severity.INFO, "a person is one with another"),
    "P314": (Severity.LOSS, "a ticket of an organization that is none of its requester's; kept beside"),
    "P316": (
        Severity.DOUBT,
        "a person's account in the target is of another kind than in the source: an agent there, a customer here",
    ),
    "P317": (
        Severity.DOUBT,
        "people who belong to no organization get into one by the domain of their address: the target does so by itself",
    ),
    "P318": (
        Severity.INFO,
        "a ticket of no organization gets its requester's: the target does so by itself",
    ),
    "P319": (
        Severity.INFO,
        "only agents follow tickets in the target: a follower who is none there is kept beside",
    ),
    "P320": (
        Severity.BLOCKER,
        "several records of the source have one name for the target, and would become one there",
    ),
    "P321": (
        Severity.BLOCKER,
        "a record that is to be made has the name of one that is there and was not matched",
    ),
    "P322": (
        Severity.DOUBT,
        "words of somebody in doubt stand under a placeholder of their own; who wrote a comment cannot be changed later",
    ),
    "P323": (
        Severity.DOUBT,
        "the source names no requester, or one who has no account: a placeholder of its own asks, never the account that migrates",
    ),
    "P324": (
        Severity.DOUBT,
        "people and organizations that may be one with another stay separate, since nobody has decided; counted once a plan",
    ),
    "P325": (
        Severity.DOUBT,
        "a rule for the addresses of agents (`people.rewrite_email`) finds nobody; counted once a plan",
    ),
    "P326": (
        Severity.BLOCKER,
        "an account that the mapping assigns tickets to is not there, or nothing can be assigned to it",
    ),
    "P327": (
        Severity.LOSS,
        "addresses and phones of people who are one: the target keeps none but the first address; kept beside",
    ),
    "P328": (Severity.INFO, "a person stands for several and has values of theirs"),
    "P329": (
        Severity.BLOCKER,
        "a person, an organization or a group that an earlier plan made is gone from the target, and what is planned needs it",
    ),
    "P330": (
        Severity.DOUBT,
        "somebody is to be one with another, or another account, after tickets that name them were written: those stay until `people reassign`",
    ),
    "P331": (
        Severity.BLOCKER,
        "somebody was written under another's account and is to stand alone, or under a third one: `people reassign` first",
    ),
    "T501": (Severity.LOSS, "a subject is longer than allowed; whole in the provenance"),
    "T502": (Severity.INFO, "an empty subject was filled"),
    "T503": (Severity.INFO, "quoted words that stand in another message of the ticket are left out"),
    "T504": (Severity.INFO, "quoted words that stand nowhere else in the ticket stay where they are"),
    "T505": (Severity.LOSS, "a signature is left out"),
    "T506": (Severity.INFO, "a picture that only tells a sender who reads is left out"),
    "W701": (Severity.BLOCKER, "a way that the target does not have"),
    "W702": (Severity.BLOCKER, "a word that the target, or the way into it, cannot carry out"),
    "V601": (Severity.DOUBT, "the ticket becomes visible to more people than today"),
    "V602": (Severity.REPAIR, "a ticket that nobody outside sees stays off the target's portal"),
}
"""Code -> severity and meaning. S: names; R: route; F: fields; A: attachments; C: comments; G: groups; L: links; N: numbers; P: people; T: text; V: visibility; W: ways."""


def finding(
    code: str, subject: str | None, where: str, message: str, remedy: str = "", count: int = 1
) -> Finding:
    """Make a finding with the severity of its code."""
    ref: Ref | None = parse_ref(subject) if subject else None
    return Finding(code, CODES[code][0], ref, where, message, remedy, count)


class Findings:
    """Findings of one record, the same code at the same place counted once with a number."""

    __slots__ = ("_rows", "_subject")

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._rows: dict[tuple[str, str], Finding] = {}

    def add(self, code: str, where: str, message: str, remedy: str = "") -> None:
        """Note one more; the first message stands for all."""
        known = self._rows.get((code, where))
        if known is None:
            self._rows[code, where] = finding(code, self._subject, where, message, remedy)
        else:
            self._rows[code, where] = finding(
                code, self._subject, where, known.message, known.remedy, known.count + 1
            )

    def rows(self) -> list[Finding]:
        """All of them, in order of first appearance."""
        return list(self._rows.values())
