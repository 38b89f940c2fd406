"""From the bases that models state to edges: every statement is resolved, stored as unresolved, or set aside."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import instance_in_memory
from replay import Replay, model
from warehouses import warehouse_at

from assets.http.hub_service import hub_service
from assets.hub.load_records import read_records
from assets.hub.walk import Walk, walk_models
from assets.resources import Clock
from pipelines.refresh import ExitCode, refresh
from pipelines.sandbox.hub.world import World
from pipelines.sandbox.server import Sandbox
from warehouse.database.connection import writing
from warehouse.hub import edges, models

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
NAME = "author-1/model-1"
NEVER = "f" * 24


def week_of(number: int) -> date:
    return (NOW + timedelta(weeks=number)).date()


def walked(folder: Path, records: list[dict[str, Any]], week: int = 0) -> Walk:
    with Replay([sorted(records, key=lambda record: str(record["_id"]))]) as replay:
        return walk_models(hub_service(replay.url, None), folder / "landing", NOW + timedelta(weeks=week))


def read(folder: Path, records: list[dict[str, Any]], week: int = 0) -> edges.WeekOfEdges:
    """Walk over records and load them as one week."""
    walk = walked(folder, records, week)
    with writing(warehouse_at(folder / "w.duckdb")) as connection:
        return load_week(connection, walk)


def load_week(connection: duckdb.DuckDBPyConnection, walk: Walk) -> edges.WeekOfEdges:
    read_records(connection, walk, {})
    models.reject_records(connection, walk.week, walk.source)
    models.add_week(connection, walk.week)
    return edges.add_week(connection, walk.week)


def rows(folder: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        return connection.execute(query, values).fetchall()


def hub_id(number: int) -> str:
    return str(model(number)["_id"])


def told(*numbers: int, relation: str | None = "finetune") -> dict[str, Any]:
    """Return `baseModels` in the Hub's form."""
    return {"relation": relation, "models": [{"_id": hub_id(n), "id": model(n)["id"]} for n in numbers]}


def tagged(*names: str, relation: str | None = "finetune") -> dict[str, Any]:
    """Return the tags of bases, two for each."""
    pairs = [(f"base_model:{name}", *([f"base_model:{relation}:{name}"] if relation else [])) for name in names]
    return {"tags": ["region:us", *(tag for pair in pairs for tag in pair)]}


def typed(base: Any, **card: Any) -> dict[str, Any]:
    """Return a card with a `base_model`."""
    return {"cardData": {"base_model": base, **card}}


