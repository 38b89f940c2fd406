-- Sentence: the largest change of any published survey series. At most one row.
with series as (
    select
        question, source, min(period_start) as first_on,
        arg_min_null(qualified(digits(share_pct) || '%', qualifier), period_start) as first,
        arg_max_null(qualified(digits(share_pct) || '%', qualifier), period_start) as last,
        max(period_start) as last_on,
        abs(arg_max_null(share_pct, period_start) - arg_min_null(share_pct, period_start)) as change,
        arg_min_null(date_precision, period_start) as first_precision,
        arg_max_null(date_precision, period_start) as last_precision
    from charts.adoption
    where share_pct is not null
    group by question, question_id, source, population
    having count(*) > 1
)
select
    question || ': ' || last || ' in ' || on_date(last_on, last_precision) || ', after ' || first || ' in '
    || on_date(first_on, first_precision) || ', the largest change in any survey.'
from series
order by change desc
limit 1
