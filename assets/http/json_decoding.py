"""JSON answers, read into declared types: whatever does not fit is told by field, and nothing is guessed."""

import re
from typing import Annotated, TypeVar

import msgspec

from assets.http.errors import unexpected_field

# More than there are people, or than any counter has ever reached, is no count.
People = Annotated[int, msgspec.Meta(ge=0, le=10**10)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]

T = TypeVar("T")
_FIELD = re.compile(r"(?P<wrong>.*) - at `\$\.?(?P<field>.*)`")


def decoded(source: str, where: str, body: bytes, form: type[T]) -> T:
    """Read a JSON body as `form`; fields that `form` does not name are passed over.

    Raises:
        UnexpectedResponseError: it is not JSON, nests too deep, lacks a field, or holds one that is not what it should be.
    """
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        told = _FIELD.fullmatch(str(error))
        field, wrong = (told["field"], told["wrong"]) if told else ("(the whole)", str(error))
        raise unexpected_field(source, where, field, "what it was until now", wrong) from error
    except (ValueError, RecursionError) as error:
        raise unexpected_field(source, where, "(the whole)", "JSON", body[:80]) from error
