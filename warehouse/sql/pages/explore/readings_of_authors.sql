-- One row for each author of a range of keys: its downloads in 30 days of 14 weeks, NULL where it has no reading,
-- and the number of its models in the last of them.
select
    author_key as key,
    [
        max(downloads_30d) filter (week = getvariable('monday') + 0),
        max(downloads_30d) filter (week = getvariable('monday') + 7),
        max(downloads_30d) filter (week = getvariable('monday') + 14),
        max(downloads_30d) filter (week = getvariable('monday') + 21),
        max(downloads_30d) filter (week = getvariable('monday') + 28),
        max(downloads_30d) filter (week = getvariable('monday') + 35),
        max(downloads_30d) filter (week = getvariable('monday') + 42),
        max(downloads_30d) filter (week = getvariable('monday') + 49),
        max(downloads_30d) filter (week = getvariable('monday') + 56),
        max(downloads_30d) filter (week = getvariable('monday') + 63),
        max(downloads_30d) filter (week = getvariable('monday') + 70),
        max(downloads_30d) filter (week = getvariable('monday') + 77),
        max(downloads_30d) filter (week = getvariable('monday') + 84),
        max(downloads_30d) filter (week = getvariable('monday') + 91)
    ] as downloads_30d,
    arg_max(models, week) as models
from core.author_week
where
    author_key between getvariable('first_key') and getvariable('last_key')
    and week between getvariable('monday') and getvariable('last_monday')
group by author_key
order by author_key
