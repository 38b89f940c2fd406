-- One row for each of the most downloaded models and authors: what the search knows without another request.
(
    select name, kind, key, downloads_30d
    from explore_name
    where kind = 'model' and downloads_30d is not null and text = lower(name)
    order by downloads_30d desc, name
    limit 4000
)
union all
(
    select name, kind, key, downloads_30d
    from explore_name
    where kind = 'author' and downloads_30d is not null
    order by downloads_30d desc, name
    limit 1000
)
