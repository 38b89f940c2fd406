"""Measurements that anyone can repeat: each beside what a user would do instead, in the same run."""
