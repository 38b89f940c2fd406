-- Published speeds. One row for each model and accelerator.
select
    model || ' (' || digits(parameters_b) || 'B)' as row, hardware as series, tokens_per_second as value, source,
    qualified(digits(tokens_per_second), qualifier) as shown, hardware || ': ' || split_part(note, ';', 1) as note,
    model || ' on ' || hardware || ': '
    || coalesce(
        qualified(digits(tokens_per_second), qualifier)
        || ' tokens per second', note, 'no figure'
    ) as sentence
from charts.inference_speed
where basis = 'published'
order by parameters_b, model, series
