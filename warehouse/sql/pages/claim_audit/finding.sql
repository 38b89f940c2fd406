-- Sentence: how many claims hold, and with how many sources that were read agree. At most one row.
select
    count(*) filter (verdict = 'holds') || ' of ' || count(*) || ' claims follow from their publication''s figures, '
    || count(*) filter (verdict = 'does not follow') || ' do not. First-hand sources agree with '
    || count(*) filter (against_sources = 'agrees' and source_told = 'first-hand' and source_certainty = 'certain')
    || ' and disagree with '
    || count(*) filter (against_sources = 'disagrees' and source_told = 'first-hand' and source_certainty = 'certain')
    || ', reports with '
    || count(*) filter (against_sources = 'agrees' and source_told = 'reported' and source_certainty = 'certain')
    || ' and '
    || count(*) filter (against_sources = 'disagrees' and source_told = 'reported' and source_certainty = 'certain')
    || '; unverified: '
    || count(*) filter (against_sources <> 'no source' and source_certainty = 'likely') || '.'
from charts.claim_audit
having count(*) > 0
