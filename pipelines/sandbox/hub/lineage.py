"""Parents as a repository states them: in its card, in its tags and in the Hub's own `baseModels`."""

from typing import TYPE_CHECKING, Final

import polars as pl

from pipelines.sandbox.hub.oddities import ONLY_IN_CARD, Odd
from pipelines.sandbox.hub.vocabulary import RELATIONS

if TYPE_CHECKING:
    from pipelines.sandbox.hub.records import Rows

_JUNK: Final = {
    Odd.UNKNOWN_PARENT: '"ghost-org/never-existed-7b"',
    Odd.PARENT_WITH_SPACES: '"my local model v2 (final)"',
    Odd.PARENT_IS_PATH: '"/content/drive/llama/checkpoint-500"',
    Odd.PARENT_IS_NUMBER: "7",
    Odd.PARENT_IS_OBJECT: '{"name":"a mapping, not a name"}',
}
"""Values of `base_model` that name no repository, as JSON."""
_FORMS: Final = {
    Odd.PARENT_LIST_WITH_NULL: '[null,"{}"]',
    Odd.PARENT_WITHOUT_WEIGHTS: '"{}"',
    Odd.PARENT_IS_URL: '"https://huggingface.co/{}"',
    Odd.PARENT_WITH_SLASH: '" {}/"',
}
"""Values of `base_model` for an existing parent, as JSON around its name."""
_NULL: Final = ',"baseModels":null'
# Forms of a statement, out of 64: card, tags and `baseModels` agree except for these few.
_TAGS_AND_CARD, _CARD_ONLY, _NO_CARD, _NULL_AND_TAGS, _NO_TAGS, _FORMER_NAMES = range(6)


class Lineage:
    """Fragments about parents, one per row: `tags` (each with its comma) and `base_models`."""

    def __init__(self, rows: "Rows") -> None:
        """Read the parents of all rows."""
        looks, odds, relations = rows["look"], rows["odd"], rows["relation"]
        self.base_models = ["" if look & 3 else _NULL for look in looks]
        self.tags = [""] * len(looks)
        places = [place for place, parent in enumerate(rows["parent"]) if parent is not None]
        merged = (place for place in places if rows["second"][place] is not None or rows["third"][place] is not None)
        others: dict[int, list[int]] = {place: [] for place in merged}
        parents = [rows["parent"][place] for place in places]
        for place, further in others.items():
            for parent in (rows["second"][place], rows["third"][place]):
                if parent is not None:
                    further.append(len(parents))
                    parents.append(parent)
        self._places, self._others = places, others
        self._known = known = _Parents(rows, parents)
        for first, (place, name, hub_id, alive) in enumerate(
            zip(places, known.names, known.hub_ids, known.alive, strict=False)
        ):
            look, relation = looks[place], RELATIONS[relations[place]]
            form = _CARD_ONLY if odds[place] in ONLY_IN_CARD else look >> 16 & 63
            if form > _FORMER_NAMES and place not in others and (alive or look & 16):
                self.tags[place] = f'"base_model:{name}","base_model:{relation}:{name}",'
                self.base_models[place] = (
                    f',"baseModels":{{"relation":"{relation}","models":[{{"_id":"{hub_id}","id":"{name}"}}]}}'
                )
            else:
                self._describe(place, [first, *others.get(place, ())], relation, form, keep_dead=bool(look & 16))
        for place, odd in enumerate(odds):
            if odd == Odd.UNKNOWN_PARENT:
                self.tags[place] += '"base_model:ghost-org/never-existed-7b",'

    def _describe(self, place: int, own: list[int], relation: str, form: int, *, keep_dead: bool) -> None:
        """Render the uncommon cases: several parents, deleted parents, and incomplete statements."""
        known = self._known
        if form not in (_CARD_ONLY, _NO_TAGS):
            names = [known.former_name(one) if form == _FORMER_NAMES else known.names[one] for one in own]
            self.tags[place] = "".join(f'"base_model:{name}","base_model:{relation}:{name}",' for name in names)
        if form in (_TAGS_AND_CARD, _CARD_ONLY, _FORMER_NAMES):
            self.base_models[place] = ""
            return
        models = ",".join(
            f'{{"_id":"{known.hub_ids[one]}","id":"{known.names[one]}"}}'
            for one in own
            if known.alive[one] or keep_dead
        )
        shown = models and form != _NULL_AND_TAGS
        self.base_models[place] = f',"baseModels":{{"relation":"{relation}","models":[{models}]}}' if shown else _NULL

    def typed(self, rows: "Rows") -> list[str]:
        """Return the `base_model` of each row as JSON; empty for none."""
        cards = [_JUNK.get(odd, "") for odd in rows["odd"]]
        for first, place in enumerate(self._places):
            look = rows["look"][place]
            if form := _FORMS.get(rows["odd"][place]):
                cards[place] = form.format(self._known.names[first])
                continue
            if cards[place] or look >> 16 & 63 == _NO_CARD:
                continue
            own = [first, *self._others.get(place, ())]
            names = [f'"{self._known.typed_name(one, rows["born"][place], look)}"' for one in own]
            cards[place] = names[0] if len(names) == 1 and look & 12 else f"[{','.join(names)}]"
        return cards

    def true_parents(self, height: int) -> list[list[str]]:
        """Return the `_id`s of every row's parents, stated or not."""
        parents: list[list[str]] = [[] for _ in range(height)]
        for first, place in enumerate(self._places):
            parents[place] = [self._known.hub_ids[one] for one in (first, *self._others.get(place, ()))]
        return parents


class _Parents:
    """The parents of some rows, by their position in a flat list."""

    def __init__(self, rows: "Rows", parents: list[int]) -> None:
        frame, week = rows.world.frame, rows.state.week
        index = pl.Series(parents, dtype=pl.UInt32)
        self._index = parents
        self._naming = rows.world.names.name
        self._columns = [frame[name].gather(index).to_list() for name in ("account", "stem", "look", "odd")]
        self._renamed = frame["renamed"].gather(index).to_list()
        self.alive = rows.state.alive.gather(index).to_list()
        self.hub_ids = list(map(rows.world.hub_id, frame["ticks"].gather(index).to_list(), self._columns[2]))
        self.names = list(map(self._naming, parents, *self._columns, [renamed <= week for renamed in self._renamed]))

    def typed_name(self, one: int, born: int, look: int) -> str:
        """Return the name an author typed: the name at that time, or an older one."""
        renamed = self._renamed[one]
        return self.former_name(one) if renamed > born or (renamed == 0 and look >> 5 & 7 == 0) else self.names[one]

    def former_name(self, one: int) -> str:
        """Return the name before the rename, or the only one."""
        account, stem, look, odd = (column[one] for column in self._columns)
        return self._naming(self._index[one], account, stem, look, odd, False)
