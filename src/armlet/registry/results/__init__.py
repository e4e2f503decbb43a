"""The results that a registry shows: flow, baseline, outcomes, adverse events, as typed rows of the v2 API.

Knows the fields and enumerations of ``resultsSection``, how older layouts spelt the same rows, and which groups of the
sections are the same arm. Refuses to know whether a number is right: it reads and writes what it is given, and what it
does not know it keeps and lists.
"""
