-- One row for each question of meta.question that a short view answers: few enough for a terminal to show them whole.
select question, regexp_replace(example, '\s+', ' ', 'g') as example
from meta.question
where look_in like 'main.%'
order by number
