"""Who uses open models: communities, platforms, companies."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.sources import ADOPTION, COMMUNITY, PLATFORM_RUNS

MEMBERS = Chart(
    table=COMMUNITY,
    name="Communities",
    finding="""
        with printed as (
            select entity, arg_max(growth_pct, period_start) as growth_pct, min(period_start) as first_on,
                max(period_start) as last_on
            from charts.community where basis = 'published' group by entity having count(*) > 1
            order by growth_pct desc limit 1
        ),
        measured as (
            select entity, members, growth_pct from charts.community where basis = 'measured' and growth_pct is not null
            qualify dense_rank() over (order by date_trunc('week', period_start) desc) = 1
                and row_number() over (order by date_trunc('week', period_start) desc, growth_pct desc) = 1
        )
        select concat_ws(' ',
            printed.entity || ' grew most from ' || in_month(first_on) || ' to ' || in_month(last_on) || ', as printed: '
                || percent(round(printed.growth_pct)) || '.',
            'In the newest week ' || measured.entity
                || if(measured.growth_pct < 0, ' fell least: ', ' grew most: ') || percent(measured.growth_pct) || ' to '
                || short(members) || '.'
        )
        from (select 1) left join printed on true left join measured on true
    """,
    panels=(
        Panel(
            "As printed",
            """
            select entity as row, members as value, source,
                period_start as day,
                if(period_start = max(period_start) over (partition by entity),
                    string_agg(strftime(period_start, '%b %Y') || ' ' || qualified(short(members), qualifier), ' → ')
                        over (partition by entity order by period_start), null) as shown,
                entity || ', ' || in_month(period_start) || ': ' || qualified(whole(members), qualifier)
                    || coalesce(' (' || percent(growth_pct) || ')', '') as said
            from charts.community
                where basis = 'published' and members is not null
                    order by max(members) over (partition by entity) desc, period_start
            """,
            "usage.printed_members",
            ("published",),
            caption="Platforms count different things: compare growth, not size.",
        ),
        Panel(
            "Measured: growth since the first reading",
            """
            with reading as (
                select *, platform || case metric when 'hub_organisation_followers' then ': followers'
                        when 'hub_organisation_members' then ': members' when 'hub_authors' then ': accounts' else '' end
                        || if(source like '%arctic_shift', ' (archive)', '') as what,
                    regexp_replace(entity, ' (followers|members)$', '') as thing,
                    first_value(members) over (partition by entity, metric, source order by period_start) as first_members
                from charts.community where basis = 'measured' and members is not null
            )
            select what, thing as series, period_start as day, (members / nullif(first_members, 0) - 1) * 100 as value, source,
                percent((members / nullif(first_members, 0) - 1) * 100) || ' ' || thing as label,
                week_number(period_start) - row_number() over (partition by entity, metric, source
                    order by period_start) as stretch,
                thing || ', ' || on_date(period_start, date_precision) || ': ' || qualified(whole(members), qualifier) || ', '
                    || percent((members / nullif(first_members, 0) - 1) * 100) || ' since the first reading' as said
            from reading where first_members > 0
            order by what <> 'Reddit', what, series, day
            """,
            "usage.growth",
            ("measured",),
            choose="what",
            choice="Counted",
            ends=True,
        ),
    ),
)


RUNS = Chart(
    table=PLATFORM_RUNS,
    name="Runs, downloads and stars elsewhere",
    finding="""
        with newest as (
            from charts.platform_runs where runs is not null
            qualify row_number() over (partition by metric, model, source order by period_start desc) = 1
        )
        select string_agg(sentence, ' ' order by platform) from (
            select platform, platform || ': ' || arg_max(model, runs) || ' has most, ' || short(max(runs)) || ' '
                || within(arg_max(counted, runs)) || '.' as sentence
            from newest where metric <> 'github_contributors' group by platform
        )
    """,
    panels=(
        Panel(
            "Newest count",
            """
            with newest as (
                from charts.platform_runs where runs is not null
                qualify row_number() over (partition by metric, model, source order by period_start desc) = 1
            )
            select counted as what, model as row, runs as value, qualified(short(runs), qualifier) as shown, source,
                model || ', ' || on_day(period_start) || ': ' || whole(runs) || ' ' || within(counted) as said
            from newest
            qualify row_number() over (partition by counted order by runs desc) <= 15
            order by what <> 'Runs on Replicate', what, runs desc
            """,
            "usage.newest_runs",
            ("measured",),
            choose="what",
            choice="Counted",
        ),
        Panel(
            "Growth since the first reading",
            """
            with reading as (
                select *, first_value(runs) over (partition by metric, model, source order by period_start) as first_runs
                from charts.platform_runs where runs is not null
            )
            select counted as what, model as series, period_start as day, (runs / first_runs - 1) * 100 as value, source,
                percent((runs / first_runs - 1) * 100) || ' ' || regexp_extract(model, '[^/]+$') as label,
                week_number(period_start) - row_number() over (partition by metric, model, source
                    order by period_start) as stretch,
                model || ', ' || on_day(period_start) || ': ' || whole(runs) || ', ' || percent((runs / first_runs - 1) * 100)
                    || ' since the first reading' as said
            from reading where first_runs > 0
            order by what <> 'Runs on Replicate', what, series, day
            """,
            "usage.runs",
            ("measured",),
            choose="what",
            choice="Counted",
            ends=True,
            caption="Platforms count different things over different spans: compare growth, not size.",
        ),
    ),
)


_SHARES = """
    with answer as (
        select *, question || if(count(distinct population) over (partition by question) > 1, ' · ' || population, '') as row,
            if(date_precision in ('day', 'month'), strftime(period_start, '%b %Y'),
                on_date(period_start, date_precision)) as told_on,
            coalesce(qualified(digits(share_pct), qualifier), digits(share_low_pct) || '–' || digits(share_high_pct)) || '%' as told
        from charts.adoption
        where coalesce(share_pct, share_low_pct, share_high_pct) is not null and (source = 'dataku_2023') = {of_the_post}
    )
    select row, period_start as day, coalesce(share_pct, share_high_pct) as value, share_low_pct as low, share_high_pct as high,
        source,
        if(period_start = max(period_start) over series,
            if(count(*) over series > 1, first_value(told_on || ' ' || told) over in_order || ' → ', '') || told_on || ' ' || told,
            null) as shown,
        question || ', ' || on_date(period_start, date_precision) || ': ' || told
            || coalesce(' of ' || whole(sample_size) || ' answers', '') || if(population = '', '', ' (' || population || ')')
            || coalesce('. ' || series_break, '') as said
    from answer
    window series as (partition by question_id, population),
        in_order as (partition by question_id, population order by period_start)
    order by max(coalesce(share_pct, share_high_pct)) over (partition by row) desc, row, day
