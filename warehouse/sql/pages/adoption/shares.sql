-- Shares of companies in surveys: those of the post of 2023 ($1 is true), or all others.
-- One row for each question, population and date.
with answer as (
    select
        *,
        question || if(count(distinct population) over (partition by question) > 1, ' · ' || population, '') as row,
        if(
            date_precision in ('day', 'month'), strftime(period_start, '%b %Y'), on_date(period_start, date_precision)
        ) as answered_on,
        coalesce(
            qualified(digits(share_pct), qualifier), digits(share_low_pct) || '–' || digits(share_high_pct)
        ) || '%' as share
    from charts.adoption
    where
        coalesce(share_pct, share_low_pct, share_high_pct) is not null and (source = 'dataku_2023') = $1
)
select
    row, period_start as day, coalesce(share_pct, share_high_pct) as value, share_low_pct as low,
    share_high_pct as high, source,
    if(
        period_start = max(period_start) over series,
        if(count(*) over series > 1, first_value(answered_on || ' ' || share) over in_order || ' → ', '')
        || answered_on || ' ' || share,
        null
    ) as shown,
    question || ', ' || on_date(period_start, date_precision) || ': ' || share
    || coalesce(' of ' || whole(sample_size) || ' answers', '')
    || if(population = '', '', ' (' || population || ')')
    || coalesce('. ' || series_break, '') as sentence
from answer
window
    series as (partition by question_id, population),
    in_order as (partition by question_id, population order by period_start)
order by max(coalesce(share_pct, share_high_pct)) over (partition by row) desc, row, day