# What each record states, its edges (parent, relation, told_by) and its unresolved names (name, reason).
STATEMENTS: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]], list[tuple[Any, ...]]]] = {
    "nothing": ({}, [], []),
    "null": ({"baseModels": None, "cardData": None, "tags": None}, [], []),
    "base models": ({"baseModels": told(1)}, [(1, "finetune", "base_models")], []),
    "two base models, one relation": (
        {"baseModels": told(1, 2, relation="merge")},
        [(1, "merge", "base_models"), (2, "merge", "base_models")],
        [],
    ),
    "base models without relation": ({"baseModels": told(1, relation=None)}, [(1, None, "base_models")], []),
    "base models before tags and card": (
        {"baseModels": told(1), **tagged("author-2/model-2"), **typed("author-3/model-3")},
        [(1, "finetune", "base_models")],
        [],
    ),
    "the _id, whatever the name": (
        {"baseModels": {"relation": "adapter", "models": [{"_id": hub_id(1).upper(), "id": "old/name"}]}},
        [(1, "adapter", "base_models")],
        [],
    ),
    "an _id never seen": (
        {"baseModels": {"relation": "adapter", "models": [{"_id": NEVER, "id": NAME}]}},
        [],
        [(NAME, "never_seen", "base_models")],
    ),
    "an _id never seen and no name": ({"baseModels": {"models": [{"_id": NEVER}]}}, [], [(NEVER, "never_seen", "base_models")]),
    "base models that are empty": (
        {"baseModels": {"relation": "merge", "models": []}, **tagged(NAME)},
        [(1, "finetune", "tag")],
        [],
    ),
    "a base model that is a number, beside one": (
        {"baseModels": {"relation": "merge", "models": [7, *told(1)["models"], None]}},
        [(1, "merge", "base_models")],
        [("7", "not_a_name", "base_models"), ("null", "not_a_name", "base_models")],
    ),
    "base models twice": ({"baseModels": told(1, 1)}, [(1, "finetune", "base_models")], []),
    "itself": ({"baseModels": told(50)}, [], [("author-1/model-50", "self_reference", "base_models")]),
    "a pair of tags": (tagged(NAME, relation="quantized"), [(1, "quantized", "tag")], []),
    "two pairs of tags": (tagged(NAME, "author-2/model-2"), [(1, "finetune", "tag"), (2, "finetune", "tag")], []),
    "a plain tag": (tagged(NAME, relation=None), [(1, None, "tag")], []),
    "a tag with relation alone": ({"tags": [f"base_model:merge:{NAME}"]}, [(1, "merge", "tag")], []),
    "a relation not known": ({"tags": [f"base_model:distill:{NAME}"]}, [], [(f"distill:{NAME}", "not_a_name", "tag")]),
    "tags before the card": (tagged(NAME) | typed("author-2/model-2"), [(1, "finetune", "tag")], []),
    "an empty tag": ({"tags": ["base_model:", "base_model: "]} | typed(NAME), [(1, None, "card")], []),
    "no text among tags": ({"tags": [None, 7, ["base_model:x/y"], f"base_model:{NAME}"]}, [(1, None, "tag")], []),
    "tags that are one text": ({"tags": f"base_model:{NAME}"} | typed("author-2/model-2"), [(2, None, "card")], []),
    "itself in a tag": (tagged("author-1/model-50"), [], [("author-1/model-50", "self_reference", "tag")]),
    "a card's text": (typed(NAME), [(1, None, "card")], []),
    "a card's relation": (typed(NAME, base_model_relation="Quantized"), [(1, "quantized", "card")], []),
    "a card's odd relation": (typed(NAME, base_model_relation=["merge"]), [(1, None, "card")], []),
    "a card's list": (typed([NAME, "author-2/model-2"]), [(1, None, "card"), (2, None, "card")], []),
    "a card's list with null": (typed([None, NAME, ""]), [(1, None, "card")], []),
    "a card's empty list": (typed([]), [], []),
    "a card's empty text": (typed("  "), [], []),
    "a card's null": (typed(None), [], []),
    "a card's number": (typed(7), [], [("7", "not_a_name", "card")]),
    "a card's truth": (typed(True), [], [("true", "not_a_name", "card")]),
    "a card's mapping": (typed({"name": NAME}), [], [('{"name":"author-1/model-1"}', "not_a_name", "card")]),
    "a list in a list": (typed([[NAME]]), [], [('["author-1/model-1"]', "not_a_name", "card")]),
    "a card that is a list": ({"cardData": [{"base_model": NAME}]}, [], []),
    "a path": (typed("/content/model"), [], [("/content/model", "not_a_name", "card")]),
    "a path from here": (typed("./model-1"), [], [("./model-1", "not_a_name", "card")]),
    "a Windows path": (typed("C:\\models\\x"), [], [("C:\\models\\x", "not_a_name", "card")]),
    "blanks": (typed("my local model (final)"), [], [("my local model (final)", "not_a_name", "card")]),
    "three parts": (typed("a/b/c"), [], [("a/b/c", "not_a_name", "card")]),
    "two dots": (typed("a/.."), [], [("a/..", "not_a_name", "card")]),
    "too long": (typed("x" * 97), [], [("x" * 97, "not_a_name", "card")]),
    "far too long": (typed("y " * 400), [], [("y " * 250, "not_a_name", "card")]),
    "one part": (typed("bert-base-uncased"), [], [("bert-base-uncased", "never_seen", "card")]),
    "one part that is there": (typed("gpt2"), [(4, None, "card")], []),
    "never seen": (typed("ghost/model-7b"), [], [("ghost/model-7b", "never_seen", "card")]),
    "blanks around": (typed(f"\t{NAME} \n"), [(1, None, "card")], []),
    "a slash behind": (typed(f"{NAME}/"), [(1, None, "card")], []),
    "an address": (typed(f"https://huggingface.co/{NAME}"), [(1, None, "card")], []),
    "an address with a slash": (typed(f"http://www.huggingface.co/{NAME}/"), [(1, None, "card")], []),
    "a short address": (typed(f"hf.co/{NAME}"), [(1, None, "card")], []),
    "an address of its files": (typed(f"https://huggingface.co/{NAME}/tree/main"), [(1, None, "card")], []),
    "an address of a data set": (
        typed("https://huggingface.co/datasets/author-1/model-1"),
        [],
        [("https://huggingface.co/datasets/author-1/model-1", "not_a_name", "card")],
    ),
    "another address": (typed("https://example.org/a/b"), [], [("https://example.org/a/b", "not_a_name", "card")]),
    "an address in a tag": (tagged(f"https://huggingface.co/{NAME}"), [(1, "finetune", "tag")], []),
    "other letters' case": (typed("AUTHOR-1/Model-1"), [(1, None, "card")], []),
    "its own case first": (typed("Twin/Model"), [(5, None, "card")], []),
    "the other's case": (typed("twin/model"), [(6, None, "card")], []),
    "ambiguous in another case": (typed("TWIN/MODEL"), [], [("TWIN/MODEL", "ambiguous", "card")]),
    "one parent in two forms": (typed([NAME, f"https://hf.co/{NAME}", NAME.upper()]), [(1, None, "card")], []),
    "one found and one not": (typed([NAME, "no such"]), [(1, None, "card")], [("no such", "not_a_name", "card")]),
}  # fmt: skip
ODD = {
    "a list": [{"_id": hub_id(1)}],
    "a text": NAME,
    "models that are a mapping": {"relation": "merge", "models": {"_id": hub_id(1)}},
    "models that are texts": {"relation": "merge", "models": [NAME]},
    "models without _id": {"relation": "merge", "models": [{"_id": None}, {"id": NAME}]},
    "an _id that is none": {"relation": "merge", "models": [{"_id": 7, "id": NAME}]},
}


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with a child, from number 50 on, for each statement and each invalid field."""
    folder = tmp_path_factory.mktemp("stated")
    named = {4: "gpt2", 5: "Twin/Model", 6: "twin/model"}
    parents = [model(n, **({"id": named[n]} if n in named else {})) for n in range(1, 7)]
    fields = [fields for fields, _, _ in STATEMENTS.values()]
    fields += [{"baseModels": odd, **tagged(NAME)} for odd in ODD.values()]
    fields += [{"baseModels": told(1, relation="distilled")}]
    by_itself = [place for place, statement in enumerate(STATEMENTS) if statement.startswith("itself")]
    children = [model(50 + place, **one) for place, one in enumerate(fields)]
    for place in by_itself:
        own = children[place]
        text = json.dumps(own).replace(hub_id(50), own["_id"]).replace("author-1/model-50", own["id"])
        children[place] = json.loads(text)
    read(folder, [*parents, *children])
    return folder


@pytest.mark.parametrize("statement", STATEMENTS)
def test_each_statement_is_resolved_or_kept(stated, statement):
    place = list(STATEMENTS).index(statement)
    _, parents, unresolved = STATEMENTS[statement]
    child = hub_id(50 + place)
    own_name = model(50 + place)["id"]
    found = rows(stated, f"select parent, relation, told_by from core.model_edge where child = '{child}' order by 1")
    assert found == [(hub_id(number), relation, by) for number, relation, by in parents]
    query = f"select named_parent, reason, told_by from core.unresolved_parent where child = '{child}' order by 1"
    expected = [(own_name if reason == "self_reference" else name, reason, by) for name, reason, by in unresolved]
    assert rows(stated, query) == expected


@pytest.mark.parametrize("odd", ODD)
def test_odd_base_models_are_set_aside_and_the_tags_are_read(stated, odd):
    child = hub_id(50 + len(STATEMENTS) + list(ODD).index(odd))
    assert rows(stated, f"select field, treatment, content from meta.set_aside where hub_id = '{child}'") == [
        ("baseModels", "without_field", json.dumps(ODD[odd], separators=(",", ":")))
    ]
    assert rows(stated, f"select parent, told_by from core.model_edge where child = '{child}'") == [(hub_id(1), "tag")]


def test_a_relation_not_known_is_set_aside_and_the_parent_is_kept(stated):
    child = hub_id(50 + len(STATEMENTS) + len(ODD))
    assert rows(stated, f"select field from meta.set_aside where hub_id = '{child}'") == [("baseModels.relation",)]
    assert rows(stated, f"select parent, relation from core.model_edge where child = '{child}'") == [(hub_id(1), None)]


def test_nothing_else_was_set_aside(stated):
    """Besides the invalid models: the unknown relation, and tags as one text."""
    assert rows(stated, "select count(*) from meta.set_aside") == [(len(ODD) + 2,)]


def others(*but: int) -> list[dict[str, Any]]:
    """Return models of which twenty state number 1 as their base: one edge less is under a tenth."""
    return [model(n, **({"baseModels": told(1)} if n > 80 else {})) for n in range(1, 101) if n not in but]


def history(folder: Path, child: int = 50) -> list[tuple[Any, ...]]:
    """Return a child's edges as (parent, relation, first week, last week, is_standing), numbers of weeks from 0."""
    found = rows(
        folder,
        "select parent, relation, date_diff('week', date '2026-11-16', first_seen), "
        "date_diff('week', date '2026-11-16', last_seen), is_standing "
        f"from core.model_edge where child = '{hub_id(child)}' order by first_seen, parent",
    )
    numbers = {hub_id(n): n for n in range(1, 101)}
    return [(numbers[parent], *rest) for parent, *rest in found]


