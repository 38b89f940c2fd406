-- One row for each training run and cost method: every step of the estimate.
with assumed as (select low as mfu_default from core.cost_assumption where assumption = 'mfu_default'),
run as (
    select
        run.*, coalesce(mfu, mfu_default) as used_mfu, hour.method, hour.peak_flop_per_s,
        hour.price_low_usd, hour.price_high_usd, hour.arithmetic as price_arithmetic,
        hardware_quantity * training_hours as chip_hours_by_time,
        training_flop / (peak_flop_per_s * coalesce(mfu, mfu_default)) / 3600 as chip_hours_by_formula
    from core.training_run as run, assumed
    -- Several types of accelerators in one cell match none: their shares are not stated.
    join core.accelerator_hour as hour on hour.hardware = run.hardware and hour.source = run.source
    where run.base_model is null and run.finetune_flop is null
),
chosen as (
    select
        *, chip_hours as chip_hours_reported,
        coalesce(chip_hours, chip_hours_by_time, chip_hours_by_formula) as hours,
        case
            when chip_hours is not null then 'reported'
            when chip_hours_by_time is not null then 'accelerators x hours'
            when chip_hours_by_formula is not null then 'formula'
        end as chip_hours_method
    from run
)
select
    model, published_on, date_precision, method, open_weights, training_flop, hardware, peak_flop_per_s,
    used_mfu as mfu, chip_hours_reported, chip_hours_by_time, chip_hours_by_formula, hours as chip_hours,
    chip_hours_method, price_low_usd, price_high_usd,
    hours * price_low_usd as cost_low_usd, hours * price_high_usd as cost_high_usd,
    concat_ws(
        '; ',
        format('chip-hours, {}: {:.4g}', chip_hours_method, hours),
        'by formula: ' || format('{:.3g}', training_flop) || ' FLOP / (' || format('{:.4g}', peak_flop_per_s)
            || ' FLOP/s x ' || format('{:.4g}', used_mfu) || if(mfu is null, ' (default MFU)', ' (MFU)')
            || ') / 3600 = ' || format('{:.4g}', chip_hours_by_formula),
        'by time: ' || format('{:.0f}', hardware_quantity) || ' x ' || format('{:.4g}', training_hours) || ' h = '
            || format('{:.4g}', chip_hours_by_time),
        price_arithmetic,
        format('{:.4g} x ${:.4g}-{:.4g} = ${:.4g}-{:.4g}', hours, price_low_usd, price_high_usd,
            hours * price_low_usd, hours * price_high_usd)
    ) as arithmetic,
    source
from chosen
where hours is not null
