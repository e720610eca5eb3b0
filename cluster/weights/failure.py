"""How a conversion ends where it cannot go on, and how text that comes from a file is told."""

import unicodedata

MOST_LETTERS = 200


def visible(text):
    """Text as it may stand in a message: what could move a terminal's cursor or forge a line is shown escaped."""
    shown = "".join(
        letter if unicodedata.category(letter)[0] not in "CZ" or letter == " " else letter.encode(
            "unicode_escape", "surrogatepass").decode("ascii")
        for letter in text[:MOST_LETTERS])
    return shown + ("…" if len(text) > MOST_LETTERS else "")


def shown(value):
    """A value of a file in a few letters: numbers and texts as they are, of all else its kind."""
    if value is None or type(value) in (bool, float):
        return str(value)
    if type(value) is int:
        return str(value) if abs(value) < 1 << 64 else "a number of many digits"
    return visible(repr(value[:40])) if isinstance(value, str) else f"a {type(value).__name__}"


class Failure(Exception):
    """What is wrong, and the exit code for it: of sysexits.h, as ganglion's own."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def usage(message):
    return Failure(64, message)


def bad_data(message):
    return Failure(65, message)


def missing(message):
    return Failure(66, message)


def unwritable(message):
    return Failure(73, message)
