-- One row for each model of which more is known than its own record says: former names, events, descendants, families,
-- ratings and prices.
with former as (
    select model.model_key, list(distinct former.id order by former.id) as former_names
    from base.model_name as former
    join core.model as model on model.hub_id = former.hub_id and model.id <> former.id
    group by model.model_key
),
event as (
    select
        model_key,
        list({'week': week, 'event': event, 'before': before, 'after': after} order by week, event) as events
    from base.model_event
    where event <> 'added'
    group by model_key
),
descended as (
    select ancestor_key as model_key, count(*) as descendants from base.model_ancestor group by ancestor_key
),
family as (
    select model_key, list(distinct family order by family) as families
    from core.family_member
    where week = (select max(week) from core.family_member)
    group by model_key
),
-- The roots of a family are no members of it.
root as (
    select model.model_key, list(distinct family.family order by family.family) as families
    from core.family as family
    join core.model as model using (hub_id)
    group by model.model_key
),
rated as (
    select
        model.model_key,
        list(
            {
                'board': rated.board, 'model': rated.model, 'rating': rated.rating, 'low': rated.rating_low,
                'high': rated.rating_high, 'day': rated.period_start, 'source': rated.source
            }
            order by rated.board, rated.source, rated.rating desc
        ) as ratings
    from charts.rating_and_downloads as rated
    join core.model as model using (hub_id)
    group by model.model_key
),
priced as (
    select
        model.model_key,
        list(
            {
                'offer': price.id, 'input': price.input_usd_per_million, 'output': price.output_usd_per_million,
                'week': price.week, 'source': price.source
            }
            order by price.blended_usd_per_million, price.id
        ) as prices
    from core.token_price as price
    join core.model_match as match on match.system = 'openrouter' and match.name = price.model
    join core.model as model using (hub_id)
    where price.week = (select max(week) from core.token_price)
    group by model.model_key
)
select
    model_key, former.former_names, event.events, descended.descendants,
    list_sort(list_distinct(list_concat(family.families, root.families))) as families,
    rated.ratings, priced.prices
from former
full join event using (model_key)
full join descended using (model_key)
full join family using (model_key)
full join root using (model_key)
full join rated using (model_key)
full join priced using (model_key)
order by model_key
