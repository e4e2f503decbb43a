"""The command line: one module a verb, each with `NAME`, `HELP`, `add_arguments` and `run`.

Knows how words typed in a shell become calls of the other packages, where an answer is printed, and which exit code it
ends with. Refuses to know any rule of a trial: what may be done, and what a file means, is decided in the packages that
a verb calls. A verb's module is imported only when the verb is asked for, so that help stays quick.
"""
