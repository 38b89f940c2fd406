-- One row for each widest family: its roots and their derivatives in the newest week. Each model counts only once.
with newest as (select max(week) as week from core.family_reading),
placed as (
    select distinct listed.family, model.model_key, 0::smallint as depth, null::varchar as relation
    from core.family as listed
    join core.model as model using (hub_id)
    where listed.part_of is null
    union all
    select member.family, member.model_key, member.depth, member.relation
    from core.family_member as member
    join newest using (week)
    where member.family in (select family from core.family where part_of is null)
),
-- A model that descends from two families, such as a merge, counts for the nearer one.
once as (
    select model_key, arg_min({'family': family, 'depth': depth, 'relation': relation}, (depth, family)) as place
    from placed
    group by model_key
),
counted as (
    select
        place.family,
        count(*) as models,
        count(*) filter (place.depth = 0) as roots,
        count(*) filter (place.depth > 0) as derivatives,
        count(*) filter (place.relation = 'finetune') as finetunes,
        count(*) filter (place.relation = 'adapter') as adapters,
        count(*) filter (place.relation = 'quantized') as quantized,
        count(*) filter (place.relation = 'merge') as merges_made,
        count(*) filter (place.depth > 0 and place.relation is null) as unstated,
        sum(reading.downloads_30d)::bigint as downloads_30d,
        coalesce(sum(reading.downloads_30d) filter (place.depth = 0), 0)::bigint as downloads_30d_of_roots
    from once
    join (from base.model_week join newest using (week)) as reading using (model_key)
    group by place.family
)
select
    family, listed.title, downloads_30d, downloads_30d_of_roots,
    downloads_30d - downloads_30d_of_roots as downloads_30d_of_derivatives,
    models, roots, derivatives, finetunes, adapters, quantized, merges_made as "merges", unstated, newest.week
from counted
join (select family, any_value(title) as title from core.family group by family) as listed using (family)
cross join newest
order by downloads_30d desc nulls last
