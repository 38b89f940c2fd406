"""Schedules: the weekly refresh, every Monday."""

import dagster as dg

from pipelines.jobs import weekly_refresh

# Monday 06:00 UTC. If the machine was asleep then, the daemon starts one refresh when it is back. A missed week stays
# missing: the sources show only their present state.
every_monday = dg.ScheduleDefinition(
    name="every_monday",
    job=weekly_refresh,
    cron_schedule="0 6 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
