from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from custseg.engine.duckdb import connect
from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.text.delimited import DelimitedText, open_text
from custseg.sources.text.legacy import legacy_encoding

WESTERN = ("cp1252", "mac_roman", "cp850", "cp437")


def opened(content: str | bytes, folder: Path, **keys: Any) -> DelimitedText:
    path = folder / "orders.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_text(path, "orders.csv", SourceSettings(**keys))


def read(content: str | bytes, folder: Path, **keys: Any) -> list[tuple[Any, ...]]:
    """The header, then the rows."""
    table = opened(content, folder, **keys)
    rows = table.load(table.header, connect(), folder).rows.to_pyarrow().to_pylist()
    return [table.header, *(tuple(row.values()) for row in rows)]


# Encodings


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"),
        *WESTERN,
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_gives_the_same_rows(encoding, line_end, tmp_path):
    lines = ["Nr;Name;Größe", "1;Müller;5", "2;José Peña;7", "3;Hélène;8", ""]
    assert read(line_end.join(lines).encode(encoding), tmp_path) == [
        ("Nr", "Name", "Größe"),
        ("1", "Müller", "5", 2),
        ("2", "José Peña", "7", 3),
        ("3", "Hélène", "8", 4),
    ]


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_a_big_endian_mark_is_read(mark, tmp_path):
    encoding = "utf-16-be" if len(mark) == 2 else "utf-32-be"
    assert read(mark + "a,b\n1,é\n".encode(encoding), tmp_path)[1] == ("1", "é", 2)


@pytest.mark.parametrize("encoding", WESTERN)
@pytest.mark.parametrize(
    "text",
    [
        "Müller, Größe, Straße, Äpfel, süß",
        "Café crème, déjà vu, Hélène, ÉTÉ",
        "Señor, niño, mañana, José",
        "MUG £5, £12.50",
    ],
)
def test_western_words_tell_their_encoding(encoding, text):
    words = [word.encode(encoding) for word in text.split(", ")]
    assert [word.decode(legacy_encoding(words)) for word in words] == text.split(", ")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1250", "Łódź, Kraków, kubek żółty, Wałęsa"),
        ("cp1254", "İstanbul, Şişli, ığdır"),
        ("cp1251", "Москва, Чайник синий, Иванов Пётр"),
        ("koi8_r", "Москва, Чайник синий, Иванов Пётр"),
        ("cp866", "Москва, Чайник синий, Иванов"),
        ("cp1253", "Αθήνα, Γιώργος"),
        ("shift_jis", "東京, 赤いカップ, 山田太郎, 青いカップ, 大阪"),
        ("gb18030", "北京, 红色的杯子, 张伟, 上海, 蓝色的杯子"),
    ],
)
def test_words_of_other_languages_tell_their_encoding(encoding, text):
    words = [word.encode(encoding) for word in text.split(", ")]
    assert [word.decode(legacy_encoding(words)) for word in words] == text.split(", ")


def test_letters_that_several_encodings_read_are_taken_as_windows_has_them():
    assert legacy_encoding([b"caf\xe9"]) == "cp1252"


def test_one_letter_far_below_decides_the_encoding(tmp_path):
    text = "id,name\n" + "1,Mug\n" * 900_000 + "2,Café\n"
    assert read(text.encode("cp1252"), tmp_path)[-1] == ("2", "Café", 900_002)
    assert read(text.encode(), tmp_path)[-1] == ("2", "Café", 900_002)


def test_a_character_cut_between_two_pieces_of_the_file_is_whole(tmp_path):
    piece = 1 << 22
    start = "id,name\n1,Mug\n"
    filling = "2," + "x" * (piece - len(start) - 3) + "é\n"
    assert read(start + filling + "3,ü\n", tmp_path)[2][1].endswith("xé")


def test_a_broken_byte_in_a_file_that_is_utf_8_all_over_is_replaced(tmp_path):
    text = ("id,name\n" + "1,Café\n" * 40).encode() + b"2,Caf\xe9\n"
    assert read(text, tmp_path)[-1] == ("2", "Caf�", 42)


@pytest.mark.parametrize(
    ("encoding", "cut"), [("utf-16", 1), ("utf-32", 3), ("utf-8", 1), ("utf-8-sig", 1)]
)
def test_a_file_cut_within_a_character_is_said_to_be_cut(encoding, cut, tmp_path):
    text = "id,name\n1,Café\n2,Café".encode(encoding)
    with pytest.raises(DataError, match="ends in the middle of a character"):
        opened(text[:-cut], tmp_path)


def test_a_forced_encoding_is_used(tmp_path):
    assert read("id,name\n1,é\n".encode("cp850"), tmp_path, encoding="latin-1")[1][1] == "\x82"


def test_a_wrong_forced_encoding_is_said_with_its_place(tmp_path):
    text = "id,name\n1,Mug\n2,Café\n".encode("cp1252")
    with pytest.raises(DataError, match=r'not in the encoding "utf-8" \(byte 20, line 3\)'):
        opened(text, tmp_path, encoding="utf-8")


