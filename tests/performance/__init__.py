"""Measurements that anyone can repeat: each step beside what a user would do instead, in the same run."""
