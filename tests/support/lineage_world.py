"""A Hub of a few models, scripted week by week: its lineage is loaded and counted as a refresh does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.database.derive import derive
from warehouse.facts.observations import Observation, record
from warehouse.hub import families, lineage_totals, makers
from warehouse.seeds.family_roots import COLUMNS
from warehouse.tables import growth
from warehouse.tables.charts import hub

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)


def monday(week: int) -> date:
    return MONDAY + timedelta(weeks=week)


@dataclass
class World:
    """A synthetic Hub: its models, what each is derived from, and their downloads, week by week."""

    connection: duckdb.DuckDBPyConnection
    keys: dict[str, int] = field(default_factory=dict)

    def name_families(self, named: Mapping[str, tuple[str, Sequence[str]]], folder: Path) -> None:
        rows = [f"{name},{name},{part},{root},,," for name, (part, roots) in named.items() for root in roots]
        folder.mkdir(exist_ok=True)
        (folder / "family.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
        families.load(self.connection, folder)

    def name_makers(self, named: Mapping[str, tuple[str, Sequence[str]]]) -> None:
        """Replace the makers: of each the region, and the accounts."""
        self.connection.execute("delete from core.maker")
        for maker, (region, accounts) in named.items():
            self.connection.execute(
                "insert into core.maker (maker, title, kind, region, organisations, evidence_url) "
                "values ($1, $1 || ' Inc.', 'company', $2, $3, 'https://example.org')",
                [maker, region, list(accounts)],
            )

    def bring(
        self,
        week: int,
        edges: Sequence[tuple[str, str, str | None]],
        *,
        others: Sequence[str] = (),
        downloads: Mapping[str, int | None] | None = None,
        gone: Sequence[str] = (),
        stated: bool = True,
        sizes: Mapping[str, float] | None = None,
        kept: Mapping[str, int] | None = None,
    ) -> dict[str, int]:
        """Load and count a week with all models in edges or `others`, except those `gone`.

        `sizes` are parameters in billions, `kept` the downloads of spiking models that count in the robust totals. Return
        the derivatives of each family.
        """
        run, day = self.connection.execute, monday(week)
        names = list(dict.fromkeys([*others, *(name for child, parent, _ in edges for name in (parent, child))]))
        for name in names:
            if name not in self.keys:
                self.keys[name] = len(self.keys) + 1
                run(
                    "insert into core.model (model_key, hub_id, id, author, created_at, name_since, first_seen, last_seen) "
                    "values ($1, printf('%024x', $1), $2, split_part($2, '/', 1), $3, $4, $4, $4)",
                    [self.keys[name], name, NOW, day],
                )
        there = [self.keys[name] for name in names if name not in gone]
        counters = downloads or {}
        run("update core.model set last_seen = ?, removed_in = null where list_contains(?, model_key)", [day, there])
        run("update core.model set removed_in = ? where last_seen < ? and removed_in is null", [day, day])
        for name in names:
            if name not in gone:
                counter = counters.get(name, 10)
                run("insert into base.model_week values (?, ?, ?, ?, 0)", [day, self.keys[name], counter, counter])
        for name, size in (sizes or {}).items():
            run("update core.model set parameters_b = ? where model_key = ?", [size, self.keys[name]])
        for name, most in (kept or {}).items():
            spike = [day, self.keys[name], counters[name], most]
            run(
                "insert into base.download_spike (week, model_key, downloads_30d, readings, kept) values (?, ?, ?, 3, ?)",
                spike,
            )
        run(
            """
            insert into core.hub_week (week, week_before, source, observed_at, models, downloads_30d, downloads_30d_robust)
            select
                $day, (select max(week) from core.hub_week), 'sandbox_hub', $day::timestamptz, count(*),
                sum(reading.downloads_30d), if($judged, sum(coalesce(spike.kept, reading.downloads_30d)), null)
            from base.model_week as reading
            left join base.download_spike as spike using (week, model_key)
            where reading.week = $day
            """,
            {"day": day, "judged": kept is not None},
        )
        for child, parent, relation in edges:
            run(
                "insert into base.model_edge select $1, $2, $3, 'tag', last_seen, last_seen from core.model where model_key = $1",
                [self.keys[child], self.keys[parent], relation],
            )
        run("delete from base.model_ancestor")
        run(
            """
            insert into base.model_ancestor
            with recursive edge as (
                select distinct child_key, parent_key
                from base.model_edge as e join core.model as m on m.model_key = child_key and e.last_seen = m.last_seen
            ),
            way as (
                select child_key, parent_key, 1 as depth from edge
                union
                select way.child_key, edge.parent_key, depth + 1 from way join edge on edge.child_key = way.parent_key
                where depth < (select count(*) from core.model)
            )
            select child_key, parent_key, min(depth) from way where child_key <> parent_key group by all
            """
        )
        if stated:
            run("insert into core.lineage_reading values (?, 0, 0, 0)", [day])
        record(self.connection, [measured("hub_models", day, len(there))], NOW)
        lineage_totals.sum_up_week(self.connection, day)
        makers.count_week(self.connection, day)
        return families.count_week(self.connection, day)

    def rows(self, query: str, *values: object) -> list[tuple]:
        return self.connection.execute(query, list(values)).fetchall()

    def total(self, family: str, where: str = "true", week: int = 0) -> int:
        query = f"select coalesce(sum(models), 0)::int from core.family_week where family = ? and week = ? and {where}"
        return self.rows(query, family, monday(week))[0][0]

    def changes(self, family: str, week: int) -> tuple[int | None, int | None]:
        query = "select sum(added)::int, sum(removed)::int from core.family_week where family = ? and week = ?"
        return self.rows(query, family, monday(week))[0]

    def charts(self) -> None:
        for table in (growth.FAMILY, *growth.TABLES, *hub.TABLES):  # the rates read families
            derive(self.connection, table)


def measured(metric: str, day: date, value: float) -> Observation:
    return Observation(
        metric=metric, entity="all models", period_start=day, date_precision="week", value=value, unit="models",
        basis="measured", source="sandbox_hub",
    )  # fmt: skip
