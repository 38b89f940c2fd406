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
-- The first day on which each proprietary model is known to have been there: that of its release, or that on which it
-- joined the board, if that is earlier or no release is known.
joined as (
    select source, board, model, min(day) as joined_on
    from rated
    where openness = 'proprietary'
    group by all
),
begun as (select source, board, min(day) as began_on from board_row group by all),
dated as (
    select
        joined.source, joined.board, joined.model,
        coalesce(least(joined_on, released_on), joined_on) as since,
        if(released_on <= joined_on, 'release', 'board') as dated_by,
        -- What was there when the board began is older than that.
        coalesce(released_on <= joined_on, false) or joined_on > began_on as is_certain
    from joined
    join begun on begun.source = joined.source and begun.board = joined.board
    left join charts.arena_by_release as release
        on release.source = joined.source and release.board = joined.board and release.model = joined.model
),
-- Ratings are compared within one day only.
reached as (
    select
        open.source, open.board, open.day,
        arg_min(
            {'model': dated.model, 'since': since, 'dated_by': dated_by}, (since, -rated.score, dated.model)
        ) filter (rated.score >= open.score) as first,
        bool_and(is_certain) filter (rated.score >= open.score) as is_certain,
        min(since) as oldest_since
    from best as open
    join rated
        on rated.source = open.source and rated.board = open.board and rated.day = open.day
        and rated.openness = 'proprietary'
    join dated on dated.source = rated.source and dated.board = rated.board and dated.model = rated.model
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
    if(coalesce(closed.below, closed.above, open.below, open.above) is null, null, 95) as interval_pct,
    reached.first.model as first_proprietary_model, reached.first.since as first_proprietary_on,
    reached.first.dated_by as first_proprietary_dated_by,
    date_diff('day', reached.first.since, counted.day) / 30.4375 as lag_months,
    case
        when open.model is null or closed.model is null then null
        when reached.first is null then 'right'
        when not reached.is_certain or reached.first.since = reached.oldest_since then 'left'
        else 'none'
    end as lag_censoring,
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
