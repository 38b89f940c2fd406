-- Sentence: the best-rated and the most downloaded open model of the first board. At most one row.
with model as (from charts.rating_and_downloads where board = 'Arena text' and downloads_30d is not null)
select
    'Of the open models in the Arena, ' || arg_max(id, (rating, id)) || ' is rated best ('
    || printf('%.0f', max(rating)) || '), and ' || arg_max(id, (downloads_30d, id)) || ' is downloaded most.'
from model
having count(*) > 0
