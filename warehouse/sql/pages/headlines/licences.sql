-- Share of downloads that go to models under permissive licences. One row for each week, in order of time; no line is
-- drawn between two rows of different `stretch`.
select
    period_start as day, share as value, printf('%.1f%%', share) as shown, round(share - before, 1) as change,
    signed(round(share - before, 1)) || ' points in a week' as change_in_words,
    week_number(period_start) - row_number() over (order by period_start) as stretch
from (
    select
        period_start, share_of_downloads_pct as share,
        max(share_of_downloads_pct) over (
            partition by source order by period_start
            range between interval 7 days preceding and interval 7 days preceding
        ) as before
    from charts.licences
    where licence_class = 'permissive' and basis = 'measured'
)
order by day