def test_an_edge_goes_on_ends_and_returns_as_another(tmp_path):
    weeks = [told(1), told(1), told(2), None, told(1), told(1, relation="adapter")]
    found = [read(tmp_path, [*others(50), model(50, baseModels=one)], n) for n, one in enumerate(weeks)]
    assert history(tmp_path) == [
        (1, "finetune", 0, 1, False),
        (2, "finetune", 2, 2, False),
        (1, "finetune", 4, 4, False),
        (1, "adapter", 5, 5, True),
    ]
    assert [(week.new, week.ended, week.models_reparented) for week in found] == [
        (21, 0, 0), (0, 0, 0), (1, 1, 1), (0, 1, 1), (1, 0, 0), (0, 0, 0),
    ]  # fmt: skip
    reading = "select models_naming_a_base, models_reparented from core.lineage_reading order by week"
    assert rows(tmp_path, reading) == [(21, 0), (21, 0), (21, 1), (20, 1), (21, 0), (21, 0)]


def test_a_model_that_is_away_keeps_its_parents(tmp_path):
    child = model(50, baseModels=told(1), **typed("no such"))
    alone = model(51, **typed("no such"))
    read(tmp_path, [*others(50, 51), child, alone], 0)
    found = read(tmp_path, others(50, 51), 1)
    assert (found.ended, found.models_reparented) == (0, 0)
    assert history(tmp_path) == [(1, "finetune", 0, 0, True)]
    found = read(tmp_path, [*others(50, 51), child, alone], 2)
    assert found.new == 0
    assert history(tmp_path) == [(1, "finetune", 0, 2, True)]
    assert rows(tmp_path, "select named_parent, first_seen, last_seen from core.unresolved_parent") == [
        ("no such", week_of(0), week_of(2))
    ]


