"""What registries publish about a trial: reads a record into the shape of the ClinicalTrials.gov v2 API.

Knows the fields and enumerations of that API, the layouts in which records are met, and which word of which line each
value came from. Refuses to know what a trial needs beyond its record: it fills nothing in silently, it corrects no
spelling, and it does not decide whether a record makes a trial that can be run.
"""
