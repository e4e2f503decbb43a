"""A record in the XML that ClinicalTrials.gov's registration system (PRS) takes: protocol section and results.

Knows the names and pick-lists of the upload schemas (``ProtocolRecordSchema.xsd`` of 2018-05-08, ``RRSUploadSchema.xsd`` of
2017-04-18, U.S. National Library of Medicine). The schemas take any text for a pick-list, so its values are looked after
here. Refuses to invent: what the record leaves out is left out, or stands empty and is listed where the schema needs it.
"""
