"""The short views of `main`: what `show tables` lists, and that naive queries of them are right."""

import datetime
from itertools import pairwise

import duckdb
import pytest
from warehouses import warehouse_at

from pipelines.sandbox.hub.world import World
from warehouse.database.connection import writing
from warehouse.database.derive import derive
from warehouse.tables import growth, short_views

# The last week of the demonstration, counting from 0.
NEWEST = 2


@pytest.fixture(scope="module")
def release(demo_release):
    """Return a connection to the published file, as an analyst opens it."""
    with duckdb.connect(str(demo_release / "tidegauge.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def one(connection, query, *values):
    """Return the only cell of the only row of a query."""
    ((cell,),) = connection.execute(query, values or None).fetchall()
    return cell


def test_show_tables_lists_ten_to_fifteen_views_and_each_has_a_line_of_comment(release):
    listed = [name for (name,) in release.execute("show tables").fetchall()]
    assert 10 <= len(listed) <= 15
    assert listed == sorted(table.name.removeprefix("main.") for table in short_views.TABLES)
    comments = release.execute("select comment from duckdb_views() where schema_name = 'main' and not internal")
    assert all(comment and "\n" not in comment for (comment,) in comments.fetchall())


@pytest.mark.parametrize("table", short_views.TABLES, ids=lambda table: table.name)
def test_each_view_has_the_declared_columns_and_key(release, table):
    described = release.execute(f"describe {table.name}").fetchall()
    types = [(name, type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")) for name, type, *_ in described]
    assert types == [(name, column.type) for name, column in table.columns.items()]
    key = ", ".join(table.key)
    rows = one(release, f"select count(*) from {table.name}")
    assert rows > 0
    assert one(release, f"select count(*) from (select distinct {key} from {table.name})") == rows
    for name, column in table.columns.items():
        if column.required:
            assert one(release, f"select count(*) from {table.name} where {name} is null") == 0, name


def test_the_guide_fits_a_terminal_of_100_columns(release, capsys):
    release.sql("from guide").show(max_width=100, max_rows=40)
    shown = capsys.readouterr().out
    assert "…" not in shown, "every query is shown whole"
    release.sql("from meta.guide").show(max_width=100, max_rows=40)
    shown = capsys.readouterr().out
    for (question,) in release.execute("select question from meta.guide").fetchall():
        assert f"│ {question} " in shown


def test_the_queries_of_the_guide_are_short_and_use_the_short_views(release):
    for question, example in release.execute("from guide").fetchall():
        assert "\n" not in example
        assert len(example) <= 104, "two lines of a terminal, also behind USE"
        assert release.execute(example).fetchall(), question


# The table of traps: what a tired analyst writes first, against the same figure computed in another way.


@pytest.fixture(scope="module")
def world():
    """Return the made-up world that the demonstration collected, which knows the truth of each week."""
    return World(models=500)


def test_models_count_once(release, world):
    truth = world.truth(NEWEST)
    assert one(release, "select count(*) from models") == truth.models
    assert one(release, "select count(*) from core.model") > truth.models, "models that are gone"
    assert one(release, "select sum(downloads_30d) from models") == truth.downloads
    assert one(release, "select sum(downloads_all_time) from models") == truth.downloads_all_time
    assert one(release, "select count(distinct week) from models") == 1, "windows that overlap are not beside it"


def test_models_are_those_of_the_world(release, world):
    truth = {
        record["_id"]: (
            record["name"], record["author"], record.get("pipeline_tag"), record.get("downloads"), record.get("likes")
        )
        for record in world.records(NEWEST)
    }  # fmt: skip
    found = release.execute("select hub_id, id, author, task, downloads_30d, likes from models").fetchall()
    assert {hub_id: tuple(row) for hub_id, *row in found} == truth


def test_the_changes_of_models_are_those_of_the_world(release, world):
    now, before = (
        {record["_id"]: record.get("downloads") for record in world.records(week)} for week in (NEWEST, NEWEST - 1)
    )
    found = release.execute("select hub_id, downloads_30d, change_1_week, change_52_weeks from model_growth").fetchall()
    assert found == [
        (hub_id, now[hub_id], now[hub_id] - before[hub_id] if before.get(hub_id) is not None else None, None)
        for hub_id, *_ in found
    ]
    counted = [downloads for downloads in now.values() if downloads is not None]
    assert [downloads for _, downloads, *_ in found] == sorted(counted, reverse=True)


def test_months_add_up_to_the_downloads_between_the_walks(release):
    weeks = [week for (week,) in release.execute("select week from core.hub_week order by week").fetchall()]
    observed = dict(release.execute("select week, observed_at from core.hub_week").fetchall())
    counters = {
        week: dict(
            release.execute("select hub_id, downloads_all_time from core.model_week where week = ?", [week]).fetchall()
        )
        for week in weeks
    }
    created = dict(release.execute("select hub_id, created_at from core.model").fetchall())
    downloaded = 0
    for before, now in pairwise(weeks):
        for hub_id, counter in counters[now].items():
            if counter is None:
                continue
            if counters[before].get(hub_id) is not None:
                downloaded += max(counter - counters[before][hub_id], 0)
            elif hub_id not in counters[before] and created[hub_id] >= observed[before]:
                downloaded += counter
    recovered = one(release, "select coalesce(sum(amount), 0) from core.counter_restatement where kind = 'recovery'")
    assert one(release, "select sum(downloads) from downloads") == downloaded - recovered
    windows = one(release, "select sum(downloads_30d) from core.model_week")
    assert windows > 2 * downloaded, "the sum of windows that overlap is another figure"


def test_months_compare_by_the_day_and_only_whole_ones(tmp_path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            """
            insert into growth.calendar_downloads by name
            select
                'month' as grain, month as period_start, method, downloads, days as days_observed,
                days_in_period, days < days_in_period as is_partial, method = 'all_time_deltas' as is_primary,
                if(days < days_in_period, 'partial', null) as flag, 'estimated' as basis, 'hub' as source
            from (values
                (date '2026-01-01', 'all_time_deltas', 3_100, 31, 31),
                (date '2026-01-01', 'windows_30d', 9_999, 31, 31),
                (date '2026-02-01', 'all_time_deltas', 3_080, 28, 28),
                (date '2026-03-01', 'all_time_deltas', 3_410, 31, 31),
                (date '2026-04-01', 'all_time_deltas', 1_100, 10, 30)
            ) as given(month, method, downloads, days, days_in_period)
            """
        )
        found = connection.execute(
            "select month, downloads, downloads_per_day, growth_pct, is_whole from downloads order by month"
        ).fetchall()
    assert found == [
        (datetime.date(2026, 1, 1), 3100, 100, None, True),
        (datetime.date(2026, 2, 1), 3080, 110, pytest.approx(10), True),
        (datetime.date(2026, 3, 1), 3410, 110, pytest.approx(0), True),
        (datetime.date(2026, 4, 1), 1100, 110, None, False),
    ]


def test_members_of_subreddits_count_once(release):
    observed = release.execute(
        "select entity, source, value from core.observation_latest where metric = 'subreddit_subscribers' "
        "and period_start = (select max(period_start) from core.observation_latest where metric = 'subreddit_subscribers') "
        "and source like '%reddit' and attributes['withdrawn'] is null"
    ).fetchall()
    assert len({source for _, source, _ in observed}) == 1
    assert one(release, "select sum(members) from communities where platform = 'Reddit'") == sum(
        value for *_, value in observed
    )
    both = "select count(distinct source) from charts.community where platform = 'Reddit' and basis = 'measured'"
    assert one(release, both) == 2, "two sources count them"


def test_a_community_is_compared_with_itself_in_the_same_source(tmp_path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            """
            insert into charts.community by name
            select
                day as period_start, 'day' as date_precision, 'Reddit' as platform, entity, members, qualifier,
                'subreddit_subscribers' as metric, 'measured' as basis, source
            from (values
                (date '2026-11-02', 'r/a', 1_000, 'exact', 'api'),
                (date '2026-11-30', 'r/a', 1_500, 'exact', 'api'),
                (date '2026-11-23', 'r/a', 1_200, 'exact', 'api'),
                (date '2026-12-01', 'r/a', 9_000, 'approximate', 'archive'),
                (date '2026-11-24', 'r/a', 8_000, 'approximate', 'archive'),
                (date '2026-11-24', 'r/b', 30, 'approximate', 'archive'),
                (date '2026-12-01', 'r/b', 20, 'approximate', 'archive')
            ) as given(day, entity, members, qualifier, source)
            """
        )
        found = connection.execute(
            "select community, members, source, change_1_week, change_4_weeks, growth_pct_4_weeks, change_13_weeks "
            "from communities order by community"
        ).fetchall()
    assert found == [("r/a", 1500, "api", 300, 500, 50, None), ("r/b", 20, "archive", -10, None, None, None)]


def test_a_round_counts_once_however_many_report_it(release):
    """The Series D of Hugging Face is reported by two publications; Together's round with two amounts."""
    rounds = dict(
        release.execute(
            "select company, list({'amount': amount_usd, 'reports': reports, 'low': low_usd, 'high': high_usd}) from funding "
            "where company in ('Hugging Face', 'Together AI') group by company"
        ).fetchall()
    )
    assert rounds == {
        "Hugging Face": [{"amount": 235e6, "reports": 2, "low": 235e6, "high": 235e6}],
        "Together AI": [{"amount": 102.5e6, "reports": 2, "low": 102e6, "high": 102.5e6}],
    }
    year = "select sum(amount_usd) from {} where year(announced_on) = 2023 and not made_up"
    real_2023 = 113e6 + 235e6 + 102.5e6  # Mistral AI's Seed, and these two
    assert one(release, year.format("funding")) == real_2023
    assert one(release, year.format("core.funding_round")) > real_2023


def test_no_mean_of_percentages_can_be_taken_over_models():
    """One model that had a single download makes the mean of all whatever it likes."""
    columns = [*short_views.MODELS.columns, *short_views.MODEL_GROWTH.columns]
    assert not [name for name in columns if "pct" in name]


def test_makers_add_up_to_the_hub_and_count_their_own_models(release, world):
    truth = world.truth(NEWEST)
    assert one(release, "select sum(downloads_30d) from makers") == truth.downloads
    assert one(release, "select sum(models_own + derivatives) from makers") == truth.models
    ways = "select count(*) from makers where derivatives <> finetunes + adapters + quantized + merges + unstated"
    assert one(release, ways) == 0, "the relations are classes that exclude each other"
    assert one(release, "select count(*) from makers where rank = 1") == 1


def test_a_facet_that_adds_up_does_and_the_others_say_so(release, world):
    models = one(release, "select count(*) from models")
    sums = release.execute("select facet, sum(models) from facets where adds_up group by facet").fetchall()
    assert {facet for facet, _ in sums} >= {"task", "library"}
    assert {total for _, total in sums} == {models}
    packed = sum("gguf" in record["tags"] for record in world.records(NEWEST))
    found = release.execute("select models, adds_up from facets where facet = 'format' and value = 'gguf'").fetchall()
    assert found == [(packed, False)]


def test_a_rate_compares_full_periods_of_one_source(tmp_path):
    """Two readings 35 days apart are no growth of a quarter; of two sources the newest, then the exact one counts."""
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        connection.execute("insert into core.metric values ('members', 'Members', 'people', 'level', 'Members.')")
        connection.executemany(
            """
            insert into core.observation by name
            select
                'members' as metric, ? as entity, ?::date as period_start, 'day' as date_precision,
                ?::date::timestamptz as observed_at, ? as value, ? as qualifier, 'people' as unit, 'measured' as basis,
                ? as source, map {} as attributes, timestamptz '2026-12-01 00:00:00Z' as recorded_at
            """,
            [
                ("r/a", "2026-08-27", "2026-08-27", 1000, "exact", "api"),
                ("r/a", "2026-10-01", "2026-10-01", 1054.6, "exact", "api"),
                ("r/a", "2026-11-01", "2026-11-01", 1100, "exact", "api"),
                ("r/a", "2026-10-01", "2026-10-01", 2000, "approximate", "archive"),
                ("r/a", "2026-11-01", "2026-11-01", 3000, "approximate", "archive"),
            ],
        )
        for table in growth.TABLES[:2]:
            derive(connection, table)
        found = connection.execute(
            "select grain, period_start, period_end, growth_pct, source from rates order by grain"
        ).fetchall()
        partial = connection.execute(
            "select count(*) from growth.rate where grain = 'quarter' and is_partial and source = 'api'"
        ).fetchall()
    assert found == [
        (
            "month",
            datetime.date(2026, 10, 1),
            datetime.date(2026, 11, 1),
            pytest.approx(100 * (1100 / 1054.6 - 1)),
            "api",
        )
    ]
    assert partial == [(1,)], "growth.rate has the quarter, and says so"


def test_a_rate_across_a_change_of_definition_is_none_and_says_why(release):
    """The sandbox counts otherwise from the newest week on: both values stay, and nothing is made of them."""
    compared = release.execute(
        """
        select contains(rates.flag, 'definition_changed') is true, count(*), count(rates.growth_pct), count(rates.change),
            count(rates.value_end), count(rate.growth_pct), bool_and(rates.growth_pct is not distinct from rate.growth_pct)
        from rates join growth.rate as rate using (metric, entity, grain, period_end, basis, source)
        group by all order by 1
        """
    ).fetchall()
    (_, unchanged, _, _, _, _, is_same), (_, changed, rates, changes, values, behind, _) = compared
    assert unchanged > 0 < changed
    assert is_same is True
    assert (rates, changes, values) == (0, 0, changed)
    assert behind > 0, "growth.rate has them, with the flag"
    downloads = "from rates where metric = 'hub_downloads_30d' and grain = 'week'"
    assert one(release, f"select growth_pct {downloads}") is None
    assert one(release, f"select flag {downloads}") == "overlapping_windows, definition_changed"


def test_counts_of_small_groups_have_no_annual_rate_of_a_week(tmp_path):
    with writing(warehouse_at(tmp_path / "w.duckdb")) as connection:
        connection.executemany(
            """
            insert into core.observation by name
            select
                ? as metric, 'm' as entity, ?::date as period_start, 'week' as date_precision,
                ?::date::timestamptz as observed_at, ? as value, 'exact' as qualifier, 'models' as unit,
                'measured' as basis, 's' as source, map {} as attributes, timestamptz '2026-12-01 00:00:00Z' as recorded_at
            """,
            [
                (metric, day, day, value)
                for metric in ("maker_models", "facet_models", "hub_models")
                for day, value in (("2026-08-03", 10), ("2026-08-10", 11), ("2026-09-07", 12))
            ],
        )
        derive(connection, growth.RATE)
        found = connection.execute(
            "select grain, metric, growth_pct is not null, annualised_pct is not null, doubling_days is not null "
            "from growth.rate where entity = 'm' and grain in ('week', 'month') order by grain desc, metric"
        ).fetchall()
    assert found == [
        ("week", "facet_models", True, False, False),
        ("week", "hub_models", True, True, True),
        ("week", "maker_models", True, False, False),
        ("month", "facet_models", True, True, True),
        ("month", "hub_models", True, True, True),
        ("month", "maker_models", True, True, True),
    ]


def test_a_price_is_one_for_each_model_and_never_that_of_a_free_offer(release):
    offers = release.execute(
        "select entity, metric, value from core.observation_latest where metric like 'token_price_%' "
        "and period_start = (select max(week) from core.hub_week)"
    ).fetchall()
    plain = {
        (model, metric.removeprefix("token_price_")): price
        for model, metric, price in offers
        if ":" not in model and price > 0
    }
    found = release.execute("select model, input_usd_per_million, output_usd_per_million from prices").fetchall()
    assert {
        (model, kind): price
        for model, *prices in found
        for kind, price in zip(("input", "output"), prices, strict=True)
    } == plain
    assert [price for *_, price in offers if price == 0], "there are free offers"
    assert one(release, "select count(*) from prices") == one(release, "select count(distinct model) from prices")


def test_a_family_is_its_roots_and_derivatives_and_a_model_counts_in_one(release, world):
    """Walk up from each model to the nearest root, over the edges that stand."""
    roots = {
        hub_id: family
        for family, hub_id in release.execute(
            "select family, hub_id from core.family where part_of is null and hub_id is not null"
        ).fetchall()
    }
    parents: dict[str, set[str]] = {}
    for child, parent in release.execute("select child, parent from core.model_edge where is_standing").fetchall():
        parents.setdefault(child, set()).add(parent)

    def nearest(hub_id: str) -> tuple[str, bool] | None:
        level, seen = {hub_id}, {hub_id}
        while level:
            families = sorted(roots[one] for one in level if one in roots)
            if families:
                return families[0], level == {hub_id}
            level = {parent for one in level for parent in parents.get(one, ())} - seen
            seen |= level
        return None

    expected: dict[str, list[int]] = {}
    for record in world.records(NEWEST):
        place = nearest(record["_id"])
        if place:
            family, is_root = place
            figures = expected.setdefault(family, [0, 0, 0, 0])
            downloads = record.get("downloads") or 0
            figures[is_root] += 1
            figures[2 + is_root] += downloads
    found = release.execute(
        "select family, derivatives, roots, downloads_30d_of_derivatives, downloads_30d_of_roots from families"
    ).fetchall()
    assert {family: figures for family, *figures in found} == expected
    llama = one(release, "select downloads_30d from families where family = 'llama'")
    derived = "select max(downloads_30d_of_derivatives) from growth.family where family = 'llama'"
    assert llama > 100 * one(release, derived), "roots"
    totals = "select sum(downloads_30d), sum(models) from families"
    counted = (
        "select sum(downloads_30d_counted_once), sum(models_counted_once) from growth.family "
        "where level = 1 and week = (select max(week) from growth.family)"
    )
    assert release.execute(totals).fetchall() == release.execute(counted).fetchall()
    assert one(release, "select sum(downloads_30d) from families") <= one(
        release, "select sum(downloads_30d) from models"
    )
    ways = "select count(*) from families where derivatives <> finetunes + adapters + quantized + merges + unstated"
    assert one(release, ways) == 0, "the relations are classes that exclude each other"


def test_the_classes_of_licences_add_up_to_all_models(release):
    models, share, downloads = release.execute(
        "select sum(models), sum(share_of_models_pct), sum(downloads_30d) from licences"
    ).fetchall()[0]
    assert (models, downloads) == release.execute("select count(*), sum(downloads_30d) from models").fetchall()[0]
    assert share == pytest.approx(100)
    by_model = release.execute("select licence_class, count(*) from models group by licence_class").fetchall()
    assert dict(by_model) == dict(release.execute("select licence_class, models from licences").fetchall())


def test_ratings_are_those_of_one_day(release):
    days = release.execute(
        "select benchmark, count(distinct published_on), count(*), count(distinct model), min(place) from benchmarks "
        "where unit = 'rating points' group by benchmark"
    ).fetchall()
    assert days
    for board, found, rows, models, first in days:
        assert (found, rows, first) == (1, models, 1), board
    best = release.execute(
        "select benchmark, max(score) filter (openness = 'open'), max(score) filter (openness = 'proprietary') from benchmarks "
        "where benchmark like 'Arena%' group by benchmark order by benchmark"
    ).fetchall()
    gaps = release.execute(
        "select benchmark, best_open, best_closed from open_vs_closed where benchmark like 'Arena%' order by benchmark"
    ).fetchall()
    assert gaps == best
    index = release.execute(
        "select model, score from benchmarks where benchmark = 'Epoch Capabilities Index' and openness = 'open' "
        "order by place limit 1"
    ).fetchall()
    shown = "select best_open_model, best_open from open_vs_closed where benchmark = 'Epoch Capabilities Index'"
    assert release.execute(shown).fetchall() == index


# Questions of an analyst: the query of a short view, and the same from the tables of facts.
_NEWEST = "(select max(week) from core.hub_week)"
_NOW = f"(from core.model_week join core.model using (hub_id) where week = {_NEWEST})"
_ON_SALE = (
    "(from core.token_price where variant is null and blended_usd_per_million > 0 qualify week = max(week) over ())"
)
QUESTIONS = {
    "Which models are downloaded most?": (
        "select id, downloads_30d from models order by 2 desc nulls last, 1 limit 5",
        f"select id, downloads_30d from {_NOW} order by 2 desc nulls last, 1 limit 5",
    ),
    "Which gained most, spikes aside?": (
        "select id, change_1_week from model_growth where not is_spike order by 2 desc nulls last, 1 limit 5",
        f"""
        select id, now.downloads_30d - before.downloads_30d from {_NOW} as now
        join core.model_week as before on before.hub_id = now.hub_id and before.week = now.week - 7
        anti join core.download_spike as spike on spike.hub_id = now.hub_id and spike.week = now.week
        order by 2 desc nulls last, 1 limit 5
        """,
    ),
    "Which makers lead by their own models?": (
        "select maker, downloads_30d_own from makers where maker <> 'other' order by 2 desc, 1 limit 3",
        f"""
        select maker, sum(downloads_30d)::bigint from {_NOW} as now
        join core.maker_organisation as account on lower(account.organisation) = lower(now.author)
        where now.hub_id not in (select child from core.model_edge where is_standing and relation = 'quantized')
            or account.maker in (  -- a quantised copy of its own model; one of somebody else's is not its own
                select owner.maker from core.model_ancestor as pair
                join core.model as original on original.hub_id = pair.ancestor
                join core.maker_organisation as owner on lower(owner.organisation) = lower(original.author)
                where pair.hub_id = now.hub_id
            )
        group by maker order by 2 desc, 1 limit 3
        """,
    ),
    "How many models are new?": (
        "select sum(new_models_own + new_derivatives)::bigint from makers",
        f"select added from core.hub_week where week = {_NEWEST}",
    ),
    "At which size are models downloaded?": (
        "select parameters_b > 7, count(*), sum(downloads_30d)::bigint from models group by 1 order by 1",
        f"select parameters_b > 7, count(*), sum(downloads_30d)::bigint from {_NOW} group by 1 order by 1",
    ),
    "Which text generators fit into 24 GB?": (
        """
        select id, memory_gb from models where task = 'text-generation' and memory_gb <= 24
        order by downloads_30d desc, 1 limit 5
        """,
        f"""
        select id, memory_gb from {_NOW} where pipeline_tag = 'text-generation' and memory_gb <= 24
        order by downloads_30d desc, 1 limit 5
        """,
    ),
    "How many are of each year?": (
        "select year(created_on), count(*) from models group by 1 order by 1",
        f"select year(created_at at time zone 'UTC'), count(*) from {_NOW} group by 1 order by 1",
    ),
    "What is the median of downloads?": (
        "select median(downloads_30d) from models",
        f"""
        select median_downloads_30d from charts.concentration where entity = 'model' and period_start = {_NEWEST}
        """,
    ),
    "Which class of licences leads?": (
        "select licence_class, models, downloads_30d from licences order by 1",
        "select licence_class, count(*), sum(downloads_30d)::bigint from models group by 1 order by 1",
    ),
    "Which tasks are there?": (
        "select nullif(value, '(none)') as task, models, downloads_30d from facets where facet = 'task' order by 1",
        f"select pipeline_tag, count(*), sum(downloads_30d)::bigint from {_NOW} group by 1 order by 1",
    ),
    "How far is the best open model behind in the Arena?": (
        "select best_open, best_closed, gap_points from open_vs_closed where benchmark = 'Arena text'",
        """
        select open, closed, closed - open
        from (
            select max(score) filter (openness = 'open') as open, max(score) filter (openness = 'proprietary') as closed
            from (
                from core.benchmark_score where benchmark = 'Arena text'
                qualify published_on = max(published_on) over ()
            )
        )
        """,
    ),
    "By how many months?": (
        "select lag_months from open_vs_closed where benchmark = 'Epoch Capabilities Index'",
        """
        select date_diff('day', min(released_on), (select max(as_of) from charts.capability_gap)) / 30.4375
        from core.benchmark_score
        where benchmark = 'Epoch Capabilities Index' and openness = 'proprietary' and score >= (
            select max(score) from core.benchmark_score
            where benchmark = 'Epoch Capabilities Index' and openness = 'open'
        )
        """,
    ),
    "What costs a token in the middle?": (
        "select openness, median(output_usd_per_million) from prices group by 1 order by 1",
        f"select openness, median(output_usd_per_million) from {_ON_SALE} group by 1 order by 1",
    ),
    "How many does a community gain?": (
        "select members, change_1_week from communities where community = 'r/LocalLLaMA'",
        f"""
        select now.value::bigint, (now.value - before.value)::bigint
        from core.observation_latest as now join core.observation_latest as before using (metric, entity, source)
        where metric = 'subreddit_subscribers' and entity = 'r/LocalLLaMA' and source = 'sandbox_reddit'
            and now.period_start = {_NEWEST} and before.period_start = {_NEWEST} - 7
        """,
    ),
    "Who raised most?": (
        "select company, sum(amount_usd) from funding group by 1 order by 2 desc nulls last, 1 limit 5",
        """
        select company, sum(amount_usd) from core.funding_round
        where round_id in (select round_id from core.funding_match where counts_once)
        group by 1 order by 2 desc nulls last, 1 limit 5
        """,
    ),
    "How fast does the Hub grow?": (
        "select value_start, value_end, growth_pct from rates where metric = 'hub_models' and grain = 'week'",
        f"""
        select before.models::double, now.models::double, 100 * (now.models / before.models - 1)
        from core.hub_week as now join core.hub_week as before on before.week = now.week_before where now.week = {_NEWEST}
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_one_answer(release, question):
    short, long = (release.execute(query).fetchall() for query in QUESTIONS[question])
    assert short == [tuple(pytest.approx(cell) if isinstance(cell, float) else cell for cell in row) for row in long]
    assert any(cell is not None for row in short for cell in row)


def test_what_is_built_on_most_is_what_the_edges_say(release):
    query = one(release, "select example from meta.guide where question = 'Which models are built on most?'")
    edges = release.execute(
        """
        select models.id, count(*) as built_on
        from core.model_edge as edge join models on models.hub_id = edge.parent and models.week = edge.last_seen
        group by models.id order by built_on desc, models.id limit 5
        """
    ).fetchall()
    assert release.execute(query).fetchall() == edges
