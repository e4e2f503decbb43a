"""How CDISC spells tabulation data: data sets in the manner of SDTM, and the Define-XML that describes them.

Knows which of the trial's facts stand under which of the standard's names. Refuses to code what nobody has coded: no term
of MedDRA or LOINC is made up, and a measure that nobody has placed in a domain of the standard stays in the trial's own.
"""
