"""One module for each format that a locked trial is exported to; each offers one ``METHOD``, none imports another.

Knows the spelling of its format and nothing of how an answer is come by: that is the results form's to know.
"""
