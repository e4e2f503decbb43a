"""Analysis without a trial: the estimators on a table that a statistician already has, by a plan of its own.

Knows how to read people out of a table, wide (one row a person) or long (one row a person and visit), from a file, from
a mapping of columns or from a data frame of any make, and what a plan says about it. Everything is read strictly: what
is not as the plan says is an issue with its line and column, and no cell is repaired or guessed at.

Refuses to know: what a protocol, a ledger or a vault is. Whoever brings arms in a table may see them.
"""

from armlet.analysis.data.plan import DataPlan, load_plan
from armlet.analysis.data.run import DataResult, analyse, estimate
from armlet.analysis.data.table import read_csv, table_of

__all__ = ["DataPlan", "DataResult", "analyse", "estimate", "load_plan", "read_csv", "table_of"]
