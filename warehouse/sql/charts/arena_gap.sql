-- One row for each board and day of publication: the best open and the best proprietary model, by the labels of that
-- day.
with board_row as (
    select
        source, benchmark as board, published_on as day, model, openness, score, votes,
        -- Fewer votes are too uncertain. In 2023 the board stated no votes: those rows count.
        coalesce(votes >= 100, true) as counts,
        -- NULL without an interval: greatest() alone would ignore the NULL and return 0.
        if(low is not null, greatest(score - low, 0), null) as below,
        if(high is not null, greatest(high - score, 0), null) as above
    from core.benchmark_score
    where unit = 'rating points'
),
rated as (select * from board_row where counts),
best as (
    select *
    from rated
    where openness <> 'unknown'
    qualify row_number() over (
        partition by source, board, day, openness order by score desc, votes desc nulls last, model
    ) = 1
),
counted as (
    select
        source, board, day,
        count(*) filter (counts and openness = 'open') as open_models,
        count(*) filter (counts and openness = 'proprietary') as proprietary_models,
        count(*) filter (counts and openness = 'unknown') as unknown_models
    from board_row
    group by all
),
-- The day on which each proprietary model joined the board. Ratings are compared within one day only.
joined as (
    select source, board, model, min(day) as joined_on
    from rated
    where openness = 'proprietary'
    group by all
),
reached as (
    select open.source, open.board, open.day, min(joined.joined_on) as since
    from best as open
    join rated as ahead
        on ahead.source = open.source and ahead.board = open.board and ahead.day = open.day
        and ahead.openness = 'proprietary' and ahead.score >= open.score
    join joined on joined.source = ahead.source and joined.board = ahead.board and joined.model = ahead.model
    where open.openness = 'open'
    group by all
)
select
    counted.day as period_start, 'day' as date_precision, counted.board,
    open.model as best_open_model, open.score as best_open_rating,
    closed.model as best_proprietary_model, closed.score as best_proprietary_rating,
    round(closed.score - open.score, 9) as gap_points,
    closed.score - open.score - sqrt(pow(closed.below, 2) + pow(open.above, 2)) as gap_low,
    closed.score - open.score + sqrt(pow(closed.above, 2) + pow(open.below, 2)) as gap_high,
    date_diff('day', reached.since, counted.day) / 30.4375 as lag_months,
    counted.open_models, counted.proprietary_models, counted.unknown_models,
    'measured' as basis, counted.source
from counted
left join best as open
    on open.source = counted.source and open.board = counted.board and open.day = counted.day and open.openness = 'open'
left join best as closed
    on closed.source = counted.source and closed.board = counted.board and closed.day = counted.day
    and closed.openness = 'proprietary'
left join reached
    on reached.source = counted.source and reached.board = counted.board and reached.day = counted.day
