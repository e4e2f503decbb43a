"""What iglu_python 0.4.3 says of regular traces (five minutes apart, mg/dL); run in an environment of its own.

    python3 -m venv env && env/bin/pip install iglu_python==0.4.3 && env/bin/python iglu_python.py > iglu_python.json

The values are whole numbers from a fixed recurrence, so that the other side needs no random generator.
"""

import importlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent.resolve()]
ig = importlib.import_module("iglu_python")
pd = importlib.import_module("pandas")


def trace(seed: int) -> list[int]:
    """288 whole numbers from 40 to 300, mild steps."""
    level, state, found = 120, seed, []
    for _ in range(288):
        state = (1103515245 * state + 12345) % 2**31
        level = min(max(level + state // 65536 % 31 - 15, 40), 300)
        found.append(level)
    return found


def frame(values: list[int]):
    times = pd.date_range("2024-01-01", periods=len(values), freq="5min")
    return pd.DataFrame({"id": "a", "time": times, "gl": [float(value) for value in values]})


def answers(values: list[int]) -> dict[str, float]:
    data = frame(values)
    below, above = ig.below_percent(data, [54, 70]), ig.above_percent(data, [180, 250])
    return {
        "below_54": below["below_54"].item(),
        "below_70": below["below_70"].item(),
        "in_range": ig.in_range_percent(data, [[70, 180]])["in_range_70_180"].item(),
        "above_180": above["above_180"].item(),
        "above_250": above["above_250"].item(),
        "mean": ig.mean_glu(data)["mean"].item(),
        "sd": ig.sd_glu(data)["SD"].item(),
        "cv": ig.cv_glu(data)["CV"].item(),
        "gmi": ig.gmi(data)["GMI"].item(),
    }


edges = [53, 54, 69, 70, 180, 181, 250, 251]
traces = [edges, *(trace(seed) for seed in (1, 2, 3, 4))]
print(
    json.dumps(
        {
            "python": sys.version.split()[0],
            "iglu_python": version("iglu_python"),
            "pandas": version("pandas"),
            "traces": [{"values": values, "answers": answers(values)} for values in traces],
        }
    )
)
