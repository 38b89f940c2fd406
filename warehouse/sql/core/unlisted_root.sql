-- One row for each root of the lineage that no family holds, and that is large: at least 10 models of the newest week
-- descend from it, or its own files had at least 100,000 downloads in 30 days. Small roots and listed ones are left out
-- first, so that few models are joined.
with newest as (select max(week) as week from core.family_reading),
reading as (select model_key, downloads_30d from base.model_week join newest using (week)),
held as (
    select model.model_key
    from core.family as listed
    join core.model as model using (hub_id)
    union all
    select member.model_key
    from core.family_member as member
    join newest using (week)
),
candidate as (
    select large.root_key
    from (
        select root_key from base.model_family where depth > 0 group by root_key having count(*) >= 10
        union
        select reading.model_key
        from reading
        anti join (from base.model_family where depth > 0) as derived using (model_key)
        where reading.downloads_30d >= 100_000
    ) as large
    anti join held on held.model_key = large.root_key
),
-- Descendants that a family holds are named already; one of several roots counts for its primary one.
counted as (
    select
        root_key,
        count(*) as descendants,
        count(*) filter (is_primary and not is_held) as models,
        sum(downloads_30d) filter (is_primary and not is_held)::bigint as downloads_30d
    from (
        select
            root_key, model_key, is_primary, reading.downloads_30d, model_key in (select model_key from held) as is_held
        from base.model_family
        semi join candidate using (root_key)
        join reading using (model_key)
        where depth > 0
    )
    group by root_key
)
select
    model.hub_id as root, model.id as name, account.maker, model.created_at,
    coalesce(counted.descendants, 0) as descendants, reading.downloads_30d,
    coalesce(counted.models, 0) + if(reading.model_key is null, 0, 1) as models_unnamed,
    case
        when reading.downloads_30d is not null or counted.downloads_30d is not null
            then coalesce(reading.downloads_30d, 0) + coalesce(counted.downloads_30d, 0)
    end as downloads_30d_unnamed,
    model.first_seen, newest.week
from candidate
join core.model as model on model.model_key = candidate.root_key
cross join newest
left join reading on reading.model_key = candidate.root_key
left join counted on counted.root_key = candidate.root_key
left join (
    select lower(organisation) as author, any_value(maker) as maker
    from (select unnest(organisations) as organisation, maker from core.maker)
    group by all
) as account on account.author = lower(model.author)
where counted.descendants >= 10 or reading.downloads_30d >= 100_000
