"""Reading an HTML template piece by piece, to know where each placeholder stands.

This is the part of the HTML standard's tokenizer (§13.2.5) that decides what a character means:
text, tag, attribute value, comment, style sheet, script. The author's HTML passes through unchanged
but for two repairs without which a value could become markup: an unquoted attribute value that
holds a placeholder gets its quotes, and a ``<`` right before a placeholder is written as the text
it is.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from carteiro.errors import InvalidTemplate

MAX_DEPTH = 512
"""How deep elements may nest; the cost and the stack of HTML parsers grow with it."""
MAX_FOREIGN = 4096
"""How many tags a template with SVG or MathML may have; there even ``<br>`` can nest."""
GAP = "\ufffc"
"""Stands for a placeholder in what has been read of a value."""

_HEAD, _TAIL = 1024, 2048
_SPACE = "\t\n\f\r "
_RAW_TEXT = frozenset(
    ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")
)
_NEVER_NEST = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
        *("track", "wbr", "p", "li", "dt", "dd", "option", "tr", "td", "th", "tbody", "thead"),
        *("tfoot", "colgroup", "html", "head", "body"),
    )
)
"""Void elements, and those that the next of their kind closes."""

_TAG_NAME = re.compile(rf"[A-Za-z][^{_SPACE}/>]*")
_ATTRIBUTE_NAME = re.compile(rf"[^{_SPACE}/>][^{_SPACE}/>=]*")
_BLANKS = re.compile(rf"[{_SPACE}]*")
_BLANKS_OR_SLASHES = re.compile(rf"[{_SPACE}/]*")
_UNQUOTED = re.compile(rf"[^{_SPACE}>]*")
_DANGLING = re.compile(r"</?\Z")
_CONDITIONAL = re.compile(r"<!--\[if[^\]]*\]>(?:<!)?(-->)?", re.IGNORECASE)
_COMMENT_END = re.compile("--!?>")


class State(Enum):
    """Where in the document the reader is."""

    TEXT = auto()
    TAG = auto()
    AFTER_NAME = auto()
    BEFORE_VALUE = auto()
    DOUBLE_QUOTED = auto()
    SINGLE_QUOTED = auto()
    UNQUOTED = auto()
    RAW_TEXT = auto()
    COMMENT = auto()
    DECLARATION = auto()


class HtmlReader:
    """Reads literal text; between two pieces it knows the place."""

    def __init__(self) -> None:
        self.state = State.TEXT
        self.conditional = False
        """Inside ``<!--[if mso]> … <![endif]-->``: markup for Outlook, a comment for others."""
        self.element = ""
        self.attribute = ""
        self.value = ""
        """Head and tail of the value or raw text so far, with ``GAP`` for each placeholder."""
        self.foreign = False
        """SVG or MathML has begun: there a title or a style sheet can hold elements."""
        self.torn = False
        """A placeholder stands in this tag outside of any value: its attributes are unknown."""
        self._depth = 0
        self._angles = 0
        self._placeholder_follows = False

    def read(self, text: str, *, placeholder_follows: bool) -> str:
        """Advance over ``text``; returns it, repaired where a value could become markup.

        Raises ``InvalidTemplate`` when elements nest deeper than ``MAX_DEPTH``.
        """
        self._angles += text.count("<")
        self._placeholder_follows = placeholder_follows
        written: list[str] = []
        at = 0
        while at < len(text) or (placeholder_follows and self.state is State.BEFORE_VALUE):
            at, piece = self.step(text, at)
            written.append(piece)
        if self.foreign and self._angles > MAX_FOREIGN:
            raise InvalidTemplate(f"A template with SVG or MathML has at most {MAX_FOREIGN} tags.")
        return "".join(written)

    def step(self, text: str, start: int) -> tuple[int, str]:
        """Read what begins at ``start``: where the next begins, and what to write for it."""
        at, piece = self._step(text, start)
        end = text.find("-->", start, at) if self.conditional else -1
        if end < 0:
            return at, piece
        # For everybody but Outlook the comment ends here, whatever the author meant.
        self.state, self.conditional = State.TEXT, False
        return end + 3, text[start : end + 3]

    def pass_placeholder(self) -> None:
        """Advance over a placeholder."""
        if self.state in (State.TAG, State.AFTER_NAME):
            self.torn = True
        self._remember(GAP)

    def _remember(self, text: str) -> None:
        self.value = f"{self.value[:_HEAD]}{(self.value[_HEAD:] + text)[-_TAIL:]}"

    def _step(self, text: str, at: int) -> tuple[int, str]:
        match self.state:
            case State.TEXT:
                return self._read_text(text, at)
            case State.TAG | State.AFTER_NAME:
                end = self._read_tag(text, at)
            case State.BEFORE_VALUE:
                return self._read_before_value(text, at)
            case State.UNQUOTED:
                return self._read_unquoted(text, at)
            case State.RAW_TEXT:
                end = self._read_raw_text(text, at)
            case State.COMMENT:
                closing = _COMMENT_END.search(text, at)
                end = self._leave_to(State.TEXT, text, closing.end() if closing else -1)
            case State.DECLARATION:
                end = self._leave_to(State.TEXT, text, text.find(">", at) + 1 or -1)
            case _:
                end = self._read_quoted(text, at)
        return end, text[at:end]

    def _leave_to(self, state: State, text: str, end: int) -> int:
        if end < 0:
            return len(text)
        self.state = state
        return end

    def _read_text(self, text: str, at: int) -> tuple[int, str]:
        start = text.find("<", at)
        if start < 0:
            return len(text), text[at:]
        if self._placeholder_follows and _DANGLING.match(text, start):
            return len(text), f"{text[at:start]}&lt;{text[start + 1 :]}"
        end = self._open(text, start)
        return end, text[at:end]

    def _open(self, text: str, start: int) -> int:
        """Enter what begins with the ``<`` at ``start``; returns where its inside begins."""
        if conditional := _CONDITIONAL.match(text, start):
            self.conditional = not conditional[1]
            return conditional.end()
        if text.startswith(("<!-->", "<!--->"), start):
            return text.index(">", start) + 1
        if text.startswith("<!--", start):
            self.state = State.COMMENT
            return start + 4
        closing = text.startswith("</", start)
        if name := _TAG_NAME.match(text, start + 1 + closing):
            self._open_tag(name[0].lower(), closing=closing)
            return name.end()
        if closing or text.startswith(("<!", "<?"), start):
            self.state = State.DECLARATION
            if text[start : start + 8].lower() == "<![endif":
                self.conditional = False
            return start + 2
        return start + 1

    def _open_tag(self, name: str, *, closing: bool) -> None:
        self.state, self.torn = State.TAG, False
        self.element = f"/{name}" if closing else name
        self.foreign = self.foreign or name in ("svg", "math")
        if self.conditional or name in _NEVER_NEST:
            return
        self._depth = max(0, self._depth - 1) if closing else self._depth + 1
        if self._depth > MAX_DEPTH:
            raise InvalidTemplate(f"Elements nest more than {MAX_DEPTH} deep (or are not closed).")

    def _read_tag(self, text: str, at: int) -> int:
        blanks = _BLANKS if self.state is State.AFTER_NAME else _BLANKS_OR_SLASHES
        at = _end(blanks, text, at)
        if at == len(text):
            return at
        if text[at] == ">":
            return self._end_tag(at)
        if self.state is State.AFTER_NAME:
            equals = text[at] == "="
            self.state, self.value = (State.BEFORE_VALUE if equals else State.TAG), ""
            return at + equals
        end = _end(_ATTRIBUTE_NAME, text, at)
        self.state, self.attribute = State.AFTER_NAME, text[at:end].lower()
        return end

    def _end_tag(self, at: int) -> int:
        self.state = State.RAW_TEXT if self.element in _RAW_TEXT else State.TEXT
        self.value = ""
        return at + 1

    def _read_before_value(self, text: str, start: int) -> tuple[int, str]:
        at = _end(_BLANKS, text, start)
        if text[at : at + 1] == ">":
            end = self._end_tag(at)
        elif text[at : at + 1] in ("'", '"'):
            self.state = State.DOUBLE_QUOTED if text[at] == '"' else State.SINGLE_QUOTED
            end = at + 1
        else:
            end = _end(_UNQUOTED, text, at)
            if end == len(text) and self._placeholder_follows:
                self.state, self.value = State.UNQUOTED, text[at:]
                return end, f'{text[start:at]}"{_quotable(text[at:])}'
            self.state = State.TAG if end > at else self.state
        return end, text[start:end]

    def _read_unquoted(self, text: str, at: int) -> tuple[int, str]:
        """The rest of an unquoted value that holds a placeholder: it has been given quotes."""
        end = _end(_UNQUOTED, text, at)
        self._remember(text[at:end])
        if end == len(text):
            return end, _quotable(text[at:end])
        self.state = State.TAG
        return end, f'{_quotable(text[at:end])}"'

    def _read_quoted(self, text: str, at: int) -> int:
        end = text.find('"' if self.state is State.DOUBLE_QUOTED else "'", at)
        if end < 0:
            self._remember(text[at:])
        return self._leave_to(State.TAG, text, end + 1 or -1)

    def _read_raw_text(self, text: str, at: int) -> int:
        closing = re.compile(rf"</{self.element}(?=[{_SPACE}/>])", re.IGNORECASE).search(text, at)
        if closing is None:
            self._remember(text[at:])
            return len(text)
        self._open_tag(self.element, closing=True)
        return closing.end()


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _quotable(value: str) -> str:
    return value.replace('"', "&quot;")
