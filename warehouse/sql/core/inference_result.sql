-- A newer run of a setting stands beside the older one, each under its day; a corrected run replaces itself.
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
