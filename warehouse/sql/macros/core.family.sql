-- One row for each derivative of a family in the newest week: its depth, its relation and its downloads. Only that week
-- and those models are read from the other tables.
select
    member.depth, member.relation, model.id, model.hub_id, model.author, model.licence,
    reading.downloads_30d, reading.downloads_all_time, reading.likes,
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
left join base.model_week as reading using (week, model_key)
order by reading.downloads_30d desc nulls last, member.model_key -- by number: names are read only if selected
