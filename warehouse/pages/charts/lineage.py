"""Models built on models: derivatives of a family, how far they are from it, and how much of the ancestry is known."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import LINEAGE_COVERAGE, LINEAGE_DEPTH, MODEL_DERIVATIVES

DERIVATIVES = Chart(
    table=MODEL_DERIVATIVES,
    name="Models built on a family",
    finding="""
        with printed as (
            select family, arg_max(qualified(whole(derivatives), qualifier), period_start) as last,
                max(period_start) as last_on,
                arg_min(whole(derivatives), period_start) as first, min(period_start) as first_on
            from charts.model_derivatives where basis = 'published' group by family
        ),
        measured as (
            select family, derivatives, coverage_pct from charts.model_derivatives where basis = 'measured'
            qualify row_number() over (order by period_start desc, derivatives desc) = 1
        )
        select concat_ws(' ',
            printed.family || ' had ' || first || ' derivatives in ' || in_month(first_on) || ' and ' || last || ' in '
                || in_month(last_on) || ', as printed.',
            'The newest walk finds most on ' || measured.family || ': at least ' || whole(derivatives)
                || ', with a parent known of '
                || digits(coverage_pct) || '% of all models.'
        )
        from (select 1) left join printed on true left join measured on true
    """,
    panels=(
        Panel(
            "As printed: LLaMA and Llama 2",
            """
            select period_start as day, derivatives as value, qualified(whole(derivatives), qualifier) as shown, source,
                in_month(period_start) || ': ' || qualified(whole(derivatives), qualifier) || ' derivatives of ' || family
                    || coalesce(', among them ' || notable, '') as said
            from charts.model_derivatives where basis = 'published' and derivatives is not null order by day
            """,
            "lineage.printed",
            ("published",),
            caption="120+ is at least 120.",
        ),
        Panel(
            "The largest families in the newest walk",
            """
            with newest as (
                from charts.model_derivatives where basis = 'measured' and derivatives > 0
                qualify dense_rank() over (order by period_start desc) = 1
                    and row_number() over (partition by period_start order by derivatives desc, family) <= 8
            )
            select family as row, series, part as value, derivatives as total, '≥ ' || whole(derivatives) as shown, source,
                family || ': ' || whole(part) || ' ' || series || ' derivatives, at least ' || whole(derivatives) || ' in all'
                    || coalesce('; most downloaded: ' || notable, '') as said
            from (
                select *, 'direct' as series, direct as part from newest
                union all
                select *, 'further', derivatives - direct from newest
            )
            order by derivatives desc, family, series
            """,
            "lineage.families",
            ("measured",),
            caption="At least: a model that does not name its base is not counted. Families overlap; do not add them up.",
        ),
        Panel(
            "Week by week",
            """
            select family, period_start as day, derivatives as value, source,
                week_number(period_start) - row_number() over (partition by family, source order by period_start) as stretch,
                family || ', week of ' || on_day(period_start) || ': at least ' || whole(derivatives) || ' derivatives'
                    || coalesce(' (' || percent(growth_pct) || ' on the week before)', '') as said
            from charts.model_derivatives where basis = 'measured' and derivatives is not null
            order by max(derivatives) over (partition by family) desc, family, day
            """,
            "lineage.family",
            ("measured",),
            choose="family",
            choice="Family",
        ),
    ),
)


DEPTH = Chart(
    table=LINEAGE_DEPTH,
    name="How far from the root",
    finding="""
        with newest as (from charts.lineage_depth qualify dense_rank() over (order by week desc) = 1),
        largest as (select family from newest group by family order by sum(models) desc, family limit 1)
        select 'Of the derivatives of ' || any_value(family) || ' ' || digits(sum(share_of_family_pct) filter (depth = 1))
            || '% are one step from a root; the farthest are ' || max(depth) || if(max(depth) = 1, ' step', ' steps')
            || ' away.'
        from newest semi join largest using (family) having count(*) > 0
    """,
    panels=(
        Panel(
            "Derivatives by their distance from the family's roots, newest week",
            """
            with newest as (
                select family, least(depth, 8) as depth, source, sum(models)::bigint as models, sum(share_of_family_pct) as share
                from (from charts.lineage_depth qualify dense_rank() over (order by week desc) = 1)
                group by all
            ),
            told as (
                select *,
                case depth when 1 then '1 step' when 8 then '8 steps or more' else depth || ' steps' end as row
                from newest
            )
            select family, row, models as value, source, whole(models) || ' (' || printf('%.1f', share) || '%)' as shown,
                family || ': ' || whole(models) || ' models ' || row
                    || ' from a root, ' || digits(share) || '% of its derivatives' as said
            from told
            order by sum(models) over (partition by family) desc, family, depth
            """,
            "lineage.depths",
            ("measured",),
            choose="family",
            choice="Family",
        ),
    ),
)


COVERAGE = Chart(
    table=LINEAGE_COVERAGE,
    name="How much of the ancestry is known",
    finding="""
        select 'A parent is known of ' || digits(coverage_pct) || '% of all models'
            || coalesce(', and of ' || digits(resolved_pct) || '% of those that name a base', '') || '.'
        from charts.lineage_coverage order by week desc limit 1
    """,
    panels=(
        Panel(
            "Models with a known parent",
            """
            select week as day, series, value, source, digits(value) || '% ' || series as label,
                week_number(week) - row_number() over (partition by series, source order by week) as stretch,
                'Week of ' || on_day(week) || ': ' || digits(value) || '% ' || series as said
            from (
                select week, source, 'of all models' as series, coverage_pct as value from charts.lineage_coverage
                union all
                select week, source, 'of those naming a base', resolved_pct from charts.lineage_coverage
            )
            where value is not null order by series, day
            """,
            "lineage.coverage",
            ("measured",),
            ends=True,
            caption="Every count of derivatives rests on this.",
        ),
    ),
)

CHARTS = (DERIVATIVES, DEPTH, COVERAGE)
