-- Sentence: how many models appeared and disappeared over all weeks. At most one row.
select
    case
        when count(births) = 0 then 'Models that appear and disappear are counted from the second week on.'
        else 'In ' || count(births) || if(count(births) = 1, ' week ', ' weeks ') || whole(sum(births))
            || if(sum(births) = 1, ' model', ' models') || ' appeared, of which ' || whole(sum(births_gone))
            || if(sum(births_gone) = 1, ' is', ' are') || ' gone, and ' || whole(sum(deaths))
            || if(sum(deaths) = 1, ' model', ' models') || ' of any age disappeared.'
    end
from charts.births_and_deaths
having count(*) > 0