def test_a_rename_changes_no_edge(tmp_path):
    by_tag, by_id = model(50, **tagged(NAME)), model(51, baseModels=told(1))
    read(tmp_path, [*others(50, 51), by_tag, by_id], 0)
    parent = model(1, id="elsewhere/renamed")
    renamed = [parent, *others(1, 50, 51)]
    found = read(tmp_path, [*renamed, by_tag | {"id": "new/child"}, by_id], 1)
    assert (found.new, found.ended, found.models_reparented, found.through_former_name) == (0, 0, 0, 1)
    found = read(tmp_path, [*renamed, by_tag | tagged("elsewhere/renamed"), by_id], 2)
    assert (found.new, found.ended, found.through_former_name) == (0, 0, 0)
    for child in (50, 51):
        assert history(tmp_path, child) == [(1, "finetune", 0, 2, True)]
    assert rows(tmp_path, "select edges_through_former_name from core.lineage_reading order by week") == [
        (0,),
        (1,),
        (0,),
    ]


def test_a_name_belongs_to_who_carried_it_last(tmp_path):
    name = "shared/name"
    child = [model(50, **typed(name))]
    read(tmp_path, [*others(2, 3, 50), model(2, id=name), model(3), *child], 0)
    read(tmp_path, [*others(2, 3, 50), model(2), model(3, id=name), *child], 1)
    assert history(tmp_path) == [(2, None, 0, 0, False), (3, None, 1, 1, True)]
    read(tmp_path, [*others(2, 3, 50), model(2), *child], 2)
    assert history(tmp_path)[-1] == (3, None, 1, 2, True), "a removed model is found by its last name"


