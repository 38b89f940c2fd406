"""How good open models are: benchmarks, the gap to closed ones, and the Arena."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.benchmarks import ARENA_BY_RELEASE, ARENA_GAP, BENCHMARK_GAP, GAP_CLOSURE

GAP = Chart(
    table=BENCHMARK_GAP,
    name="Open against closed on benchmarks",
    finding="""
        with printed as (
            select benchmark, arg_min(gap_points, period_start) as first, min(period_start) as first_on,
                arg_max(gap_points, period_start) as last, max(period_start) as last_on, min(gap_points) as least
            from charts.benchmark_gap where basis = 'published' group by benchmark limit 1
        ),
        measured as (
            select benchmark, gap_points from charts.benchmark_gap where basis = 'measured' and gap_points is not null
            qualify row_number() over (order by period_start desc, benchmark) = 1
        )
        select concat_ws(' ',
            'On ' || printed.benchmark || ' the best closed model led by ' || printf('%.1f', first) || ' points in '
                || in_month(first_on) || ' and by ' || printf('%.1f', last) || ' in ' || in_month(last_on)
                || if(least < last, ', after ' || printf('%.1f', least) || ' in between', '') || '.',
            'On ' || measured.benchmark
                || if(round(gap_points, 1) = 0, ' the best open and the best closed model are now level.',
                    if(gap_points < 0, ' the best open model now leads by ', ' the best closed model now leads by ')
                    || printf('%.1f', abs(gap_points)) || ' points.')
        )
        from (select 1) left join printed on true left join measured on true
    """,
    panels=(
        Panel(
            "MMLU, as printed",
            """
            select period_start as day, series, value, source, series as label,
                in_month(period_start) || ', ' || series || ': ' || coalesce(model, 'not named') || ', ' || digits(value)
                    || '% (gap ' || printf('%.1f', gap_points) || ' points)' as said
            from (
                select *, 'best closed' as series, best_closed_pct as value, best_closed_model as model
                    from charts.benchmark_gap
                union all
                select *, 'best open', best_open_pct, best_open_model from charts.benchmark_gap
            )
            where basis = 'published' and value is not null order by series, day
            """,
            "benchmarks.printed_gap",
            ("published",),
            ends=True,
        ),
        Panel(
            "Measured, by day of release",
            """
            select benchmark, period_start as day, series, value, source, series as label,
                on_day(period_start) || ', ' || series || ' on ' || benchmark || ': ' || coalesce(model, 'none') || ', '
                    || digits(value) || '%' || coalesce(' (gap ' || printf('%.1f', gap_points) || ' points)', '') as said
            from (
                select *, 'best closed' as series, best_closed_pct as value, best_closed_model as model
                    from charts.benchmark_gap
                union all
                select *, 'best open', best_open_pct, best_open_model from charts.benchmark_gap
            )
            where basis = 'measured' and value is not null order by benchmark, series, day
            """,
            "benchmarks.measured_gap",
            ("measured",),
            choose="benchmark",
            choice="Benchmark",
            ends=True,
            caption="With the scores known today, over the models released up to the day.",
        ),
    ),
)


CLOSURE = Chart(
    table=GAP_CLOSURE,
    name="Share of the reference score",
    finding="""
        with printed as (
            select arg_min(share_pct, period_start) as first, min(period_start) as first_on,
                arg_max(share_pct, period_start) as last, max(period_start) as last_on, any_value(reference_model) as model
            from charts.gap_closure where basis = 'published' and benchmark = 'Average'
        ),
        measured as (
            select count(*) as benchmarks, count(*) filter (share_pct >= 100) as reached
            from (
                from charts.gap_closure where basis = 'measured' and share_pct is not null
                qualify row_number() over (partition by benchmark, reference_model order by period_start desc) = 1
            )
        )
        select concat_ws(' ',
            'On average the best open model went from ' || printf('%.1f', first) || '% of the score of ' || model || ' in '
                || in_month(first_on) || ' to ' || printf('%.1f', last) || '% in ' || in_month(last_on) || ', as printed.',
            if(benchmarks > 0, 'Measured, it has reached ' || reached || ' of ' || benchmarks || ' reference scores.', null)
        )
        from (select 1) left join printed on true left join measured on true
    """,
    panels=(
        Panel(
            "Of GPT-3.5-turbo, as printed",
            """
            select benchmark as series, period_start as day, share_pct as value, source,
                printf('%.1f', share_pct) || '% ' || benchmark as label,
                benchmark || ', ' || in_month(period_start) || ': ' || printf('%.1f', share_pct) || '% of ' || reference_model
                    || coalesce(' (' || signed(change_points) || ' points)', '') as said
            from charts.gap_closure where basis = 'published' and share_pct is not null order by series, day
            """,
            "benchmarks.printed_closure",
            ("published",),
            ends=True,
            caption="The average is the printed one. The upright scale does not begin at 0; the line across is the reference.",
        ),
        Panel(
            "Measured, by day of release",
            """
            select benchmark, reference_model as series, period_start as day, share_pct as value, source,
                reference_model as label,
                benchmark || ', ' || on_day(period_start) || ': ' || coalesce(best_open_model, 'the best open model') || ' has '
                    || printf('%.1f', share_pct) || '% of the score of ' || reference_model as said
            from charts.gap_closure where basis = 'measured' and share_pct is not null order by benchmark, series, day
            """,
            "benchmarks.measured_closure",
            ("measured",),
            choose="benchmark",
            choice="Benchmark",
            ends=True,
        ),
    ),
)


ARENA = Chart(
    table=ARENA_GAP,
    name="Open against proprietary on the Arena",
    finding="""
        select 'On ' || on_day(period_start) || ' the best '
            || if(gap_points < 0, 'open model led by ', 'proprietary model led by ')
            || case when abs(gap_points) < 0.5 then 'less than one rating point'
                when abs(gap_points) < 1.5 then 'one rating point'
                else printf('%.0f', abs(gap_points)) || ' rating points' end
            || coalesce(' (between ' || printf('%.0f', gap_low) || ' and ' || printf('%.0f', gap_high) || ')', '')
            || if(gap_low <= 0 and gap_high >= 0, ', which may be chance', '')
            || coalesce('; the best open one stood where the proprietary frontier was ' || printf('%.1f', lag_months)
                || ' months before', '') || '.'
        from charts.arena_gap where gap_points is not null order by period_start desc limit 1
    """,
    panels=(
        Panel(
            "How far the best proprietary model leads",
            """
            select period_start as day, gap_points as value, gap_low as low, gap_high as high, source,
                on_day(period_start) || ': ' || coalesce(best_proprietary_model, 'none') || ' leads '
                    || coalesce(best_open_model, 'none') || ' by ' || printf('%.1f', gap_points) || ' points (between '
                    || printf('%.1f', gap_low) || ' and ' || printf('%.1f', gap_high) || ')' as said
            from charts.arena_gap where gap_points is not null order by day
            """,
            "benchmarks.arena",
            ("measured",),
            caption="Below 0 an open model leads. The band is the interval, if the errors of both ratings are independent.",
        ),
        Panel(
            "How many months behind",
            """
            select period_start as day, lag_months as value, source,
                row_number() over (order by period_start) - row_number()
                    over (order by lag_months is null, period_start) as stretch,
                on_day(period_start) || ': ' || printf('%.1f', lag_months) || ' months' as said
            from charts.arena_gap qualify lag_months is not null order by day
            """,
            "benchmarks.lag",
            ("measured",),
            caption="Since a proprietary model first joined that is rated as high. There is none while an open model leads.",
        ),
    ),
)


RELEASES = Chart(
    table=ARENA_BY_RELEASE,
    name="Arena ratings by day of release",
    finding="""
        with leader as (
            select openness, arg_max(model, rating) as model, max(rating) as rating
            from charts.arena_by_release where openness in ('open', 'proprietary') group by openness
        ),
        undated as (select count(*) filter (released_on is null) as undated, count(*) as models from charts.arena_by_release)
        select 'On the newest board ' || string_agg(model || ' leads the ' || openness || ' models with '
            || printf('%.0f', rating), ', ' order by openness)
            || '; ' || any_value(undated) || ' of ' || any_value(models)
            || ' models have no known day of release and are not drawn.'
        from leader cross join undated having count(*) > 0
    """,
    panels=(
        Panel(
            "Every model of the newest board",
            """
            select released_on as day, rating as value, rating_low as low, rating_high as high, openness as series, source,
                if(row_number() over (partition by openness
                    order by rating desc) = 1 and openness <> 'unknown', model, null) as label,
                model || coalesce(' of ' || organisation, '') || ', released ' || on_day(released_on) || ': '
                    || printf('%.0f', rating)
                    || coalesce(' (between ' || printf('%.0f', rating_low) || ' and ' || printf('%.0f', rating_high) || ')', '')
                    || ', ' || openness || coalesce(', ' || licence, '') as said
            from charts.arena_by_release where released_on is not null order by series, day
            """,
            "benchmarks.by_release",
            ("measured",),
            caption="All ratings are of one day, so that they compare; the lines across the marks are intervals.",
        ),
    ),
)

CHARTS = (GAP, CLOSURE, ARENA, RELEASES)
