-- Rating and downloads of the models of each board that are matched with a repository. One row for each repository, by
-- its best setting; the five with most downloads have a label.
with repository as (
    from charts.rating_and_downloads
    where downloads_30d > 0
    qualify row_number() over (partition by board, hub_id, source order by rating desc, model) = 1
)
select
    board, downloads_30d as downloads, rating as value, source,
    if(
        row_number() over (partition by board, source order by downloads_30d desc, model) <= 5,
        regexp_replace(id, '^.*/', ''),
        null
    ) as label,
    id || ', rated ' || printf('%.0f', rating) || ' as ' || model || ': ' || whole(downloads_30d)
    || ' downloads in 30 days, ' || whole(derivatives) || ' models built on it' as sentence
from repository
order by board, downloads desc