def test_two_that_lost_a_name_in_the_same_week_are_ambiguous(tmp_path):
    name = "shared/name"
    read(tmp_path, [*others(2, 3, 50), model(2, id=name), model(3, id=name)], 0)
    found = read(tmp_path, [*others(50), model(50, **typed(name))], 1)
    assert found.unresolved == {"ambiguous": 1}


def test_a_parent_that_appears_takes_the_place_of_its_name(tmp_path):
    child = model(50, **typed("author-2/model-2"))
    read(tmp_path, [*others(2, 50), child], 0)
    found = read(tmp_path, [*others(50), child], 1)
    assert (found.new, found.models_reparented, found.unresolved) == (1, 0, {})
    assert history(tmp_path) == [(2, None, 1, 1, True)]
    assert rows(tmp_path, "select reason, first_seen, last_seen from core.unresolved_parent") == [
        ("never_seen", week_of(0), week_of(0))
    ]


def test_a_parent_that_is_gone_keeps_its_children(tmp_path):
    child = [model(50, baseModels=told(2)), model(51, **typed("author-2/model-2"))]
    read(tmp_path, [*others(50, 51), *child], 0)
    read(tmp_path, [*others(2, 50, 51), *child], 1)
    assert history(tmp_path) == [(2, "finetune", 0, 1, True)]
    assert history(tmp_path, 51) == [(2, None, 0, 1, True)]


HISTORY = (
    "select child, parent, relation, first_seen, last_seen, is_standing from core.model_edge",
    "select * exclude (told_by) from core.unresolved_parent",
    "from core.lineage_reading",
    "select hub_id, id, author, name_since, first_seen, last_seen, removed_in from core.model",
    "from core.model_name",
    "from core.model_week",
)


def everything(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[Any, ...]]]:
    return [connection.execute(f"from ({query}) order by all").fetchall() for query in HISTORY]


