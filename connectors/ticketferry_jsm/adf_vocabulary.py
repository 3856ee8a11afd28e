"""What reading ADF goes by: every node and mark of the schema, what it becomes in a body, and the codes of losses."""

from typing import Final

__all__ = ["LOSSES", "MARKS", "NODES"]

NODES: Final = {
    "blockCard": ("link", "ADF-CARD"),
    "blockTaskItem": ("item with a box", "ADF-TASK"),
    "blockquote": ("quote", ""),
    "bodiedExtension": ("its content", "ADF-EXTENSION"),
    "bodiedSyncBlock": ("its content", "ADF-EXTENSION"),
    "bulletList": ("list", ""),
    "caption": ("paragraph", "ADF-CAPTION"),
    "codeBlock": ("code", ""),
    "date": ("text", "ADF-DATE"),
    "decisionItem": ("item", ""),
    "decisionList": ("list", "ADF-DECISION"),
    "doc": ("body", ""),
    "embedCard": ("link", "ADF-CARD"),
    "emoji": ("the character, else its name", "ADF-EMOJI"),
    "expand": ("bold title and content", "ADF-EXPAND"),
    "extension": ("its text or name", "ADF-EXTENSION"),
    "hardBreak": ("line break", ""),
    "heading": ("heading", ""),
    "inlineCard": ("link", "ADF-CARD"),
    "inlineExtension": ("its text or name", "ADF-EXTENSION"),
    "layoutColumn": ("its content", ""),
    "layoutSection": ("one column below the other", "ADF-LAYOUT"),
    "listItem": ("item", ""),
    "media": ("image", ""),
    "mediaGroup": ("a paragraph an image", ""),
    "mediaInline": ("image", ""),
    "mediaSingle": ("paragraph with the image", ""),
    "mention": ("mention; text where the person is unknown", "ADF-MENTION"),
    "nestedExpand": ("bold title and content", "ADF-EXPAND"),
    "orderedList": ("numbered list", ""),
    "panel": ("quote", "ADF-PANEL"),
    "paragraph": ("paragraph", ""),
    "placeholder": ("text", "ADF-STYLE"),
    "rule": ("rule", ""),
    "status": ("bold text", "ADF-STATUS"),
    "syncBlock": ("its name", "ADF-EXTENSION"),
    "table": ("table", ""),
    "tableCell": ("cell", ""),
    "tableHeader": ("header cell", ""),
    "tableRow": ("row", ""),
    "taskItem": ("item with a box", "ADF-TASK"),
    "taskList": ("list", ""),
    "text": ("text", ""),
}
"""Every node of the schema: what it becomes, and the code that is always told with it ("" = none)."""

MARKS: Final = {
    "alignment": "", "annotation": "", "backgroundColor": "", "border": "", "breakout": "", "code": "code", "dataConsumer": "",
    "em": "emphasis", "fontSize": "", "fragment": "", "indentation": "", "link": "link", "strike": "strike-through",
    "strong": "strong", "subsup": "subscript, superscript", "textColor": "", "underline": "underline",
}  # fmt: skip
"""Every mark of the schema: what it becomes; "" is told as ADF-STYLE."""

LOSSES: Final = {
    "ADF-CAPTION": "A caption is kept as a paragraph below its image",
    "ADF-CARD": "A card is kept as a link",
    "ADF-DATE": "A date is kept as text",
    "ADF-DECISION": "A decision list is kept as a list",
    "ADF-DEPTH": "Nesting too deep to keep; the text is kept, in order",
    "ADF-EMOJI": "An emoji of the site is kept as its name",
    "ADF-EXPAND": "An expandable section is kept as its bold title and its text",
    "ADF-EXTENSION": "An extension (app or macro) is kept as its text or name",
    "ADF-INVALID": "A part that is not ADF was read for its text",
    "ADF-LAYOUT": "Columns are kept one below the other",
    "ADF-MEDIA": "The file is not among the attachments; its description stands in its place",
    "ADF-MENTION": "A mention is kept as text",
    "ADF-PANEL": "A panel is kept as a quote",
    "ADF-STATUS": "A status lozenge is kept as bold text",
    "ADF-STYLE": "Appearance is not held",
    "ADF-TASK": "A task is kept as an item with a box",
    "ADF-TITLE": "The title that a link shows when pointed at is not held",
    "ADF-UNKNOWN": "An unknown node is kept as its text, an unknown mark is not held",
    "ADF-URL": "An address of an unsafe or unknown kind was taken out; the words are kept",
}
"""Codes of what reading ADF can lose, and the sentence each opens with."""
