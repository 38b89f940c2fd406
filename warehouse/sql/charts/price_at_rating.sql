-- One row for each week, board, rating and openness: the cheapest model that is rated at least so high.
with rated as (
    select source, benchmark as board, published_on, model, score as rating
    from core.benchmark_score
    where unit = 'rating points' and score is not null
),
offer as (
    select
        week, source, model as offer, openness, hugging_face_id,
        input_usd_per_million, output_usd_per_million, blended_usd_per_million,
        regexp_replace(lower(regexp_replace(model, '^.*/', '')), '-20[0-9]{2}-?[01][0-9]-?[0-3][0-9]$', '') as name
    from core.token_price
    where variant is null and blended_usd_per_million > 0
),
-- The newest publication of each board up to the end of the week.
newest as (
    select weeks.week, boards.board, max(boards.published_on) as published_on
    from (select distinct week from offer) as weeks
    join (select distinct board, published_on from rated) as boards on boards.published_on < weeks.week + 7
    group by all
),
-- By the repository that both mean, or by the same name but for a date behind it.
named as (
    select distinct
        rated.model,
        regexp_replace(
            regexp_replace(lower(rated.model), '-20[0-9]{2}-?[01][0-9]-?[0-3][0-9]$', ''), '[^a-z0-9]', '', 'g'
        ) as name,
        match.id as repository
    from rated
    left join core.model_match as match
        on match.system = regexp_replace(rated.source, '^sandbox_', '') and match.name = rated.model
),
priced as (
    select distinct
        offer.week, newest.board, newest.published_on, rated.model, rated.rating, offer.offer, offer.openness,
        offer.input_usd_per_million, offer.output_usd_per_million, offer.blended_usd_per_million, offer.source
    from offer
    join named
        on named.repository = offer.hugging_face_id or named.name = regexp_replace(offer.name, '[^a-z0-9]', '', 'g')
    join newest on newest.week = offer.week
    join rated
        on rated.board = newest.board and rated.published_on = newest.published_on and rated.model = named.model
),
step as (
    select board, unnest(range(1000, max(rating)::integer + 1, 50)) as rating_at_least
    from priced
    group by board
)
select
    priced.week as period_start, 'week' as date_precision, priced.board, step.rating_at_least, priced.openness,
    arg_min(priced.model, (blended_usd_per_million, -rating, priced.model)) as model,
    arg_min(rating, (blended_usd_per_million, -rating, priced.model)) as rating,
    arg_min(offer, (blended_usd_per_million, -rating, priced.model)) as offer,
    arg_min(input_usd_per_million, (blended_usd_per_million, -rating, priced.model)) as input_usd_per_million,
    arg_min(output_usd_per_million, (blended_usd_per_million, -rating, priced.model)) as output_usd_per_million,
    min(blended_usd_per_million) as blended_usd_per_million,
    count(distinct offer) as models, priced.published_on as rated_on, 'measured' as basis, priced.source
from priced
join step on step.board = priced.board and priced.rating >= step.rating_at_least
group by all