STATED = st.dictionaries(
    st.integers(50, 55),
    st.sampled_from(
        [
            {},
            {"baseModels": told(1)},
            {"baseModels": told(2, 3, relation="merge")},
            tagged(NAME),
            typed("no such"),
            tagged(NAME) | {"id": "new/name", "author": "new"},  # the Hub's author is the part before the slash
            typed(["author-1/model-1", "ghost/model"]),
            {"baseModels": told(51)},
        ]
    ),
)


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(weeks=st.lists(STATED, min_size=2, max_size=3), wrong=STATED)
def test_a_week_read_again_replaces_what_was_read_before(tmp_path_factory, weeks, wrong):
    folder = tmp_path_factory.mktemp("walks")
    rest = [model(n, **({"baseModels": told(1)} if n > 55 else {})) for n in [*range(1, 50), *range(56, 156)]]
    everyone: dict[int, dict[str, Any]] = {n: {} for n in range(50, 56)}

    def present(children: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
        return [*rest, *(model(n, **fields) for n, fields in children.items())]

    once_path, twice_path = (warehouse_at(folder / f"{name}.duckdb") for name in ("once", "twice"))
    with duckdb.connect(str(once_path)) as once, duckdb.connect(str(twice_path)) as twice:
        for number, children in enumerate([everyone, *weeks]):
            walk = walked(folder, present(children), number)
            load_week(once, walk)
            if number % 2:
                load_week(twice, walked(folder, present(wrong), number))
            load_week(twice, walk)
            assert everything(once) == everything(twice)
        load_week(twice, walk)
        assert everything(once) == everything(twice)


FEW = [model(n) for n in range(1, 41)]
CHILDREN = [model(n, baseModels=told(1)) for n in range(50, 60)]


def test_who_only_an_earlier_reading_of_the_week_showed_was_never_there(tmp_path):
    read(tmp_path, [*FEW, *CHILDREN], 0)
    read(tmp_path, [*FEW, *CHILDREN, model(60, baseModels=told(1))], 1)
    keys = rows(tmp_path, "select hub_id, model_key from core.model order by 1")
    found = read(tmp_path, [*FEW, *CHILDREN[:9], model(61, baseModels=told(1))], 1)
    assert (found.stated, found.before, found.new, found.ended) == (10, 10, 1, 0)
    late = rows(tmp_path, "select hub_id from core.model where hub_id in (?, ?)", hub_id(60), hub_id(61))
    assert late == [(hub_id(61),)]
    gone = "select last_seen, removed_in from core.model where hub_id = ?"
    assert rows(tmp_path, gone, hub_id(59)) == [(week_of(0), week_of(1))]
    assert history(tmp_path, 59) == [(1, "finetune", 0, 0, True)]
    read(tmp_path, [*FEW, *CHILDREN, model(60, baseModels=told(1))], 1)
    assert {hub for hub, _ in rows(tmp_path, "select hub_id, model_key from core.model")} == {hub for hub, _ in keys}
    assert rows(tmp_path, gone, hub_id(59)) == [(week_of(1), None)]


def test_a_second_reading_gives_the_same_keys(tmp_path):
    first: dict[str, int] = {}
    for new in ((60, 61), (61, 62, 60), (61, 60)):
        read(tmp_path, [*FEW, *(model(n) for n in new)], 0)
        keys = dict(rows(tmp_path, "select hub_id, model_key from core.model"))
        first = first or keys
        assert len(set(keys.values())) == len(keys)
        assert all(keys[hub_id(n)] == first[hub_id(n)] for n in (60, 61))


def test_half_of_the_edges_gone_is_noticed_in_a_second_reading_too(tmp_path):
    for week in (0, 1):
        read(tmp_path, [*FEW, *CHILDREN], week)
    found = read(tmp_path, [*FEW, *CHILDREN[:3]], 1)
    assert (found.stated, found.before, found.is_plausible) == (3, 10, False)


def test_a_name_that_came_and_went_within_a_week_is_no_name(tmp_path):
    for week, name in ((0, "a/a"), (1, "b/b"), (1, "a/a"), (1, "b/b"), (1, "a/a")):
        read(tmp_path, [*FEW, model(50, id=name)], week)
    names = rows(tmp_path, "select id, first_seen, last_seen from core.model_name where hub_id = ?", hub_id(50))
    assert names == [("a/a", week_of(0), week_of(1))]


def test_one_odd_element_does_not_hide_the_parents_beside_it(tmp_path):
    odd = {"relation": "merge", "models": [{"_id": hub_id(1), "id": "author-1/model-1"}, None, {"id": "x/y"}]}
    found = read(tmp_path, [*others(50), model(50, baseModels=odd)], 0)
    assert history(tmp_path) == [(1, "merge", 0, 0, True)]
    assert found.unresolved == {"not_a_name": 2}


def test_a_fall_of_more_than_a_tenth_is_not_taken_and_what_stood_is_carried_on(tmp_path):
    ghost = model(50, **typed("ghost/model"))
    read(tmp_path, [*others(50), ghost], 0)
    fallen = [record | {"baseModels": None} if record["_id"] > hub_id(97) else record for record in others(50)]
    found = read(tmp_path, [*fallen, model(50)], 1)
    assert (found.stated, found.before, found.is_plausible) == (17, 20, False)
    standing = "select count(*) from core.model_edge where is_standing"
    assert rows(tmp_path, standing) == [(20,)]
    assert rows(tmp_path, "select distinct first_seen, last_seen from base.model_edge") == [(week_of(0), week_of(1))]
    assert rows(tmp_path, "select last_seen from core.unresolved_parent") == [(week_of(1),)]
    assert rows(tmp_path, "select week from core.lineage_reading") == [(week_of(0),)]
    found = read(tmp_path, others(50, 100), 1)
    assert (found.stated, found.before, found.is_plausible) == (19, 20, True)
    assert rows(tmp_path, standing) == [(20,)], "number 100 is away and keeps its parent"
    assert rows(tmp_path, "select week from core.lineage_reading order by 1") == [(week_of(0),), (week_of(1),)]


# Names


def parsed(records: list[dict[str, Any]], folder: Path) -> list[tuple[Any, ...]]:
    walk = walked(folder, records)
    with duckdb.connect() as connection:
        read_records(connection, walk, {})
        return connection.execute(
            "select hub_id, told_by, named_id, named, name, relation from incoming_parent"
        ).fetchall()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(st.characters(codec="utf-8"), max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["_id", "id", "models", "relation"]), inner)
    ),
    max_leaves=6,
)
PIECES = st.lists(
    st.sampled_from(
        [NAME, "author-1", "/", " ", "..", "https://huggingface.co/", "gpt2", ":", "\t", "é", "merge:", "\\"]
    ),
    max_size=4,
).map("".join)


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(
        st.tuples(JSON | PIECES, PIECES | st.text(st.characters(codec="utf-8")), JSON), min_size=1, max_size=40
    )
)
def test_whatever_is_stated_is_read_and_junk_is_no_name(tmp_path_factory, values):
    records = [
        model(n, cardData={"base_model": base, "base_model_relation": odd}, tags=[f"base_model:{tag}"], baseModels=odd)
        for n, (base, tag, odd) in enumerate(values)
    ] + [model(1000 + n, cardData={"base_model": base}) for n, (base, _, _) in enumerate(values)]
    for _, told_by, named_id, named, name, relation in parsed(records, tmp_path_factory.mktemp("walk")):
        assert named
        assert (named_id is not None) == (told_by == "base_models")
        assert relation in (None, "finetune", "adapter", "quantized", "merge")
        if name is not None:
            owner, _, last = name.rpartition("/")
            assert name in named
            assert name.count("/") <= 1
            assert all(part and part.isascii() and part.replace("-", "").replace(".", "").replace("_", "").isalnum()
                       for part in ([owner, last] if owner else [last]))  # fmt: skip
            assert ".." not in name
            left = named.replace(name, "", 1).strip(" \t\r\n/")
            assert left in ("", "https://huggingface.co"), "nothing but blanks, slashes and the site is left out"


