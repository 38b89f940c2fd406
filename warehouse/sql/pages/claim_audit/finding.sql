-- Sentence: how many claims hold, do not follow, or cannot be checked. At most one row.
select
    count(*) filter (verdict = 'holds') || ' of ' || count(*) || ' claims of the post hold, '
    || count(*) filter (verdict = 'does not follow') || ' do not follow from the figures reported with them, and '
    || count(*) filter (verdict = 'cannot be checked') || ' cannot be checked.'
from charts.claim_audit
having count(*) > 0
