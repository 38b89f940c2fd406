"""Schedules: the weekly refresh, every Monday."""

import dagster as dg

from pipelines.jobs import weekly_refresh

# Monday 06:00 UTC. A machine that was asleep then refreshes once when its daemon is back; a week that was missed stays
# missing, because the sources tell only their present state.
every_monday = dg.ScheduleDefinition(
    name="every_monday",
    job=weekly_refresh,
    cron_schedule="0 6 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
