"""Growth of models and authors: compared with the week exactly 1, 4, 13 or 52 weeks before, or NULL."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from warehouses import warehouse_at

from warehouse.database import schema
from warehouse.database.checksums import KEPT_BY_WEEK, checksum
from warehouse.database.connection import reading, writing
from warehouse.database.derive import derive
from warehouse.hub import models
from warehouse.tables.growth import LEADING_MODEL

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
# Weeks from the first on; week 3 was missed. Downloads of models 1 (author a), 2 (author a), 3 (author b).
READINGS = {0: (100, 10, 0), 1: (150, 20, 5), 2: (75, None, 5), 4: (300, 40, 5), 13: (200, 20, 1), 52: (400, 80, 2)}


def make_incoming(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create or replace temp table incoming_model as "
        "select * exclude (name_since, first_seen, last_seen, removed_in, model_key) "
        "rename (downloads_30d_now as downloads_30d, downloads_all_time_now as downloads_all_time, likes_now as likes) "
        "from core.model limit 0"
    )


def add_week(
    connection: duckdb.DuckDBPyConnection, number: int, walk: Mapping[int, tuple[str | None, int | None]]
) -> None:
    """Load a week: the owner and the downloads of each model."""
    make_incoming(connection)
    for model, (author, downloads) in walk.items():
        connection.execute(
            "insert into incoming_model by name select printf('%024x', $model) as hub_id, "
            "coalesce($author || '/', '') || $model as id, $author as author, timestamptz '2024-01-01' as created_at, "
            "$downloads as downloads_30d, 10 * $downloads as downloads_all_time, 0 as likes",
            {"model": model, "author": author, "downloads": downloads},
        )
    models.add_week(connection, MONDAY + timedelta(weeks=number))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a database with three models over a year."""
    path = tmp_path / "w.duckdb"
    with writing(warehouse_at(path)) as connection:
        for number, downloads in READINGS.items():
            add_week(connection, number, dict(zip((1, 2, 3), zip("aab", downloads, strict=True), strict=True)))
    return path


