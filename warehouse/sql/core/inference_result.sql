-- One row for each benchmark run of a setting and day: its latest version. A newer run of the same setting is another
-- row; a corrected run replaces the earlier version.
select * exclude (is_withdrawn)
from (
    from base.inference_result
    qualify row_number() over (
        partition by
            source, model, hardware, gpus, framework, precision, disaggregated, settings, isl, osl, concurrency,
            counted_per, run, measured_on
        order by recorded_at desc
    ) = 1
)
where not is_withdrawn
