-- One row for each question of meta.question that a short view answers, with the query in one line.
select question, regexp_replace(example, '\s+', ' ', 'g') as example
from meta.question
where look_in like 'main.%'
order by number
