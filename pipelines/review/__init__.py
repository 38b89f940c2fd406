"""What waits for a person: rows proposed for the curated lists, accepted one by one."""