def changes(path: Path, table: str, key: str) -> dict[int, tuple]:
    columns = "change_pct_1_week, change_pct_4_weeks, change_pct_13_weeks, change_pct_52_weeks, rank"
    with reading(path) as connection:
        rows = connection.execute(f"select week, {columns} from {table} where {key} order by week").fetchall()
    return {(week - MONDAY).days // 7: tuple(rest) for week, *rest in rows}


def test_a_model_is_compared_with_the_exact_week_and_a_gap_stays_a_gap(database):
    assert changes(database, "growth.model", "hub_id like '%1'") == {
        0: (None, None, None, None, 1),
        1: (50.0, None, None, None, 1),
        2: (-50.0, None, None, None, 1),
        4: (None, 200.0, None, None, 1),
        13: (None, None, 100.0, None, 1),
        52: (None, None, None, 300.0, 1),
    }


def test_changes_in_numbers_have_a_name_and_count_from_zero(database):
    columns = "change_1_week, change_4_weeks, change_13_weeks, change_52_weeks"
    with reading(database) as connection:
        models = connection.execute(
            f"select id, week, {columns} from growth.model where week in ('2026-03-09', '2027-03-01') order by all"
        ).fetchall()
        authors = connection.execute(
            f"select author, {columns} from growth.author where week = '2026-03-09'"
        ).fetchall()
    second, last = MONDAY + timedelta(weeks=1), MONDAY + timedelta(weeks=52)
    assert models == [
        ("a/1", second, 50, None, None, None),
        ("a/1", last, None, None, None, 300),
        ("a/2", second, 10, None, None, None),
        ("a/2", last, None, None, None, 70),
        ("b/3", second, 5, None, None, None),
        ("b/3", last, None, None, None, 2),
    ]
    assert sorted(authors) == [("a", 60, None, None, None), ("b", 5, None, None, None)]


# Author, then downloads in weeks 0 and 4; what the model is; the weeks of its spikes, with their caps.
WORLD = {
    1: ("meta-llama", 2_000, 3_000, {"task": "text-generation", "b": 8.0, "licence": "mit"}, {}),
    2: ("meta-llama", 1_000, 1_400, {"task": "text-generation", "b": 70.0}, {}),
    3: ("someone", 5_000, 5_500, {"task": "text-to-image", "library": "diffusers"}, {}),
    4: ("bot", 1_000, 900_000, {"task": "text-generation"}, {4: 11_000}),
    5: ("bot", 1_000, 8_000, {}, {2: 4_000}),
    6: ("someone", 2_000, 6_000, {"library": "diffusers"}, {0: 1_000}),  # the spike is older than the period
    7: ("small", 10, 900, {}, {}),
    8: ("new", None, 50_000, {}, {}),
    9: ("someone", 9_000, 4_500, {"b": 8.0}, {}),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a database of nine models with a known history."""
    path = tmp_path_factory.mktemp("world") / "w.duckdb"
    with writing(warehouse_at(path)) as connection:
        for number, place in ((0, 1), (4, 2)):
            walk = {model: (row[0], row[place]) for model, row in WORLD.items() if row[place] is not None}
            add_week(connection, number, walk)
            connection.execute(
                "insert into core.observation by name select 'hub_models' as metric, 'all models' as entity, "
                "? as period_start, 'week' as date_precision, 1 as value, 'exact' as qualifier, 'models' as unit, "
                "'measured' as basis, 'test' as source, map {} as attributes, now() as recorded_at",
                [MONDAY + timedelta(weeks=number)],
            )
        for model, (_, _, _, about, spikes) in WORLD.items():
            connection.execute(
                "update core.model set pipeline_tag = $task, library = $library, licence = $licence, parameters_b = $b "
                "where id like '%/' || $model",
                {"model": model, "task": None, "library": None, "licence": None, "b": None, **about},
            )
            for week, kept in spikes.items():
                connection.execute(
                    "insert into base.download_spike by name select ? as week, model_key, 1000000 as downloads_30d, "
                    "3 as readings, ? as kept from core.model where id like '%/' || ?",
                    [MONDAY + timedelta(weeks=week), kept, model],
                )
        connection.execute(
            "insert into core.maker by name select 'Meta' as maker, 'Meta' as title, 'company' as kind, "
            "'North America' as region, ['Meta-Llama'] as organisations, 'https://example.org' as evidence_url"
        )
        derive(connection, LEADING_MODEL)
        yield connection


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("", [6, 1, 2, 3, 9]),
        ("minimum := 1", [7, 6, 1, 2, 3, 9]),
        ("places := 2", [6, 1]),
        ("with_spikes := true", [4, 5, 6, 1, 2, 3, 9]),
        ("task := 'text-generation'", [1, 2]),
        ("library := 'diffusers'", [6, 3]),
        ("author := 'SOMEONE'", [6, 3, 9]),
        ("maker := 'meta'", [1, 2]),
        ("licence := 'mit'", [1]),
        ("min_parameters_b := 20", [2]),
        ("max_parameters_b := 20", [1, 9]),
        ("task := 'text-generation', with_spikes := true, max_parameters_b := 20", [1]),
        ("maker := 'nobody'", []),
    ],
)
def test_the_fastest_growing_models_are_no_bots_unless_asked(world, arguments, found):
    rows = world.execute(
        f"select place, id from growth.top_models('4 weeks', {arguments or 'places := 20'})"
    ).fetchall()
    assert rows == [(place, f"{WORLD[model][0]}/{model}") for place, model in enumerate(found, 1)]


def test_a_top_model_says_what_it_is_and_what_it_gained(world):
    columns = (
        "id, author, maker, task, downloads_30d_before, downloads_30d, change, growth_pct, robust_growth_pct, is_spike"
    )
    rows = world.execute(
        f"select {columns} from growth.top_models(with_spikes := true) where author in ('bot', 'meta-llama')"
    )
    assert rows.fetchall() == [
        ("bot/4", "bot", None, "text-generation", 1_000, 900_000, 899_000, 89_900, 1_000, True),
        ("bot/5", "bot", None, None, 1_000, 8_000, 7_000, 700, 700, True),
        ("meta-llama/1", "meta-llama", "Meta", "text-generation", 2_000, 3_000, 1_000, 50, 50, False),
        ("meta-llama/2", "meta-llama", "Meta", "text-generation", 1_000, 1_400, 400, 40, 40, False),
    ]


def test_zero_and_missing_bases_give_no_rate_and_missing_readings_no_rank(database):
    assert changes(database, "growth.model", "hub_id like '%3'")[1][0] is None, "from zero there is no rate"
    assert changes(database, "growth.model", "hub_id like '%2'")[2] == (None, None, None, None, None)


def test_an_author_is_the_sum_of_what_is_known(database):
    assert changes(database, "growth.author", "author = 'a'")[1] == (pytest.approx(100 * 60 / 110), None, None, None, 1)
    with reading(database) as connection:
        assert connection.execute(
            "select models, downloads_30d from growth.author where author = 'a' and week = '2026-03-16'"
        ).fetchall() == [(2, 75)]


def test_a_model_that_moved_takes_its_past_along(database):
    with writing(database) as connection:
        add_week(connection, 53, {1: ("c", 500), 2: ("a", 90), 3: ("b", 2)})
    assert changes(database, "growth.author", "author = 'c'")[53] == (
        25.0,
        None,
        None,
        pytest.approx(100 * 350 / 150),
        1,
    )
    assert changes(database, "growth.author", "author = 'a'")[53] == (12.5, None, None, 350.0, 2)


@pytest.mark.parametrize(("view", "fact"), [("growth.model", "base.model_week"), ("growth.author", "core.author_week")])
def test_asking_for_one_week_reads_that_week_and_its_bases_only(tmp_path, view, fact):
    path = tmp_path / "w.duckdb"
    group = 122_880  # rows in a row group of DuckDB: the smallest unit that a filter on weeks can skip
    with writing(warehouse_at(path)) as connection:
        connection.execute(
            f"insert into core.model by name select n as model_key, printf('%024x', n) as hub_id, n as id, "
            f"timestamptz '2024-01-01' as created_at, '{MONDAY}' as name_since, '{MONDAY}' as first_seen, "
            f"'{MONDAY}' as last_seen from range(1, {group} + 1) as t(n)"
        )
        connection.execute(f"insert into core.author select n, n::varchar from range(1, {group} + 1) as t(n)")
        connection.execute(
            f"insert into {fact} select date '{MONDAY}' + 7 * w::integer, n, 1, 1, 1 "
            f"from range(15) as weeks(w), range(1, {group} + 1) as t(n) order by all"
        )
    with reading(path) as connection:
        connection.execute("pragma enable_profiling = 'json'")
        connection.execute("set profiling_coverage = 'all'")
        connection.execute(
            f"select max(change_pct_1_week), max(rank) from {view} where week = date '{MONDAY + timedelta(weeks=14)}'"
        ).fetchall()
        profile = connection.get_profiling_information("json")
    scanned = rows_scanned(json.loads(profile))
    assert 0 < scanned <= 8 * group, f"{scanned / group} groups of rows were read of 15 that are there, five times"


def rows_scanned(node: dict) -> int:
    own = node.get("operator_rows_scanned", 0) if "SCAN" in node.get("operator_type", "") else 0
    return own + sum(map(rows_scanned, node.get("children", [])))


WALK = st.dictionaries(
    st.integers(1, 6), st.tuples(st.sampled_from(["a", "b", "c", None]), st.none() | st.integers(0, 9))
)


@pytest.fixture(scope="module")
def prepared() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return an empty database with every table; each test is rolled back."""
    with duckdb.connect(":memory:") as connection:
        schema.prepare(connection, NOW)
        yield connection


@settings(max_examples=20, deadline=None)
@example(  # a model whose transfer only an earlier reading of the week showed
    walks=[(0, {1: ("a", None)}), (1, {1: ("b", None)}), (0, {})],
    is_published_often=False,
)
@given(walks=st.lists(st.tuples(st.integers(0, 1), WALK), min_size=1, max_size=5), is_published_often=st.booleans())
def test_author_weeks_and_checksums_are_those_of_the_whole_history(prepared, walks, is_published_often):
    prepared.execute("begin")
    try:
        number = 0
        for step, walk in walks:  # a step of 0 loads the same week again
            number += step
            add_week(prepared, number, walk)
            if is_published_often:
                for table in KEPT_BY_WEEK:
                    checksum(prepared, table)
        authors = "from core.author_week join core.author using (author_key) order by all"
        assert (
            prepared.execute(f"select * exclude (author_key) {authors}").fetchall()
            == prepared.execute(
                "select week, count(*), sum(downloads_30d), sum(downloads_all_time), author from core.model_week "
                "join core.model using (hub_id) where author is not null group by week, author order by all"
            ).fetchall()
        )
        for table in KEPT_BY_WEEK:
            whole = f"select coalesce(sum(md5_number_lower(to_json(t)::varchar)), 0)::varchar from {table.name} as t"
            assert checksum(prepared, table) == prepared.execute(whole).fetchall()[0][0]
    finally:
        prepared.execute("rollback")


def test_an_owner_who_is_found_by_taking_a_reading_back_is_counted(prepared):
    """The owner in a record can differ from that in its name, and only the name is known after an undo."""
    prepared.execute("begin")
    try:
        for number, (name, author) in enumerate([("bar/x", "foo"), ("baz/x", "baz"), ("bar/x", "bar")]):
            make_incoming(prepared)
            prepared.execute(
                "insert into incoming_model by name select printf('%024x', 1) as hub_id, $name as id, $author as author, "
                "timestamptz '2024-01-01' as created_at, 5 as downloads_30d",
                {"name": name, "author": author},
            )
            models.add_week(prepared, MONDAY + timedelta(weeks=10 + min(number, 1)))
        weeks = prepared.execute(
            "select author, models from core.author_week join core.author using (author_key) order by week"
        ).fetchall()
        assert weeks == [("bar", 1), ("bar", 1)]
    finally:
        prepared.execute("rollback")
