-- Newest figure in words, its change to the week before, that change in words, and its date: of downloads go to models
-- under permissive licences. At most one row; none if the newest figure is missing.
select
    printf('%.1f%%', share), round(share - before, 1), signed(round(share - before, 1))
    || ' points in a week', period_start
from (
    select
        period_start, share_of_downloads_pct as share,
        max(share_of_downloads_pct) over (
            partition by source order by period_start
            range between interval 7 days preceding and interval 7 days preceding
        ) as before
    from charts.licences
    where licence_class = 'permissive' and basis = 'measured'
    order by period_start desc
    limit 1
)
where share is not null
