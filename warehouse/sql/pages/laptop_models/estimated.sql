-- Text models whose weights fit into memory. One row for each memory size, precision and week.
select
    digits(ram_gb) || ' GB' as memory, bits || ' bits per weight' as series, period_start as day,
    models_low as value, source,
    bits || ' bits: ' || whole(models_low) as label,
    week_number(period_start) - row_number() over (
        partition by ram_gb, bits, source order by period_start
    ) as stretch,
    'Week of ' || on_day(period_start) || ', ' || digits(ram_gb) || ' GB, ' || bits || ' bits: at least '
    || whole(models_low) || ' of ' || whole(models_known) || ' with a known size' as sentence
from charts.laptop_models
where basis = 'estimated' and models_low is not null
order by ram_gb <> 16, ram_gb, bits, day
