"""One module a command: Django finds them by their names and runs the class `Command` of each."""