# The sandbox


WEEKS = (0, 1, 6, 12)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, World, list[edges.WeekOfEdges]]]:
    """Return a database with some loaded weeks of a sandbox."""
    folder = tmp_path_factory.mktemp("world")
    found = []
    with Sandbox(models=4000) as sandbox:
        for week in WEEKS:
            sandbox.week = week
            walk = walk_models(hub_service(sandbox.url, None), folder / "landing", sandbox.world.now(week))
            with writing(warehouse_at(folder / "w.duckdb")) as connection:
                found.append(load_week(connection, walk))
        yield folder, sandbox.world, found


def test_the_edges_are_the_true_parents_wherever_the_wire_tells_them(world):
    folder, made_up, _ = world
    ever: set[str] = set()
    for week in WEEKS:
        records = list(made_up.records(week))
        ever |= {str(record["_id"]) for record in records}
        monday = made_up.now(week).date()
        present = f"first_seen <= '{monday}' and last_seen >= '{monday}'"
        found: dict[str, set[str]] = {}
        for child, parent in rows(folder, f"select child, parent from core.model_edge where {present}"):
            found.setdefault(child, set()).add(parent)
        told_pairs = missed = 0
        for record in records:
            child, true = record["_id"], set(record["parents"]) - {record["_id"]}
            edges_found = found.get(child, set())
            assert edges_found <= true, record
            if record.get("baseModels"):
                listed = {one["_id"] for one in record["baseModels"]["models"]}
                assert edges_found == listed & ever - {child}, record
                told_pairs += len(edges_found)
            elif true & ever - edges_found:
                missed += 1
        assert told_pairs > 800
        assert missed < 12, "only names from before the first walk cannot be known"


