-- One row for each account on the Hub that core.maker names.
select unnest(organisations) as organisation, maker
from core.maker
