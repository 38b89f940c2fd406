"""The Hub as a whole: downloads, models, and models that came and went."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import HUB_DOWNLOADS, HUB_MODELS
from warehouse.tables.history import BIRTHS_AND_DEATHS

DOWNLOADS = Chart(
    table=HUB_DOWNLOADS,
    name="Downloads on the Hub",
    finding="""
        with printed as (
            select
                arg_max(downloads, period_start) as last, arg_min(downloads, period_start) as first,
                max(period_start) as last_on, min(period_start) as first_on
            from charts.hub_downloads where series = 'hub_downloads_month'
        ),
        measured as (
            select downloads, period_start, first_value(downloads) over (order by period_start) as first_downloads,
                first_value(period_start) over (order by period_start) as first_on,
                string_agg(growth_flag, ', ') over () as flags
            from charts.hub_downloads where series = 'hub_downloads_30d'
            qualify row_number() over (order by period_start desc) = 1
        )
        select concat_ws(' ',
            'Printed downloads ' || if(printed.last < printed.first, 'fell', 'rose')
                || ' from ' || short(printed.first) || ' in ' || in_month(printed.first_on) || ' to '
                || short(printed.last) || ' in ' || in_month(printed.last_on) || ', ' || times(printed.last / printed.first)
                || ' as many.',
            case when measured.period_start > measured.first_on
                then 'The weekly count stands at ' || short(downloads) || ' in 30 days, '
                    || percent((downloads / first_downloads - 1) * 100) || ' since ' || on_day(measured.first_on)
                    || warned(flags) || '.'
                else 'The first weekly count found ' || short(downloads) || ' in 30 days.' end
        )
        from printed left join measured on true where printed.last is not null or downloads is not null
    """,
    panels=(
        Panel(
            "As printed, by month",
            """
            select period_start as day, downloads as value, qualified(short(downloads), qualifier) as shown, source,
                in_month(period_start) || ': ' || qualified(whole(downloads), qualifier) || ' downloads, as printed'
                    || coalesce(' (' || percent(growth_pct) || ' on the figure before)', '') as said
            from charts.hub_downloads where series = 'hub_downloads_month' and downloads is not null order by day
            """,
            "hub.printed_downloads",
            ("published",),
        ),
        Panel(
            "Measured every week: the last 30 days",
            """
            select period_start as day, downloads as value, source,
                week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
                'Week of ' || on_day(period_start) || ': ' || whole(downloads) || ' downloads in 30 days'
                    || coalesce(' (' || percent(growth_pct) || ' on the week before, 23 days of 30 in common'
                        || warned(growth_flag) || ')', '') as said
            from charts.hub_downloads where series = 'hub_downloads_30d' and downloads is not null order by day
            """,
            "hub.windows",
            ("measured",),
            caption="Counted file requests, not users. Windows of neighbouring weeks share 23 of their 30 days.",
        ),
        Panel(
            "Estimated: whole calendar months",
            """
            select period_start as day, chart.downloads as value, low, high, source,
                in_month(period_start) || ': ' || whole(chart.downloads) || ' downloads, between ' || whole(low) || ' and '
                    || whole(high) as said
            from charts.hub_downloads as chart
            left join (
                select period_start, source, low, high
                from growth.calendar_downloads where grain = 'month' and method = 'all_time_deltas'
            ) using (period_start, source)
            where series = 'hub_downloads_calendar_month' order by day
            """,
            "hub.months",
            ("estimated",),
            caption="From all-time counters, only months of which every day was observed; the rule spans low to high.",
        ),
    ),
)


MODELS = Chart(
    table=HUB_MODELS,
    name="Models on the Hub",
    finding="""
        with printed as (
            select arg_max(models, period_start) as last, arg_min(models, period_start) as first,
                max(period_start) as last_on, min(period_start) as first_on
            from charts.hub_models where basis = 'published'
        ),
        measured as (
            select models, added_per_month, period_start from charts.hub_models where basis = 'measured'
            qualify row_number() over (order by period_start desc) = 1
        )
        select concat_ws(' ',
            'From about ' || short(first) || ' models in ' || in_month(first_on) || ' to about ' || short(last) || ' in '
                || in_month(last_on) || ', as printed.',
            'The newest walk counted ' || whole(models)
                || coalesce(', ' || whole(added_per_month) || ' of them made in the last 30 days', '') || '.'
        )
        from printed left join measured on true where first is not null or models is not null
    """,
    panels=(
        Panel(
            "Models, as printed",
            """
            select period_start as day, models as value, qualified(short(models), qualifier) as shown, source,
                in_month(period_start) || ': ' || qualified(whole(models), qualifier) || ' models, as printed' as said
            from charts.hub_models where basis = 'published' and models is not null order by day
            """,
            "hub.printed_models",
            ("published",),
        ),
        Panel(
            "Models, counted every week",
            """
            select period_start as day, models as value, source,
                week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
                'Week of ' || on_day(period_start) || ': ' || whole(models) || ' public models'
                    || coalesce(' (' || percent(growth_pct) || ' on the week before)', '') as said
            from charts.hub_models where basis = 'measured' and models is not null order by day
            """,
            "hub.counted_models",
            ("measured",),
        ),
        Panel(
            "Added in a month, as printed",
            """
            select period_start as day, added_per_month as value, source,
                qualified(short(added_per_month), added_qualifier) as shown,
                in_month(period_start) || ': ' || qualified(whole(added_per_month), added_qualifier)
                    || ' models added, as printed'
                    as said
            from charts.hub_models where basis = 'published' and added_per_month is not null order by day
            """,
            "hub.printed_additions",
            ("published",),
        ),
        Panel(
            "Made in the 30 days before the walk",
            """
            select period_start as day, added_per_month as value, source,
                week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
                'Week of ' || on_day(period_start) || ': ' || whole(added_per_month) || ' models of the last 30 days' as said
            from charts.hub_models where basis = 'measured' and added_per_month is not null order by day
            """,
            "hub.counted_additions",
            ("measured",),
            caption="Only those that were still there at the walk.",
        ),
    ),
)


LIVES = Chart(
    table=BIRTHS_AND_DEATHS,
    name="Models that came and went",
    finding="""
        select 'Of ' || whole(sum(births)) || ' models that appeared in ' || count(births)
            || if(count(births) = 1, ' week, ', ' weeks, ')
            || case sum(births_gone) when 0 then 'none is' when 1 then '1 is' else whole(sum(births_gone)) || ' are' end
            || ' gone already; ' || whole(sum(deaths))
            || ' models disappeared in the same time, which a curve of the survivors does not show.'
        from charts.births_and_deaths having count(births) > 0
    """,
    panels=(
        Panel(
            "Came and went, from week to week",
            """
            with counted as (
                select period_start as day, source, 'came' as series, births + coalesce(returns, 0) as value
                from charts.births_and_deaths where births is not null
                union all
                select period_start, source, 'went', -deaths from charts.births_and_deaths where births is not null
            )
            select *, 'Week of ' || on_day(day) || ': ' || whole(abs(value)) || ' models ' || series as said
            from counted order by day, series
            """,
            "hub.came_and_went",
            ("measured",),
        ),
        Panel(
            "The survivors' curve: models of today by the week they were made in",
            """
            select period_start as day, survivors as value, source,
                week_number(period_start) - row_number() over (partition by source order by period_start) as stretch,
                'Week of ' || on_day(period_start) || ': ' || whole(survivors) || ' of the models of today were made' as said
            from charts.births_and_deaths where survivors is not null order by day
            """,
            "hub.survivors",
            ("measured",),
            caption="What was deleted since is missing here.",
        ),
    ),
)

CHARTS = (DOWNLOADS, MODELS, LIVES)
