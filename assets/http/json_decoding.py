"""Decode JSON responses into declared types; an error names the field that does not fit."""

import re
from typing import Annotated, TypeVar

import msgspec

from assets.http.errors import unexpected_field

# Upper bounds: a larger number of people, or of anything counted, is an error of the service.
People = Annotated[int, msgspec.Meta(ge=0, le=10**10)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]

T = TypeVar("T")
_FIELD = re.compile(r"(?P<wrong>.*) - at `\$\.?(?P<field>.*)`")


def decoded(source: str, where: str, body: bytes, form: type[T]) -> T:
    """Decode a JSON body as `form`; fields that `form` does not declare are ignored.

    Raises:
        UnexpectedResponseError: it is not JSON, is nested too deeply, lacks a field, or has a field of another type.
    """
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        match = _FIELD.fullmatch(str(error))
        field, wrong = (match["field"], match["wrong"]) if match else ("(the whole)", str(error))
        raise unexpected_field(source, where, field, "what it was until now", wrong) from error
    except (ValueError, RecursionError) as error:
        raise unexpected_field(source, where, "(the whole)", "JSON", body[:80]) from error
