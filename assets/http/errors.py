"""Errors of a source: what happened, what was kept, and what to do."""


def printable(text: str) -> str:
    """Return a text with a blank for each control character or character that changes the reading direction."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


class SourceError(Exception):
    """A source could not be collected.

    `reason` is what happened and where, `kept` what is still there, `remedy` what to do. `status` is recorded in
    `meta.collection`: `failed`, `skipped`, or `partial` for an incomplete walk, which is not used. `http_status` is the status
    of the response, if there was one.
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
    """There was no usable response after all retries."""


class OfflineError(UnreachableError):
    """No request was sent: no service at all can be reached from this machine."""


class UnexpectedResponseError(SourceError):
    """The response does not have the expected status or form."""


class ItemNotFoundError(SourceError):
    """One of several requested items does not exist or has no figure; the others are collected."""


class RefusedWalkError(SourceError):
    """A complete walk is not used: it is too short, out of order, or repeats itself."""

    status = "partial"


class NotConfiguredError(SourceError):
    """The source needs a key or a contact that is not set: it is skipped, which is not a failure."""

    status = "skipped"


def unexpected_field(source: str, where: str, field: str, expected: str, found: object) -> UnexpectedResponseError:
    """Return the error for a response with an unexpected field: its name, the expected and the found value."""
    return UnexpectedResponseError(
        source,
        f"{where}: field {field}: expected {expected}, found {repr(found)[:80]}.",
        kept="the response as received, and everything that was there before.",
        remedy="compare the stored response with what the client expects: the service has changed its format.",
    )


def item_not_found(source: str, what: str, why: str) -> ItemNotFoundError:
    """Return the error for one listed item without a figure: which item, and why."""
    return ItemNotFoundError(
        source,
        f"{what}: {why}.",
        kept="its earlier figures; its series ends there.",
        remedy="if this persists, change its row in warehouse/seeds/lists.",
    )
