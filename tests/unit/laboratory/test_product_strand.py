"""The product strand on a disk: encrypted, of one size, all or none, and another than the vault's."""

from __future__ import annotations

from pathlib import Path

import pytest

from armlet.allocation.sealed_strand import ENVELOPE as SEALED
from armlet.allocation.sealed_strand import VaultKey
from armlet.conduct.commands import By
from armlet.errors import SealBroken
from armlet.laboratory.answer import Accepted, Refused
from armlet.laboratory.strand import ENVELOPE, ProductKey, ProductStrand, verify_product
from armlet.ledger import product_events as p
from armlet.ledger.encrypted import Envelope, StrandMoved
from armlet.protocol.model import Role
from tests.unit.laboratory.conftest import Bench

KEY = ProductKey(bytes(32))


def _strand(path: Path) -> ProductStrand:
    return ProductStrand(KEY, path, lambda seq: seq.to_bytes(12, "big"))


def test_every_line_has_one_size_and_nothing_of_it_can_be_read(tmp_path: Path) -> None:
    bench = Bench(path=tmp_path / "product.jsonl").opened().donor().made().given()
    data = (tmp_path / "product.jsonl").read_bytes()
    lines, breaks = verify_product(data, bench.strand.head())

    assert breaks == []
    assert {len(line.sealed) for line in lines} == {4096 + 16}
    for word in (b"P1", b"sham", b"donor", b"Mia"):
        assert word not in data.replace(b'"previous"', b"").split(b'"sealed":"')[1][:20]
    assert _strand(tmp_path / "product.jsonl").entries() == bench.strand.entries()


def test_a_line_of_the_vault_is_none_of_the_product_even_under_one_key() -> None:
    line = Envelope("sealed", 4096).seal(1, b"{}", VaultKey(bytes(32)), bytes(12), "sha256:" + "0" * 64)

    with pytest.raises(SealBroken, match="product entry 1 does not open"):
        ENVELOPE.unseal(line, KEY)
    with pytest.raises(SealBroken, match="altered"):
        SEALED.decode_line(line.encode())


def test_neither_key_nor_entry_nor_event_prints_what_it_holds() -> None:
    bench = Bench().opened().donor()

    said = repr((KEY, bench.strand, bench.entries, [entry.event for entry in bench.entries]))
    said += str([str(entry.event) for entry in bench.entries]) + "".join(str(entry) for entry in bench.entries)
    assert "P1" not in said
    assert "D-1" not in said
    assert "00000000" not in said


def test_two_at_once_decide_on_what_is_true(tmp_path: Path) -> None:
    one = Bench(path=tmp_path / "product.jsonl").opened()
    other = Bench(path=tmp_path / "product.jsonl")
    other.now = one.now
    record = p.DonorRegistered(donor="D-1", participant="P1")

    first, second = one.ask(record), other.ask(record)

    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert [issue.rule for issue in second.issues] == ["laboratory/donor-known", "laboratory/donor-known"]
    assert one.state.last == other.state.last == 4


def test_who_did_not_look_again_writes_nothing(tmp_path: Path) -> None:
    bench = Bench(path=tmp_path / "product.jsonl").opened()
    late = _strand(tmp_path / "product.jsonl")
    bench.donor()

    with pytest.raises(StrandMoved):
        late.append([bench.entries[0].model_copy(update={"seq": 4})])


def test_a_line_that_a_crash_cut_off_is_set_aside_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "product.jsonl"
    bench = Bench(path=path).opened()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:200])

    again = _strand(path)

    assert again.entries() == bench.strand.entries()
    assert "recovered to entry 3" in again.recovered
    assert path.read_bytes() == whole


def test_an_altered_line_opens_for_nobody(tmp_path: Path) -> None:
    path = tmp_path / "product.jsonl"
    Bench(path=path).opened()
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)

    with pytest.raises(SealBroken):
        _strand(path)


def test_a_record_with_more_than_an_entry_can_hold_is_refused(bench: Bench) -> None:
    bench.donor().collected()
    bench.do(bench.culture())
    names = tuple(f"CONTAINER-OF-A-VERY-LONG-NAME-{number:04}" for number in range(60))

    assert bench.refused(bench.cells(containers=names)) == ["laboratory/too-long"]


def test_several_records_are_written_as_one_or_not_at_all(tmp_path: Path) -> None:
    bench = Bench(path=tmp_path / "product.jsonl").opened()
    good = p.DonorRegistered(donor="D-1", participant="P1")
    by = bench.entries[-1]
    who = [(record, _by(by.actor, bench)) for record in (good, good)]

    decisions = bench.door.ask_all(who)
    assert [type(one) for one in decisions] == [Accepted, Refused]
    assert len(bench.entries) == 3
    assert [type(one) for one in bench.door.ask_all(who[:1])] == [Accepted]
    assert len(_strand(tmp_path / "product.jsonl").entries()) == 4


def _by(actor: str, bench: Bench) -> By:
    return By(actor, Role.CELL_LABORATORY, bench.now)
