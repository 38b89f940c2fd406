-- One row for each derivative of a family in the newest week: its depth, its relation and its downloads. core.model has
-- the counters of the newest walk: NULL here if families were last counted in an earlier week.
select
    member.depth, member.relation, model.id, model.hub_id, model.author, model.licence,
    if(model.last_seen = member.week, model.downloads_30d_now, null) as downloads_30d,
    if(model.last_seen = member.week, model.downloads_all_time_now, null) as downloads_all_time,
    if(model.last_seen = member.week, model.likes_now, null) as likes,
    member.is_own, member.is_quantized_copy, member.week
from (
    select
        if(
            list_contains(families, family_name),
            family_name,
            error(concat(
                'there is no family ', coalesce(family_name, 'NULL'), '; choose one of: ',
                array_to_string(families, ', ')
            ))
        ) as family
    from (select list(distinct family order by family) as families from core.family)
) as asked
cross join (select max(week) as week from core.family_reading) as newest
join core.family_member as member using (week, family)
join core.model as model using (model_key)
order by downloads_30d desc nulls last, member.model_key -- by number: names are read only if selected
