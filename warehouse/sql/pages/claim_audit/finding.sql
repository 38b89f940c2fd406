-- Sentence: how many claims hold and agree with first-hand sources. At most one row.
select
    count(*) filter (verdict = 'holds') || ' of ' || count(*) || ' claims follow from their publication''s figures, '
    || count(*) filter (verdict = 'does not follow') || ' do not, and '
    || count(*) filter (verdict = 'cannot be checked') || ' cannot be checked with them. First-hand sources agree with '
    || count(*) filter (against_sources = 'agrees') || ' and disagree with '
    || count(*) filter (against_sources = 'disagrees') || '.'
from charts.claim_audit
having count(*) > 0
