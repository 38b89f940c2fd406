"""Under which terms: licences, how they drift from parent to child, what was claimed, and what changed its meaning."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import CLAIM_AUDIT
from warehouse.tables.charts.models import LICENCE_DRIFT, LICENCES
from warehouse.tables.definition_change import DEFINITION_MARK

_SHARES = """
    select *, 'of models' as what, share_of_models_pct as share from charts.licences
    union all
    select *, 'of downloads', share_of_downloads_pct from charts.licences
"""

CLASSES = Chart(
    table=LICENCES,
    name="Licences",
    finding="""
        with newest as (from charts.licences qualify dense_rank() over (order by period_start desc) = 1)
        select 'Permissive licences cover ' || digits(max(share_of_models_pct) filter (licence_class = 'permissive'))
            || '% of models and '
            || digits(max(share_of_downloads_pct) filter (licence_class = 'permissive')) || '% of downloads; '
            || digits(max(share_of_models_pct) filter (licence_class = 'none stated')) || '% of models state no licence.'
        from newest having count(*) > 0
    """,
    panels=(
        Panel(
            "Newest week: share of models, and of downloads",
            f"""
            select licence_class as row, what as series, share as value, source,
                licence_class || ': ' || digits(share) || '% ' || what || ', week of ' || on_day(period_start) as said
            from ({_SHARES})
            where share is not null qualify dense_rank() over (order by period_start desc) = 1
            order by max(share) over (partition by row) desc, row, series desc
            """,
            "licences.classes",
            ("measured",),
        ),
        Panel(
            "Week by week",
            f"""
            select 'Share ' || what as choice, licence_class as series, period_start as day, share as value, source,
                digits(share) || '% ' || licence_class as label,
                week_number(period_start) - row_number() over (partition by what, licence_class, source
                    order by period_start) as stretch,
                'Week of ' || on_day(period_start) || ', ' || licence_class || ': ' || digits(share) || '% ' || what as said
            from ({_SHARES}) where share is not null order by what desc, series, day
            """,
            "licences.weeks",
            ("measured",),
            choose="choice",
            choice="Show",
            ends=True,
            caption="The newest sorting of licence tags into classes holds for all weeks.",
        ),
    ),
)


DRIFT = Chart(
    table=LICENCE_DRIFT,
    name="Licences from parent to child",
    finding="""
        select whole(sum(edges) filter (is_more_permissive)) || ' of '
            || whole(sum(edges) filter (is_more_permissive is not null))
            || ' derivations whose two licences can be compared (' || digits(sum(edges) filter (is_more_permissive)
            / sum(edges) filter (is_more_permissive is not null) * 100)
            || '%) state a licence that allows more than that of their parent.'
        from charts.licence_drift having sum(edges) filter (is_more_permissive is not null) > 0
    """,
    panels=(
        Panel(
            "Pairs of parent (rows) and child (columns), newest week",
            """
            with pair as (
                select coalesce(relation, 'relation not stated') as relation, parent_class, child_class, edges,
                    is_more_permissive, source
                from charts.licence_drift
            ),
            sums as (
                select 'all relations' as relation, parent_class, child_class, sum(edges)::bigint as edges,
                    bool_or(is_more_permissive) as loosened, source
                from pair group by all
                union all
                select relation, parent_class, child_class, sum(edges)::bigint, bool_or(is_more_permissive), source
                    from pair group by all
            )
            select relation, parent_class as row, child_class as child, edges as value, whole(edges) as shown,
                coalesce(loosened, false) as loosened, source,
                relation || ': ' || whole(edges) || ' pairs of a parent ' || parent_class || ' and a child ' || child_class
                    || if(loosened, ', which allows more', '') as said
            from sums order by relation <> 'all relations', relation, edges desc, row, child
            """,
            "licences.drift",
            ("measured",),
            choose="relation",
            choice="Relation",
            caption="A frame marks pairs in which the child's licence allows more than its parent's.",
        ),
    ),
)


CLAIMS = Chart(
    table=CLAIM_AUDIT,
    name="Claims, computed again",
    finding="""
        select count(*) filter (verdict = 'holds') || ' of ' || count(*) || ' claims hold, '
            || count(*) filter (verdict = 'does not follow') || ' do not follow from the figures printed with them, and '
            || count(*) filter (verdict = 'cannot be checked') || ' cannot be checked.'
        from charts.claim_audit having count(*) > 0
    """,
    panels=(
        Panel(
            "Claims of the post by chart and verdict",
            """
            with verdict(verdict, rank) as (values ('holds', 1), ('does not follow', 2), ('cannot be checked', 3)),
            chart as (select chart, count(*) as total, any_value(source) as source from charts.claim_audit group by chart),
            counted as (select chart, verdict, count(*) as claims, string_agg(coalesce(printed, statement),
                '; ') as which from charts.claim_audit group by all)
            select replace(chart, '_', ' ') as row, verdict as series, rank, coalesce(claims, 0) as value, total, chart.source,
                concat_ws(', ', sum(claims) filter (rank = 1) over (partition by chart) || ' hold',
                    sum(claims) filter (rank = 2) over (partition by chart) || ' do not follow',
                    sum(claims) filter (rank = 3) over (partition by chart) || ' open') as shown,
                replace(chart, '_', ' ') || ', ' || verdict || ': ' || coalesce(claims, 0) || coalesce(' (' || which
                    || ')', '') as said
            from chart cross join verdict left join counted using (chart, verdict)
            order by total desc, row, rank
            """,
            "licences.verdicts",
            ("estimated",),
            caption="The table gives each claim, what was printed, what comes out, and why.",
        ),
    ),
)


CHANGES = Chart(
    table=DEFINITION_MARK,
    name="Changes of definition",
    finding="""
        select 'A name began to mean something else on ' || count(distinct period_start)
            || if(count(distinct period_start) = 1, ' day', ' days') || ' that the charts above span, in '
            || count(distinct chart) || if(count(distinct chart) = 1, ' chart.', ' charts.')
        from charts.definition_mark having count(*) > 0
    """,
    panels=(
        Panel(
            "When, and in which charts",
            """
            select period_start as day, replace(chart, '_', ' ') as row, on_date(period_start, date_precision) as shown, source,
                on_date(period_start, date_precision) || ', ' || replace(chart, '_', ' ') || ' ('
                    || string_agg(metric, ', ' order by metric)
                    || '): ' || what_changed as said
            from charts.definition_mark group by chart, period_start, date_precision, source, what_changed
            order by row, day
            """,
            "licences.register",
            ("published",),
        ),
    ),
)

CHARTS = (CLASSES, DRIFT)
AUDIT = (CLAIMS, CHANGES)
