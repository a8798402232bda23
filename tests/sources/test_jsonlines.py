from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.engine.duckdb import connect
from custseg.errors import DataError
from custseg.sources.table import Loaded, Rejected
from custseg.sources.text.jsonlines import JsonLines, open_json_lines
from tests.conftest import examples


def opened(content: str | bytes, folder: Path) -> JsonLines:
    path = folder / "orders.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_json_lines(path, "orders.jsonl")


def loaded(content: str | bytes, folder: Path, *columns: str) -> Loaded:
    table = opened(content, folder)
    return table.load(columns or table.header, connect(), folder)


def rows_of(found: Loaded) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in found.rows.to_pyarrow().to_pylist()]


def test_numbers_stay_as_they_are_written(tmp_path):
    text = (
        '{"id": 17850, "price": 1.10, "n": 1e5}\n{"id": 00, "n": 1}\n'
        '{"id": -0.50, "n": 12345678901234567890}\n'
    )
    found = loaded(text, tmp_path, "id", "price", "n")
    assert rows_of(found) == [
        ("17850", "1.10", "1e5", 1),
        ("-0.50", None, "12345678901234567890", 3),
    ]
    assert found.rejected == (Rejected(2, "no valid JSON"),)


def test_fields_within_are_named_by_their_path_lists_are_json_and_truth_is_a_word(tmp_path):
    text = '{"id": "a", "item": {"sku": "é1", "n": [1.0, null, "x"]}, "paid": true}\n'
    assert opened(text, tmp_path).header == ("id", "item.sku", "item.n", "paid")
    assert rows_of(loaded(text, tmp_path)) == [("a", "é1", '[1.0, null, "x"]', "true", 1)]


def test_null_missing_and_empty_values_are_null(tmp_path):
    text = '{"a": 1, "b": null}\n{"a": 2}\n{"a": 3, "b": ""}\n{"c": 4}\n'
    assert rows_of(loaded(text, tmp_path, "a", "b")) == [
        ("1", None, 1),
        ("2", None, 2),
        ("3", None, 3),
    ]


def test_the_header_has_the_keys_of_all_first_objects(tmp_path):
    table = opened('{"id": 1, " n ": 2}\n{"ID": 3, "source_row": 4}\n', tmp_path)
    assert table.header == ("id", "n", "ID (2)", "source_row (2)")
    assert table.sample == (("1", "2", None, None), (None, None, "3", "4"))


def test_blank_lines_count_and_lines_without_an_object_are_rejected(tmp_path):
    text = '\ufeff{"a": 1, "b": 2}\r\n\r\nnot json\r\n[1, 2]\r\n{"a": 3, "b": 4}'
    found = loaded(text, tmp_path)
    assert rows_of(found) == [("1", "2", 1), ("3", "4", 5)]
    assert found.rejected == (Rejected(3, "no valid JSON"), Rejected(4, "no JSON object"))


@pytest.mark.parametrize("indent", [None, 2])
def test_one_array_of_objects_is_read(indent, tmp_path):
    objects = [{"id": i, "name": "Café ☕"} for i in range(3)]
    text = json.dumps(objects, indent=indent, ensure_ascii=False)
    assert rows_of(loaded(text, tmp_path)) == [(str(i), "Café ☕", i + 1) for i in range(3)]


def test_objects_over_several_lines_without_an_array_are_read(tmp_path):
    text = '{\n  "a": 1,\n  "b": 2\n}\n{\n  "a": 3,\n  "b": 4\n}\n'
    assert rows_of(loaded(text, tmp_path)) == [("1", "2", 1), ("3", "4", 2)]


def test_an_array_longer_than_a_piece_of_the_file_is_read(tmp_path):
    objects = [{"id": i, "text": "é" * 50_000} for i in range(100)]
    found = rows_of(loaded(json.dumps(objects, ensure_ascii=False), tmp_path, "id"))
    assert found == [(str(i), i + 1) for i in range(100)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_marked_encodings_are_read(encoding, tmp_path):
    text = '{"a": "é", "b": 2}\n'.encode(encoding)
    assert rows_of(loaded(text, tmp_path)) == [("é", "2", 1)]


def test_half_a_character_in_an_escape_is_no_reason_to_stop(tmp_path):
    assert rows_of(loaded('{"a": "x\\ud800", "b": 2}\n', tmp_path)) == [("x?", "2", 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[]", "holds no JSON objects"),
        ("{}", "holds no JSON objects"),
        ("[1, 2]", "holds no JSON objects"),
        ('{"a": [{"b": 1}], "c": [{"d": 1}]}', 'object that holds several lists: "a", "c"'),
        ('{"orders": [{"a": 1, "b": 2}, {"a": 3', "object 2: is no valid JSON, or breaks off"),
        ('[{"a": 1, "b": 2}, {"a": 3', "object 2: is no valid JSON, or breaks off"),
        ('[{"a": 1, "b": 2}] x', "object 2: is no valid JSON"),
        ("hello", "object 1: is no valid JSON"),
        ('[{"a": 1, "b":' + "[" * 100_000, "object 1: is no valid JSON"),
        ("<html></html>", "is a web page"),
    ],
)
def test_what_holds_no_objects_is_refused_with_a_reason(text, message, tmp_path):
    with pytest.raises(DataError, match=message):
        opened(text, tmp_path)


def test_too_many_lines_that_are_no_objects_are_an_error(tmp_path):
    text = '{"a": 1, "b": 2}\n' + "x\n" * 100_001
    with pytest.raises(DataError, match="more than 100,000 of its first 100,002 lines"):
        loaded(text, tmp_path)


VALUES = st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)


