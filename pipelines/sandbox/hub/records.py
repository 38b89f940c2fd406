"""Repository records as the Hub's list and detail routes write them, rendered column by column as JSON text.

Every field is a list of fragments, one per row, that begin with a comma; an empty fragment is an absent key.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from pipelines.sandbox.hub.cohorts import PARAMETERS
from pipelines.sandbox.hub.fragments import CLOCK, DAYS, WEIGHTS, compact, weights
from pipelines.sandbox.hub.kinds import KINDS
from pipelines.sandbox.hub.lineage import Lineage
from pipelines.sandbox.hub.oddities import Odd
from pipelines.sandbox.hub.vocabulary import (
    DATASETS,
    HUNDRED_LANGUAGES,
    LANGUAGES,
    LICENCES,
    NAMES_OF_OTHER,
    RELATIONS,
)

if TYPE_CHECKING:
    from pipelines.sandbox.hub.world import State, World

_SHA_BITS: Final = (1 << 160) - 1
_SPREAD: Final = 0x9E3779B97F4A7C15F39CC0605CEDC8341082276B
GATES: Final = ("false", '"auto"', '"manual"')


def _listed(values: Sequence[str]) -> str:
    return "".join(f"{compact(value)}," for value in values)


_KINDS: Final = tuple(KINDS.values())
_PIPELINES: Final = tuple(f',"pipeline_tag":"{kind.pipeline_tag}"' if kind.pipeline_tag else "" for kind in _KINDS)
_LIBRARIES: Final = tuple(f',"library_name":"{kind.library}"' if kind.library else "" for kind in _KINDS)
_KIND_TAGS: Final = tuple(_listed(kind.tags) for kind in _KINDS)
_LAST_TAGS: Final = tuple(
    (f'"dataset:{DATASETS[draw % 4]}",' if draw < 24 else "")
    + (f'"{LANGUAGES[draw // 4 % 8]}",' if draw % 4 == 0 else "")
    + (f'"license:{licence}",' if licence else "")
    + '"region:us"'
    for draw in range(256)
    for licence in LICENCES
)


_GGUF_KINDS: Final = frozenset(number for number, kind in enumerate(_KINDS) if "gguf" in kind.tags)


class Rows:
    """Some of a week's repositories, column by column, each column read once."""

    def __init__(self, world: "World", state: "State", positions: pl.Series) -> None:
        """Take these rows of the state's frame."""
        self.world = world
        self.state = state
        self.positions = positions
        self.index = state.frame["index"].gather(positions)
        self._columns: dict[str, list[Any]] = {}

    def __getitem__(self, column: str) -> list[Any]:
        """Return the values of a column; a changing column before an unchanging one."""
        if column not in self._columns:
            changing = self.state.frame
            known = changing[column].gather(self.positions) if column in changing.columns else None
            self._columns[column] = (self.world.frame[column].gather(self.index) if known is None else known).to_list()
        return self._columns[column]

    @cached_property
    def ids(self) -> list[str]:
        """Present ids, `author/name`."""
        columns = (self[name] for name in ("account", "stem", "look", "odd", "renamed"))
        return list(map(self.world.names.name, self["index"], *columns))

    @cached_property
    def hub_ids(self) -> list[str]:
        """Immutable `_id`s."""
        return list(map(self.world.hub_id, self["ticks"], self["look"]))

    @cached_property
    def lineage(self) -> Lineage:
        """Parents as stated in cards, tags and `baseModels`."""
        return Lineage(self)

    def truths(self) -> Iterator[dict[str, object]]:
        """Return the true values of each row, whether or not a response shows them."""
        rows = zip(
            self.hub_ids,
            self.ids,
            self["ticks"],
            self.lineage.true_parents(len(self.index)),
            self["relation"],
            self["licence"],
            self["gated"],
            self["downloads"],
            self["downloads_all_time"],
            strict=True,
        )
        for hub_id, name, ticks, parents, relation, licence, gated, downloads, all_time in rows:
            yield {
                "_id": hub_id,
                "name": name,
                "author": name.split("/")[0],
                "created_at": ticks >> 24,
                "parents": parents,
                "relation": RELATIONS[relation] if parents else None,
                "licence": LICENCES[licence] or None,
                "gated": (False, "auto", "manual")[gated],
                "downloads": downloads,
                "downloadsAllTime": all_time,
            }


