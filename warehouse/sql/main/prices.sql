-- One row for each model of the newest price list: the price of its plain offer, unless that is free.
select
    model, name, openness, input_usd_per_million, output_usd_per_million, blended_usd_per_million, context_length,
    hugging_face_id, listed_on, week, source
from core.token_price
where variant is null and blended_usd_per_million > 0
qualify week = max(week) over ()
order by blended_usd_per_million