def test_a_forced_encoding_with_a_byte_order_mark_is_read_without_it(tmp_path):
    for forced, written in (("utf-8", "utf-8-sig"), ("utf-16", "utf-16")):
        text = "id,name\n1,é\n".encode(written)
        assert read(text, tmp_path, encoding=forced) == [("id", "name"), ("1", "é", 2)]


@pytest.mark.parametrize("encoding", ["utf-99", "base64", "undefined", ""])
def test_an_unknown_encoding_is_refused_in_the_settings(encoding):
    with pytest.raises(ValidationError, match="is no text encoding"):
        SourceSettings(encoding=encoding)


@pytest.mark.parametrize("delimiter", ["", "||", "a", "\n", '"', "§"])
def test_a_delimiter_is_one_character_that_is_no_letter(delimiter):
    with pytest.raises(ValidationError, match="is not one character"):
        SourceSettings(delimiter=delimiter)


# Delimiters and quotes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_found(delimiter, tmp_path):
    text = "id,on,n\n1,2020-01-02 10:00,5\n2,2020-01-03 11:30,6\n".replace(",", delimiter)
    assert read(text, tmp_path) == [
        ("id", "on", "n"),
        ("1", "2020-01-02 10:00", "5", 2),
        ("2", "2020-01-03 11:30", "6", 3),
    ]


def test_columns_between_runs_of_blanks_are_found_with_and_without_header(tmp_path):
    lines = " 00001 19970101  1   11.77\r\n 00002 19970112  12  1.00\r\n"
    rows = [("00001", "19970101", "1", "11.77"), ("00002", "19970112", "12", "1.00")]
    assert read(f" customer  date n value\r\n{lines}", tmp_path) == [
        ("customer", "date", "n", "value"),
        (*rows[0], 2),
        (*rows[1], 3),
    ]
    assert read(lines, tmp_path) == [
        ("column 1", "column 2", "column 3", "column 4"),
        (*rows[0], 1),
        (*rows[1], 2),
    ]


def test_quoted_blanks_stay_and_unnamed_row_numbers_get_a_column(tmp_path):
    text = '"name" "n" "on"\n"1" "Red Mug" 5 "2020-01-02"\n"2" "Cup" 6 "2020-01-03"\n'
    assert read(text, tmp_path) == [
        ("column 1", "name", "n", "on"),
        ("1", "Red Mug", "5", "2020-01-02", 2),
        ("2", "Cup", "6", "2020-01-03", 3),
    ]


@pytest.mark.parametrize("header", ["Nr;Preis;Menge\n", ""])
def test_decimal_commas_do_not_pass_for_delimiters(header, tmp_path):
    assert read(f"{header}1;2,50;3,0\n2;3,75;4,5\n3;1,00;2,0\n", tmp_path)[-1][:3] == (
        "3",
        "1,00",
        "2,0",
    )


def test_decimal_commas_between_blanks_do_not_pass_for_delimiters(tmp_path):
    assert read("1 2020-01-02  2,50\n2 2020-01-03 13,75\n", tmp_path)[1] == (
        "1",
        "2020-01-02",
        "2,50",
        1,
    )


def test_dates_with_times_do_not_make_blanks_the_delimiter(tmp_path):
    text = "Order Date,n\n2020-01-02 10:00,5\n2020-01-03 11:00,6,7\n2020-01-03 12:00,6\n"
    assert read(text, tmp_path)[1] == ("2020-01-02 10:00", "5", 2)


def test_excel_s_line_names_the_delimiter_and_is_a_row(tmp_path):
    assert read("sep=;\r\nid;n\r\n1;2,3\r\n", tmp_path) == [("id", "n"), ("1", "2,3", 3)]
    assert read("\ufeffsep=~\nid~n\n1~2,3\n", tmp_path) == [("id", "n"), ("1", "2,3", 3)]


def test_a_given_delimiter_is_used_alone(tmp_path):
    assert read("a,b~c\n1,2~3\n", tmp_path, delimiter="~") == [("a,b", "c"), ("1,2", "3", 2)]
    with pytest.raises(DataError, match='";" does not split'):
        opened("a,b\n1,2\n", tmp_path, delimiter=";")


def test_doubled_quotes_and_delimiters_in_quotes_are_text(tmp_path):
    assert read('id,name\n1,"5"" pipe, blue"\n2,"a\r\nb"\n', tmp_path)[1:] == [
        ("1", '5" pipe, blue', 2),
        ("2", "a\r\nb", 3),
    ]


def test_single_quotes_quote_where_fields_stand_between_them(tmp_path):
    assert read("'id','name'\n'1','x, y'\n'2','it''s'\n", tmp_path) == [
        ("id", "name"),
        ("1", "x, y", 2),
        ("2", "it's", 3),
    ]


def test_apostrophes_are_text(tmp_path):
    assert read("id,name\n1,'t Hof\n2,O'Neil\n3,Ann's\n", tmp_path)[1:] == [
        ("1", "'t Hof", 2),
        ("2", "O'Neil", 3),
        ("3", "Ann's", 4),
    ]


