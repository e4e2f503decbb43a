"""Settings of Django, one module a process: which parts it mounts and which databases it may know.

A process that shows things to blinded roles is given settings in which no sealed database occurs.
"""
