"""What the protocol says of a product's making and giving stands in its prose, each part with its source."""

from __future__ import annotations

from pathlib import Path

from armlet.protocol.load import read_protocol
from armlet.protocol.prose import assumptions, render_protocol

BASE = (Path(__file__).parents[2] / "spec/checks/base.yaml").read_text("utf-8")
SOURCE = "source: {assumed: {because: a test, confirm: the cell laboratory}}"
PARTS = f"""    specification: "3"
    donors: {{{SOURCE}, rules: [us, eu], tissue: bone_marrow, leukocyte_rich: true, also_tested: [t_cruzi_antibody]}}
    culture:
      {SOURCE}
      first_passage: 0
      highest_passage: 4
      most_doublings: 15 1
      slow_growth: 2 1
    storage:
      - {{id: box, {SOURCE}, label: box to the ward, lowest: 1 Cel, highest: 9 Cel, longest: 3 h}}
      - {{id: bench, {SOURCE}, label: bench}}
    administration:
      {SOURCE}
      before_expiry: end
      fastest: 4 mL/min
      endotoxin_limit: 4 [EU]/kg
      dmso_fraction: 8 %
      dmso_density: 1.1 g/mL
      dmso_limit: 0.9 g/kg
    failure:
      {SOURCE}
      then: [collect again, follow without a dose]
      collections: 2
      imitated: true
    out_of_specification: {{{SOURCE}, needs: [risk_evaluation, physician_request]}}
    shelf_life: 6 h
"""
WANTED = """- Release specification, version: 3
- Donors are judged by the rules us and eu for bone marrow, rich in white cells; also tested: t cruzi antibody
- Culture: at most 15 doublings, to passage 4; the first is passage 0; an alert when doubling takes more than 2 times as long
- Storage, box to the ward: at least 1 °C, at most 9 °C and no longer than 3 hours
- Storage, bench: no limits are laid down
- Administration: its end comes before the expiry; no faster than 4 mL/min; endotoxin in the worst hour at most 4 EU/kg; \
DMSO in the frozen product 8 %; of density 1.1 g/mL; DMSO at most 0.9 g/kg
- When a product fails after allocation: collect again then follow without a dose; at most 2 collections in all; \
the same steps are imitated for the sham. Nobody changes arm
- A lot out of specification may be given at a physician's request; needed, in this order: risk evaluation and \
physician request"""


def test_every_part_of_making_and_giving_is_told() -> None:
    protocol, _ = read_protocol(BASE.replace("    shelf_life: 6 h\n", PARTS), "base.yaml")
    prose = render_protocol(protocol)
    assert [line for line in WANTED.splitlines() if line not in prose] == []
    told = {item.path: item.assumed for item in assumptions(protocol)}
    assert told["products.airway_cells.culture"].startswith("Culture: at most 15 doublings")


def test_what_a_dose_says_beyond_its_limits_is_told() -> None:
    more = """weight_change_limit: 5 %
      counted: delivered
      weight_query_limit: 10 %
      weight_cap: 110 kg
      count_variation_limit: 9 %
      uncertainty_limit: 11 %
      bags: {cells: 30 10*6}
"""
    protocol, _ = read_protocol(BASE.replace("weight_change_limit: 5 %\n", more), "base.yaml")
    prose = render_protocol(protocol)
    for line in (
        "- Cells are counted delivered",
        "- A change of weight is asked about above 10 %",
        "- Whoever is heavier is dosed as if weighing 110 kg",
        "- Counts are repeated when they vary by more than 9 %",
        "- The dose may be uncertain by at most 11 %",
        "- It comes in whole bags of cells, each of 30 × 10^6",
    ):
        assert line in prose, line
