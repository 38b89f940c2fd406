-- Sentence: how many claims hold, and with how many sources that were read agree. At most one row.
select
    count(*) filter (verdict = 'holds') || ' of ' || count(*) || ' claims follow from their publication''s figures and '
    || count(*) filter (verdict = 'does not follow') || ' do not. Sources that were read agree with '
    || count(*) filter (against_sources = 'agrees' and source_certainty = 'certain') || ' and disagree with '
    || count(*) filter (against_sources = 'disagrees' and source_certainty = 'certain') || '; '
    || count(*) filter (against_sources <> 'no source' and source_certainty = 'likely') || ' more are not verified.'
from charts.claim_audit
having count(*) > 0
