"""Positions of rare shapes: one repository of each sort in every period of the index."""

from enum import IntEnum


class Odd(IntEnum):
    """A rare shape that a client of the Hub must accept, by its position in the period."""

    PAIR_FIRST = 1
    PAIR_SECOND = 2
    TRIO_FIRST = 4
    TRIO_SECOND = 5
    TRIO_THIRD = 6
    OWN_PARENT = 8
    PARENT_IS_URL = 10
    PARENT_WITH_SLASH = 11
    UNKNOWN_PARENT = 12
    PARENT_IS_OBJECT = 13
    PARENT_WITH_SPACES = 14
    PARENT_IS_PATH = 16
    PARENT_IS_NUMBER = 18
    PARENT_LIST_WITH_NULL = 20
    DOWNLOADS_NULL = 22
    DOWNLOADS_ABSENT = 24
    MODEL_INDEX_DICT = 26
    CARD_IS_LIST = 28
    WEIGHTS_WITHOUT_PARAMETERS = 30
    CREATED_ABSENT = 32
    EVALUATION_OF_OTHER_SHAPE = 34
    GATED_TRUE = 36
    UNKNOWN_KEYS = 38
    HUNDRED_LANGUAGES = 40
    NAME_OF_DIGITS = 42
    FP4_WEIGHTS = 44
    PACKED_WEIGHTS = 46
    HALF_TREND = 48
    HUGE_GGUF = 50
    PARENT_WITHOUT_WEIGHTS = 52
    EMPTY_CONFIG = 54
    CHAIN_FIRST = 56
    CHAIN_LAST = 63


CHAIN_PERIODS = 3
"""A chain of repositories, each derived from the one before, spans this many periods, then restarts."""


def period(models: int) -> int:
    """Return the distance between two of a sort: every sort occurs among a hundred models, none is common among millions."""
    return max(64, min(models // 12, 4096))


ONLY_IN_CARD = (Odd.PARENT_LIST_WITH_NULL, Odd.PARENT_WITHOUT_WEIGHTS, Odd.PARENT_IS_URL, Odd.PARENT_WITH_SLASH)
"""Shapes whose parent is real, and stated only in the card, in an unusual form."""
