"""The rules of the product, one module a stretch of its way: each looks and yields issues, none changes anything."""
