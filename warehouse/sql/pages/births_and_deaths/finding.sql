-- Sentence: how many models appeared and disappeared over all weeks. At most one row.
select
    whole(sum(births)) || if(sum(births) = 1, ' model', ' models') || ' appeared in ' || count(births)
    || if(count(births) = 1, ' week', ' weeks') || ', and '
    || case sum(births_gone)
        when 0 then 'none of them has' when 1 then '1 of them has' else whole(sum(births_gone)) || ' of them have'
    end
    || ' disappeared since; ' || whole(sum(deaths)) || if(sum(deaths) = 1, ' model', ' models')
    || ' of any age disappeared in the same weeks, which a chart of today''s models does not show.'
from charts.births_and_deaths
having count(births) > 0
