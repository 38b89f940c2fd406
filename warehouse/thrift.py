"""Structs in Thrift's compact protocol, read and written without knowing what their fields mean.

A struct names the number and the kind of each field, so that one of them can be changed and everything else is written as
it was read. Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from io import BytesIO
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12

# For each field its kind and value: True, False, a number, bytes, (kind of the elements, elements), or a struct.
Struct = dict[int, tuple[int, Any]]


class UnknownFormError(ValueError):
    """Bytes are no struct, or one with a kind of field that is not known here."""


def decoded(text: bytes) -> Struct:
    """Read a struct. Raises UnknownFormError."""
    source = BytesIO(text)
    struct: Struct = _read(source, STRUCT)
    if source.read(1):
        raise UnknownFormError("something follows the struct")
    return struct


def encoded(struct: Struct) -> bytes:
    """Write a struct."""
    target = BytesIO()
    _write(target, STRUCT, struct)
    return target.getvalue()


def _read(source: BytesIO, kind: int) -> Any:  # noqa: ANN401 # of any kind
    match kind:
        case 1 | 2:  # of a list: of a struct, the kind is the value
            return _bytes(source, 1) == b"\x01"
        case 3 | 7:
            return _bytes(source, 1 if kind == BYTE else 8)
        case 4 | 5 | 6:
            number = _read_number(source)
            return (number >> 1) ^ -(number & 1)
        case 8:
            return _bytes(source, _read_number(source))
        case 9 | 10:
            head = _bytes(source, 1)[0]
            size = head >> 4 if head >> 4 < 15 else _read_number(source)
            return head & 15, [_read(source, head & 15) for _ in range(size)]
        case 12:
            struct: Struct = {}
            name = 0
            while head := _bytes(source, 1)[0]:
                name = name + (head >> 4) if head >> 4 else _read(source, I16)
                of_field = head & 15
                struct[name] = of_field, (of_field == TRUE if of_field in (TRUE, FALSE) else _read(source, of_field))
            return struct
    raise UnknownFormError(f"kind {kind} of a field is not known")


def _write(target: BytesIO, kind: int, value: Any) -> None:  # noqa: ANN401 # of any kind
    match kind:
        case 1 | 2:
            target.write(b"\x01" if value else b"\x02")
        case 3 | 7:
            target.write(value)
        case 4 | 5 | 6:
            _write_number(target, value << 1 if value >= 0 else (-value << 1) - 1)
        case 8:
            _write_number(target, len(value))
            target.write(value)
        case 9 | 10:
            of_element, elements = value
            target.write(bytes([min(len(elements), 15) << 4 | of_element]))
            if len(elements) >= 15:
                _write_number(target, len(elements))
            for element in elements:
                _write(target, of_element, element)
        case 12:
            before = 0
            for name, (of_field, inner) in value.items():
                step = name - before
                target.write(bytes([(step << 4 if 0 < step < 16 else 0) | of_field]))
                if not 0 < step < 16:
                    _write(target, I16, name)
                if of_field not in (TRUE, FALSE):
                    _write(target, of_field, inner)
                before = name
            target.write(b"\x00")


def _bytes(source: BytesIO, size: int) -> bytes:
    text = source.read(size)
    if len(text) < size:
        raise UnknownFormError("it ends in the middle of a field")
    return text


def _read_number(source: BytesIO) -> int:
    number = shift = 0
    while True:
        byte = _bytes(source, 1)[0]
        number |= (byte & 127) << shift
        if byte < 128:
            return number
        shift += 7


def _write_number(target: BytesIO, number: int) -> None:
    while number > 127:
        target.write(bytes([number & 127 | 128]))
        number >>= 7
    target.write(bytes([number]))
