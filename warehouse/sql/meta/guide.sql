-- One row for each question of meta.question, in the columns that a terminal of 100 characters can show.
select number, question, example
from meta.question
order by number