def test_quotes_after_backslashes_are_text_where_that_is_the_custom(tmp_path):
    assert read('id,name\n1,"5\\" pipe, blue"\n2,"a"\n', tmp_path)[1] == ("1", '5" pipe, blue', 2)


def test_a_backslash_before_the_closing_quote_is_text(tmp_path):
    assert read('id,path,n\n1,"C:\\",5\n2,"D:\\",6\n', tmp_path)[1] == ("1", "C:\\", "5", 2)


def test_marks_for_inches_are_text_where_nothing_is_quoted(tmp_path):
    assert read('id\tname\n1\t"Vintage mug\n2\t"Old" 5" cup\n3\tPot\n', tmp_path)[1:] == [
        ("1", '"Vintage mug', 2),
        ("2", '"Old" 5" cup', 3),
        ("3", "Pot", 4),
    ]


# Headers


def test_titles_and_blank_rows_above_the_header_are_passed_over(tmp_path):
    text = (
        "Orders of May 2020\nReport generated,2020-06-01\n\n,,,\n"
        "Order,Date,Qty,Price\n1,2020-05-01,2,3.50\n2,2020-05-02,1,4.00\n"
    )
    assert read(text, tmp_path)[:2] == [
        ("Order", "Date", "Qty", "Price"),
        ("1", "2020-05-01", "2", "3.50", 6),
    ]


def test_titles_that_a_spreadsheet_gave_the_table_s_width_are_passed_over(tmp_path):
    text = "Orders,,,\nfrom,2020-05-01,,\n,,,\nOrder,Date,Qty,Price\n1,2020-05-01,2,3.50\n"
    assert read(text, tmp_path) == [
        ("Order", "Date", "Qty", "Price"),
        ("1", "2020-05-01", "2", "3.50", 5),
    ]


def test_years_and_quarters_can_be_names(tmp_path):
    assert read("Customer,2022,2023,Q1\nAnn,5,6,1\nBob,7,8,2\n", tmp_path)[0] == (
        "Customer",
        "2022",
        "2023",
        "Q1",
    )


def test_years_above_years_are_values(tmp_path):
    assert read("7,2022,5.00\n8,2023,6.00\n9,2021,7.00\n", tmp_path)[0][0] == "column 1"


def test_values_that_look_like_names_are_no_header_beside_dates_and_numbers(tmp_path):
    text = "Ann,Mug,London,2020-01-01,5\nBob,Cup,London,2020-01-02,6\n"
    assert read(text, tmp_path)[:2] == [
        ("column 1", "column 2", "column 3", "column 4", "column 5"),
        ("Ann", "Mug", "London", "2020-01-01", "5", 1),
    ]


def test_words_above_words_are_names_unless_they_come_again(tmp_path):
    assert read("who,where\nAnn,London\nBob,Paris\n", tmp_path)[0] == ("who", "where")
    assert read("Ann,London\nBob,Paris\nCem,London\n", tmp_path)[0] == ("column 1", "column 2")


def test_an_address_is_no_name_of_a_column(tmp_path):
    assert read("ann@example.org,Mug\nbob@example.org,Cup\n", tmp_path)[0][0] == "column 1"


def test_a_header_is_forced_and_forbidden(tmp_path):
    assert read("1,2\n3,4\n", tmp_path, header=True) == [("1", "2"), ("3", "4", 2)]
    assert read("id,n\n3,4\n", tmp_path, header=False) == [
        ("column 1", "column 2"),
        ("id", "n", 1),
        ("3", "4", 2),
    ]


def test_names_lose_blanks_and_repeated_or_missing_ones_get_numbers(tmp_path):
    text = '\ufeff Order , "Item" ,,Item,item\n1,a,b,c,4\n2,a,b,c,5\n'
    assert read(text, tmp_path)[0] == ("Order", "Item", "column 3", "Item (2)", "item (3)")


def test_a_header_is_wider_than_rows_without_their_empty_ends(tmp_path):
    text = "id,n,on,note\n1,2,2020-01-01\n2,3,2020-01-02\n3,4,2020-01-03,late\n"
    assert read(text, tmp_path)[:2] == [
        ("id", "n", "on", "note"),
        ("1", "2", "2020-01-01", None, 2),
    ]


def test_a_remark_with_more_delimiters_than_the_table_is_no_header(tmp_path):
    text = "# made by the shop, all orders, all rows, May\nid,n\n1,2\n3,4\n"
    assert read(text, tmp_path)[:2] == [("id", "n"), ("1", "2", 3)]


def test_rows_that_end_in_a_delimiter_have_no_column_behind_it(tmp_path):
    assert read("id,n,on\n1,2,2020-01-01,\n2,3,2020-01-02,\n", tmp_path) == [
        ("id", "n", "on"),
        ("1", "2", "2020-01-01", 2),
        ("2", "3", "2020-01-02", 3),
    ]


def test_what_stands_below_a_table_does_not_decide_how_it_is_read(tmp_path):
    body = "".join(f"{i},2,3\n" for i in range(8))
    assert read(f"id,n,m\n{body}\nEnd of report\n", tmp_path)[0] == ("id", "n", "m")