@examples(15)
@given(
    body=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=9),
    ascii_only=st.booleans(),
    array=st.booleans(),
)
def test_objects_read_back_as_they_were_written(body, ascii_only, array, tmp_path):
    objects = [{"id": str(i), "a": a, "b": b} for i, (a, b) in enumerate(body)]
    dumped = [json.dumps(found, ensure_ascii=ascii_only) for found in objects]
    text = f"[{','.join(dumped)}]" if array else "\n".join(dumped)
    expected = [(*found.values(), number) for number, found in enumerate(objects, 1)]
    assert rows_of(loaded(text, tmp_path)) == expected


ORDERS = [
    {"id": 1, "lines": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}]},
    {"id": 2, "lines": [{"sku": "C", "n": 3}]},
]
LINES = [("1", "A", "1", 1), ("1", "B", "2", 2), ("2", "C", "3", 3)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "around",
    [
        lambda orders: orders,
        lambda orders: {"orders": orders},
        lambda orders: {"count": 2, "errors": [], "data": orders, "links": [{"next": None}]},
        lambda orders: {"_embedded": {"whatever": orders}, "count": 2},
        lambda orders: {"data": {"orders": {"edges": [{"node": o} for o in orders]}}},
        lambda orders: {"data": {"orders": {"nodes": orders, "pageInfo": {"hasNextPage": 0}}}},
    ],
)
def test_a_list_of_orders_is_found_in_the_object_around_it(around, indent, tmp_path):
    text = json.dumps(around(ORDERS), indent=indent)
    assert opened(text, tmp_path).header == ("id", "lines.sku", "lines.n")
    assert rows_of(loaded(text, tmp_path)) == LINES


def test_one_order_alone_is_no_list_of_orders(tmp_path):
    text = json.dumps({"id": 1, "created_at": "2025-01-01", "items": [{"sku": "A"}, {"sku": "B"}]})
    assert rows_of(loaded(text, tmp_path, "id", "items.sku")) == [("1", "A", 1), ("1", "B", 2)]


def test_a_list_longer_than_a_piece_of_the_file_is_read_within_an_object(tmp_path):
    orders = [{"id": i, "text": "é" * 50_000, "lines": [{"n": i}]} for i in range(400)]
    text = json.dumps({"page": {"a": 1}, "orders": orders, "next": None}, ensure_ascii=False)
    found = rows_of(loaded(text, tmp_path, "id", "lines.n"))
    assert found == [(str(i), str(i), i + 1) for i in range(400)]


def test_children_that_name_their_parents_are_lines_of_the_order_before_them(tmp_path):
    text = (
        '{"id": "gid://shopify/Order/1", "name": "#1"}\n'
        '{"id": "gid://shopify/LineItem/5", "n": 2, "__parentId": "gid://shopify/Order/1"}\n'
        '{"id": "gid://shopify/LineItem/6", "n": 3, "__parentId": "gid://shopify/Order/1"}\n'
        '{"id": "gid://shopify/Order/2", "name": "#2"}\n'
        '{"id": "gid://shopify/LineItem/7", "n": 4, "__parentId": "gid://shopify/Order/9"}\n'
    )
    found = loaded(text, tmp_path, "name", "lineItems.n")
    assert rows_of(found) == [("#1", "2", 1), ("#1", "3", 2), ("#2", None, 4)]
    assert [one.reason for one in found.rejected] == [
        "belongs to an object that does not come right before it"
    ]


def test_an_order_without_lines_is_a_row_so_that_it_is_not_lost(tmp_path):
    text = json.dumps([{"id": 1, "lines": [{"n": 1}]}, {"id": 2, "lines": []}, {"id": 3}])
    found = loaded(text, tmp_path, "id", "lines.n")
    assert rows_of(found) == [("1", "1", 1), ("2", None, 2), ("3", None, 3)]


def test_an_unknown_list_stays_json_until_it_is_named(tmp_path):
    path = tmp_path / "orders.jsonl"
    path.write_text('{"id": 1, "stuff": [{"n": 1}, {"n": 2}]}\n{"id": 2}\n')
    assert open_json_lines(path, "o").header == ("id", "stuff")
    named = open_json_lines(path, "o", "stuff")
    found = rows_of(named.load(named.header, connect(), tmp_path))
    assert found == [("1", "1", 1), ("1", "2", 2), ("2", None, 3)]
    with pytest.raises(DataError, match='has no list "other".*Lists: "stuff"'):
        open_json_lines(path, "o", "other")


def test_refunds_are_added_up_for_their_order(tmp_path):
    order = {"id": 1, "refunds": [{"total": "-1.10", "lines": [{"sub": 2}]}, {"total": "-2.20"}]}
    text = json.dumps([order, {"id": 2, "refunds": []}])
    found = loaded(text, tmp_path, "id", "refunds[].total", "refunds[].lines[].sub")
    assert rows_of(found) == [("1", "-3.30", "2", 1), ("2", None, None, 2)]
