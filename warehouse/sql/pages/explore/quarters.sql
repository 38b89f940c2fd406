-- One row for each kind of reading and quarter: its first and last Monday, and its weeks with their checksums.
select
    if(table_name = 'base.model_week', 'models', 'authors') as kind,
    year(week) || 'Q' || quarter(week) as quarter,
    -- The first Monday on or after the first day of the quarter.
    any_value(date_trunc('week', date_trunc('quarter', week) + interval 6 days)::date) as monday,
    any_value(
        date_trunc('week', date_trunc('quarter', week) + interval 3 months - interval 1 day)::date
    ) as last_monday,
    list(week::varchar || ' ' || checksum::varchar order by week) as sums
from meta.week_checksum
where table_name in ('base.model_week', 'core.author_week')
group by all
order by quarter, kind
