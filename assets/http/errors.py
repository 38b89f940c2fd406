"""What can go wrong with a source, in words a person can act on."""


def printable(text: str) -> str:
    """Return a text in which a blank stands for each character that steers a terminal or turns the direction of reading."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


class SourceError(Exception):
    """A source could not be collected.

    `reason` says what happened and where, `kept` what is still there, `remedy` what to do. `status` is what
    `meta.collection` records: `failed`, or `partial` where some of it came and was not used. `http_status` is that of
    the answer, if there was one.
    """

    status = "failed"

    def __init__(self, source: str, reason: str, *, kept: str, remedy: str, status: int | None = None) -> None:
        self.source = source
        self.reason = printable(reason)
        super().__init__(source, self.reason)
        self.kept = kept
        self.remedy = remedy
        self.http_status = status

    def __str__(self) -> str:
        return f"{self.source}: {self.reason} Kept: {self.kept} To do: {self.remedy}"


class UnreachableError(SourceError):
    """The service did not answer, or kept answering with an error, for longer than our patience."""


class UnexpectedResponseError(SourceError):
    """The service answered with something that is not what it should be."""


class ItemNotFoundError(SourceError):
    """One of many things that were asked for is not there, or has no figure; the others are collected all the same."""

    status = "partial"


class RefusedWalkError(SourceError):
    """A walk came to an end and is not to be trusted: short, out of order, or repeated."""

    status = "partial"


class NotConfiguredError(SourceError):
    """The source needs a key or a contact that the settings do not name: it is skipped, which is not a failure."""

    status = "skipped"


def unexpected_field(source: str, where: str, field: str, expected: str, found: object) -> UnexpectedResponseError:
    """Give the error of an answer that does not fit: which field, what was expected there, and what stood there."""
    return UnexpectedResponseError(
        source,
        f"{where}: field {field}: expected {expected}, found {repr(found)[:80]}.",
        kept="the answer as it came, and everything that was there before.",
        remedy="compare the landed answer with what the client expects: the service has changed its form.",
    )


def item_not_found(source: str, what: str, why: str) -> ItemNotFoundError:
    """Give the error of one listed thing that has no figure: which, and why."""
    return ItemNotFoundError(
        source,
        f"{what}: {why}.",
        kept="its earlier figures; its series ends there.",
        remedy="if it stays so, change its row in warehouse/seeds/lists.",
    )
