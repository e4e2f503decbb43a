"""The layouts in which registry records are met, one module each: recognised by content, never by file name.

Each module knows one layout and offers one `armlet.registry.accounting.RegistryFormat` named `METHOD`. None knows of
another, and none knows what is done with the record.
"""
