-- One row for each root of the lineage that no family holds, and that is large: at least 10 models of the newest week
-- descend from it, or its own files had at least 100,000 downloads in 30 days. Small roots are left out early, so that
-- millions of models without a descendant are not joined.
with newest as (select max(week) as week from core.family_reading),
reading as (select model_key, downloads_30d from base.model_week join newest using (week)),
held as (
    select model.model_key
    from core.family as listed
    join core.model as model using (hub_id)
    union
    select member.model_key
    from core.family_member as member
    join newest using (week)
),
counted as (
    select pair.root_key, count(*) as descendants
    from base.model_family as pair
    join reading using (model_key)
    where pair.depth > 0
    group by pair.root_key
),
large as (
    select root_key, descendants
    from counted
    where descendants >= 10
    union all by name
    select reading.model_key as root_key, coalesce(counted.descendants, 0) as descendants
    from reading
    left join counted on counted.root_key = reading.model_key
    anti join (from base.model_family where depth > 0) as derived on derived.model_key = reading.model_key
    where reading.downloads_30d >= 100_000 and coalesce(counted.descendants, 0) < 10
),
unlisted as (
    select large.*
    from large
    anti join held on held.model_key = large.root_key
),
-- Descendants that a family holds are named already; one of several roots counts for its primary one.
unnamed as (
    select pair.root_key, count(*) as models, sum(reading.downloads_30d)::bigint as downloads_30d
    from base.model_family as pair
    join unlisted using (root_key)
    join reading using (model_key)
    anti join held using (model_key)
    where pair.is_primary and pair.depth > 0
    group by pair.root_key
)
select
    model.hub_id as root, model.id as name, account.maker, model.created_at, unlisted.descendants,
    reading.downloads_30d,
    coalesce(unnamed.models, 0) + if(reading.model_key is null, 0, 1) as models_unnamed,
    case
        when reading.downloads_30d is not null or unnamed.downloads_30d is not null
            then coalesce(reading.downloads_30d, 0) + coalesce(unnamed.downloads_30d, 0)
    end as downloads_30d_unnamed,
    model.first_seen, newest.week
from unlisted
join core.model as model on model.model_key = unlisted.root_key
cross join newest
left join reading on reading.model_key = unlisted.root_key
left join unnamed on unnamed.root_key = unlisted.root_key
left join (
    select lower(organisation) as author, any_value(maker) as maker
    from (select unnest(organisations) as organisation, maker from core.maker)
    group by all
) as account on account.author = lower(model.author)
