"""Campaigns: what befalls a warehouse, many times over, from a seed; each prints a table and a verdict."""