def test_the_sandbox_has_every_treatment(world):
    _, _, weeks = world
    assert set(weeks[-1].by_statement) == {"base_models", "tag", "card"}
    assert set(weeks[-1].unresolved) >= {"self_reference", "never_seen", "not_a_name"}
    assert sum(week.models_reparented for week in weeks) > 0
    assert sum(week.through_former_name for week in weeks) > 0
    assert all(week.is_plausible for week in weeks)


# The refresh


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Yield an ephemeral Dagster instance."""
    with instance_in_memory() as ephemeral:
        yield ephemeral


def published(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "published" / "tidegauge.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.scale
def test_a_walk_that_lost_its_lineage_is_refused_and_the_next_refresh_walks_again(home, instance, monkeypatch):
    clocks = [Clock(simulated_now=(NOW + timedelta(weeks=week)).isoformat()) for week in range(2)]
    counted = "select week, count(*) from core.model_week group by 1 order by 1"
    whole = json.dumps(others()).encode()
    bare = json.dumps([record | {"baseModels": None} for record in others()]).encode()
    with Replay([whole]) as service:
        monkeypatch.setenv("TIDEGAUGE_HUB_URL", service.url)
        assert refresh(instance, clocks[0]).exit_code == ExitCode.WELL
        service.pages[0] = bare
        outcome = refresh(instance, clocks[1])
        assert outcome.exit_code == ExitCode.NOTHING_PUBLISHED
        reason = "this walk has 0 lineage edges and the one of the week before had 20"
        assert reason in outcome.failures["hub_models"]
        logs = instance.all_logs(
            instance.get_runs(limit=1)[0].run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        )
        verdicts = [log.get_dagster_event().asset_check_evaluation_data for log in logs]
        verdict = next(one for one in verdicts if one.check_name == "edges_have_not_shrunk")
        assert not verdict.passed
        assert reason in str(verdict.description)
        with duckdb.connect(str(home / "working" / "tidegauge.duckdb"), read_only=True) as connection:
            assert connection.execute(counted).fetchall() == [(week_of(0), 100), (week_of(1), 100)]
            assert connection.execute("select count(*) from core.model_edge where is_standing").fetchall() == [(20,)]
        assert published(home, counted) == [(week_of(0), 100)]
        service.pages[0] = whole
        asked = len(service.page_requests)
        assert refresh(instance, clocks[1]).exit_code == ExitCode.WELL
        assert published(home, counted) == [(week_of(0), 100), (week_of(1), 100)]
        assert published(home, "select week from core.lineage_reading order by 1") == [(week_of(0),), (week_of(1),)]
        assert len(service.page_requests) > asked, "the refused walk is not used again"