"""

SURVEYS = Chart(
    table=ADOPTION,
    name="Adoption by companies",
    finding="""
        with series as (
            select question, source, min(period_start) as first_on,
                arg_min(qualified(digits(share_pct) || '%', qualifier), period_start) as first,
                arg_max(qualified(digits(share_pct) || '%', qualifier), period_start) as last, max(period_start) as last_on,
                abs(arg_max(share_pct, period_start) - arg_min(share_pct, period_start)) as change,
                arg_min(date_precision, period_start) as first_precision, arg_max(date_precision,
                    period_start) as last_precision
            from charts.adoption where share_pct is not null
                group by question, question_id, source, population having count(*) > 1
        )
        select question || ': from ' || first || ' (' || on_date(first_on, first_precision) || ') to '
            || last || ' ('
            || on_date(last_on, last_precision)
            || '), the largest change of any printed series. Surveys ask different things of different companies.'
        from series order by change desc limit 1
    """,
    panels=(
        Panel(
            "As the post printed them: composites of several surveys",
            _SHARES.format(of_the_post="true"),
            "usage.shares",
            ("published",),
        ),
        Panel(
            "Surveys whose question and population are known",
            _SHARES.format(of_the_post="false"),
            "usage.shares",
            ("published",),
            caption="A new wording is a new row: answers to different questions are never joined.",
        ),
    ),
)

CHARTS = (MEMBERS, RUNS, SURVEYS)
