"""Reproducible random draws: the same number for the same key in every process, for one key or a column of keys."""

from typing import Final

import polars as pl

_MASK: Final = (1 << 64) - 1
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def mix(key: int) -> int:
    """Return 64 well mixed bits of a number (the finaliser of SplitMix64)."""
    bits = key * _STEP & _MASK
    bits = (bits ^ (bits >> 30)) * _FIRST & _MASK
    bits = (bits ^ (bits >> 27)) * _SECOND & _MASK
    return bits ^ (bits >> 31)


def _whole(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)


def mixed(key: pl.Expr, salt: int) -> pl.Expr:
    """Return `mix` of a column of unsigned 64-bit keys; each salt yields an independent column."""
    bits = (key + _whole(mix(salt))) * _whole(_STEP)
    bits = (bits ^ (bits // _whole(1 << 30))) * _whole(_FIRST)
    bits = (bits ^ (bits // _whole(1 << 27))) * _whole(_SECOND)
    return bits ^ (bits // _whole(1 << 31))


def share(key: pl.Expr, salt: int) -> pl.Expr:
    """Return a column of numbers from 0 up to, not including, 1."""
    return (mixed(key, salt) // _whole(1 << 11)).cast(pl.Float64) * 2.0**-53


def bits(column: str, shift: int, count: int) -> pl.Expr:
    """Return `count` bits of a column of mixed numbers, from bit `shift` up."""
    return pl.col(column) // _whole(1 << shift) % _whole(1 << count)
