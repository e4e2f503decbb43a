"""How the table of the open strand came to be, step by step; a step that was released is never changed."""