def _author(rows: Rows) -> list[str]:
    return [f',"author":"{name[: name.index("/")] if "/" in name else name}"' for name in rows.ids]


def _counter(key: str, column: str) -> Callable[[Rows], list[str]]:
    def fragments(rows: Rows) -> list[str]:
        null = f',"{key}":null'
        return [
            f',"{key}":{count}' if count is not None else null if odd == Odd.DOWNLOADS_NULL else ""
            for count, odd in zip(rows[column], rows["odd"], strict=True)
        ]

    return fragments


def _created(rows: Rows) -> list[str]:
    return [
        f',"createdAt":"{DAYS[(ticks >> 24) // 86_400]}T{CLOCK[(ticks >> 24) % 86_400]}"'
        if odd != Odd.CREATED_ABSENT
        else ""
        for ticks, odd in zip(rows["ticks"], rows["odd"], strict=True)
    ]


def _modified(rows: Rows) -> list[str]:
    return [
        f',"lastModified":"{DAYS[seconds // 86_400]}T{CLOCK[seconds % 86_400]}"' for seconds in rows["last_modified"]
    ]


def _likes(rows: Rows) -> list[str]:
    return [f',"likes":{likes}' for likes in rows["likes"]]


def _trending(rows: Rows) -> list[str]:
    return [
        f',"trendingScore":{half >> 1}.5' if half & 1 else f',"trendingScore":{half >> 1}' for half in rows["trending"]
    ]


def _gated(rows: Rows) -> list[str]:
    return [
        f',"gated":{GATES[gate]}' if odd != Odd.GATED_TRUE else ',"gated":true'
        for gate, odd in zip(rows["gated"], rows["odd"], strict=True)
    ]


def _sha(rows: Rows) -> list[str]:
    return [
        f',"sha":"{(look ^ modified) * _SPREAD & _SHA_BITS:040x}"'
        for look, modified in zip(rows["look"], rows["last_modified"], strict=True)
    ]


def _tags(rows: Rows) -> list[str]:
    fragments = []
    columns = (rows[name] for name in ("kind", "look", "licence", "odd"))
    for kind, look, licence, odd, base in zip(*columns, rows.lineage.tags, strict=True):
        last = _LAST_TAGS[(look >> 13 & 255) << 4 | licence]
        if odd == Odd.HUNDRED_LANGUAGES:
            last = _listed(HUNDRED_LANGUAGES) + last
        fragments.append(f',"tags":[{_KIND_TAGS[kind]}{base}{last}]')
    return fragments


def _safetensors(rows: Rows) -> list[str]:
    fragments = [WEIGHTS[key] for key in zip(rows["kind"], rows["size"], strict=True)]
    for place, odd in enumerate(rows["odd"]):
        match odd:
            case Odd.WEIGHTS_WITHOUT_PARAMETERS:
                fragments[place] = ',"safetensors":{"total":7241732096}'
            case Odd.FP4_WEIGHTS:
                fragments[place] = weights("mxfp4", 8_030_261_248)
            case Odd.PACKED_WEIGHTS:
                fragments[place] = weights("mlx", 8_030_261_248)
            case Odd.PARENT_WITHOUT_WEIGHTS:
                fragments[place] = ""
    return fragments


def _gguf(rows: Rows) -> list[str]:
    fragments = []
    for kind, size, odd in zip(rows["kind"], rows["size"], rows["odd"], strict=True):
        total = PARAMETERS[size] if odd != Odd.HUGE_GGUF else 1_026_470_731_056
        shown = kind in _GGUF_KINDS or odd == Odd.HUGE_GGUF
        fragments.append(f',"gguf":{{"total":{total},"architecture":"llama","context_length":32768}}' if shown else "")
    return fragments


