"""Whole jobs, each of which reads as five to eight verbs."""