def _by_kind(fragments: Sequence[str]) -> Callable[[Rows], list[str]]:
    return lambda rows: [fragments[kind] for kind in rows["kind"]]


def _same(fragment: str) -> Callable[[Rows], list[str]]:
    return lambda rows: [fragment] * len(rows.index)


def _card(rows: Rows) -> list[str]:
    fragments = []
    columns = (rows[name] for name in ("kind", "look", "licence", "odd"))
    for kind, look, licence, odd, base in zip(*columns, rows.lineage.typed(rows), strict=True):
        if odd == Odd.CARD_IS_LIST:
            fragments.append(',"cardData":["license: mit","a list, not a mapping"]')
            continue
        parts = [f'"license":"{LICENCES[licence]}"'] if licence else []
        if LICENCES[licence] == "other" and (name := NAMES_OF_OTHER[look >> 44 & 3]):
            parts.append(f'"license_name":"{name}"')
        if base:
            parts.append(f'"base_model":{base}')
        draw = look >> 13 & 255
        if draw < 24:
            parts.append(f'"datasets":["{DATASETS[draw % 4]}"]')
        if draw % 4 == 0:
            language = f'"{LANGUAGES[draw // 4 % 8]}"'
            parts.append(f'"language":{language}' if draw % 8 else f'"language":[{language}]')
        if _KINDS[kind].library:
            parts.append(f'"library_name":"{_KINDS[kind].library}"')
        fragments.append(f',"cardData":{{{",".join(parts)}}}' if parts or look & 1 else "")
    return fragments


def _model_index(rows: Rows) -> list[str]:
    result = ',"model-index":[{"name":"run","results":[{"metrics":[{"type":"acc","value":0.5}]}]}]'
    return [
        ',"model-index":{"name":"a mapping, not a list"}'
        if odd == Odd.MODEL_INDEX_DICT
        else result
        if look >> 21 & 31 == 0
        else ',"model-index":null'
        for look, odd in zip(rows["look"], rows["odd"], strict=True)
    ]


def _evaluations(rows: Rows) -> list[str]:
    usual = (
        ',"evalResults":[{"filename":".eval_results/ArguAna.yaml","verified":false,'
        '"data":{"dataset":{"id":"mteb/arguana","task_id":"ArguAna"},"value":50.167},"pullRequest":154}]'
    )
    return [
        ',"evalResults":[{"score":"n/a"}]'
        if odd == Odd.EVALUATION_OF_OTHER_SHAPE
        else usual
        if look >> 26 & 63 == 0
        else ""
        for look, odd in zip(rows["look"], rows["odd"], strict=True)
    ]


def _config(rows: Rows) -> list[str]:
    return [
        ',"config":{}' if odd == Odd.EMPTY_CONFIG else _CONFIGS[kind]
        for kind, odd in zip(rows["kind"], rows["odd"], strict=True)
    ]


def _siblings(rows: Rows) -> list[str]:
    return [
        _SIBLINGS[kind] if odd != Odd.PARENT_WITHOUT_WEIGHTS else _NO_FILES
        for kind, odd in zip(rows["kind"], rows["odd"], strict=True)
    ]


def _providers(rows: Rows) -> list[str]:
    live = (
        ',"inferenceProviderMapping":[{"_id":"68515a0000000000000000aa","provider":"hf-inference","providerId":"sandbox",'
        '"status":"live","task":"text-generation","type":"single-model","isModelAuthor":false}]'
    )
    return [live if look >> 30 & 127 == 0 else ',"inferenceProviderMapping":[]' for look in rows["look"]]


def _unknown(rows: Rows) -> list[str]:
    return [',"gitalyUid":"4f2a","somethingNew":{"a":[1]}' if odd == Odd.UNKNOWN_KEYS else "" for odd in rows["odd"]]


_CONFIGS: Final = tuple(
    ',"config":'
    + compact({"architectures": [kind.architecture], "model_type": kind.tags[2] if len(kind.tags) > 2 else ""})
    if kind.architecture
    else ',"config":{}'
    for kind in _KINDS
)
_NO_FILES: Final = ',"siblings":[{"rfilename":".gitattributes"},{"rfilename":"README.md"}]'
_SIBLINGS: Final = tuple(
    ',"siblings":' + compact([{"rfilename": name} for name in (".gitattributes", "README.md", *kind.files)])
    for kind in _KINDS
)
_MASKS: Final = tuple(',"mask_token":"[MASK]"' if kind.pipeline_tag == "fill-mask" else "" for kind in _KINDS)
_AUTO: Final = tuple(
    ',"transformersInfo":'
    + compact({"auto_model": "AutoModel", "pipeline_tag": kind.pipeline_tag, "processor": "AutoTokenizer"})
    if kind.library == "transformers" and kind.pipeline_tag
    else ""
    for kind in _KINDS
)

FIELDS: Final[dict[str, Callable[[Rows], list[str]]]] = {
    "author": _author,
    "baseModels": lambda rows: rows.lineage.base_models,
    "cardData": _card,
    "config": _config,
    "createdAt": _created,
    "disabled": _same(',"disabled":false'),
    "downloads": _counter("downloads", "downloads"),
    "downloadsAllTime": _counter("downloadsAllTime", "downloads_all_time"),
    "evalResults": _evaluations,
    "gated": _gated,
    "inference": lambda rows: [',"inference":"warm"' if look >> 30 & 127 == 0 else "" for look in rows["look"]],
    "inferenceProviderMapping": _providers,
    "lastModified": _modified,
    "library_name": _by_kind(_LIBRARIES),
    "likes": _likes,
    "mask_token": _by_kind(_MASKS),
    "model-index": _model_index,
    "pipeline_tag": _by_kind(_PIPELINES),
    "private": _same(',"private":false'),
    "safetensors": _safetensors,
    "sha": _sha,
    "siblings": _siblings,
    "spaces": lambda rows: [',"spaces":["sandbox/demo"]' if likes > 200 else "" for likes in rows["likes"]],
    "tags": _tags,
    "transformersInfo": _by_kind(_AUTO),
    "trendingScore": _trending,
    "widgetData": lambda rows: [
        ',"widgetData":[{"text":"Hello"}]' if look >> 33 & 15 == 0 else "" for look in rows["look"]
    ],
    "gguf": _gguf,
    "resourceGroup": _same(""),
    "xetEnabled": _same(',"xetEnabled":true'),
}
"""The list route's expand tokens, as accepted in July 2026, and how each is rendered."""

TOKENS: Final = tuple(FIELDS)
DEFAULT_KEYS: Final = (
    "likes", "trendingScore", "private", "downloads", "tags", "pipeline_tag", "library_name", "createdAt",
)  # fmt: skip
"""Fields of a record without expand, between `_id`, `id` and the closing `modelId`."""
FULL_KEYS: Final = ("author", "sha", "lastModified", "gated", "disabled", "siblings")
"""Fields that `full` adds."""


def rendered(rows: Rows, tokens: Sequence[str], *, model_id: bool = False) -> list[str]:
    """Return one JSON object per row with the given fields; `modelId` is only in records without expand."""
    heads = [f'{{"_id":"{hub_id}","id":"{name}"' for hub_id, name in zip(rows.hub_ids, rows.ids, strict=True)]
    fields = [FIELDS[token](rows) for token in tokens]
    tails = [f',"modelId":"{name}"}}' for name in rows.ids] if model_id else ["}"] * len(heads)
    return list(map("".join, zip(heads, *fields, _unknown(rows), tails, strict=True)))


def decoded(rows: Rows, tokens: Sequence[str]) -> list[dict[str, object]]:
    """Return the same as dictionaries."""
    return msgspec.json.decode("[" + ",".join(rendered(rows, tokens)) + "]", type=list[dict[str, object]])
