from __future__ import annotations

import base64
import zipfile
import zlib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from custseg.engine.duckdb import connect
from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.sheets import file as spreadsheet_file
from custseg.sources.sheets.workbook import Sheet, open_workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ["Order", "When", "Qty", "Price"]
FIRST = [536365, datetime(2010, 12, 1, 8, 26), 6, 2.55]  # noqa: DTZ001
SECOND = [536366, datetime(2010, 12, 2, 9, 30), 1, 3.39]  # noqa: DTZ001
XLS = (
    "c-rk(U1%It6h3!$vzblPWRf;o(;C-mo1{rfOHpIB&9-"
    "T@1tqmsE3#nI&1|!FHybu9bitpkwII@hk_Y=x&_V=3@CTtjSTT9agGFEZpeUsE#Zn(uQKVope&@{H&2-"
    "s7HYo))XE<~3oO{nb_ulh6-"
    "+kLKeg3oND^voHkdJ1aAO$=$1vCpE7LlQ8vyS5w$j&nSt6)aAtV2KaR|RC9S8Kfnb-"
    "N7zO*lX)JQ)g69}S~TQ<f@$J76*1^%lZ2yTEx1g=P7Rm(TH=<G2r4>i-"
    "<;+5c;RD}c4YmB2b+y_*840oVv!1zZhm5}P2p6SxL=7qA()7Pt<0x0Zj8ZW-"
    "63e;@FEP1}gJbvf?b76_WqVxWq?T=@;FTy%d07V)WnQtaX?FhV128@&UGXy|sqZrQ_t;yp~jNOz#8=p3kZ^odX}%"
    "6o@cA0SMjZf()e8DZJ`8F{alcO5bR7sB&{P_|MF{U}!cwm5;JYSl{vl%O~rK^%-"
    "@Ml(&Zf4wF%*gMoN8R1z=8Ex^`(m4Cr<Myzf9!RwKo9P4goh%^Il}tvu1_vXdq3y}!_R-"
    "O4@vL$B(+PRJcp}7fUR>yZER1ecNT>fDeH?dJ?w&i``T0_M`#ki{dFY$wp$E&-33eg-"
    "@z2r641DCs;nvFeq;1Frq;1UkrCpV)mUeZn$~i1ne+setlB`liPY>C4<}}t+cqWwzBszFT(RF&BLwo*!hzjI6gtO"
    ">Esqe*Yv?9;W_cdI|q!S9M!kkcHyu;M;o8=}86G_8FGBE!_zW5t%5zs*fiKah2Xs5CGp&@%1`RA!j7R3GOc+`ft-"
    "Ul!eOWU@C{9{tq@8+MV*#w-^PLpm8PEu|#vu+Azwb=V0&cyEDAm^~KTvzY9>sKFa?s-"
    "Azxw+pO+Q64fo$3TeCjFa)qeI@W%iKbeJ1Mj`<h`-"
    "T|4UD+r{7lW=X=^c{qqP)LF|g;{tZa$RBLJjCnpb2_Y_)1&tSx)SLE2F-"
    "ZJa;N$aHXkyZ_vhNb(RZm3c9LQ`dEMhR_3lDnJENq;GPsp6L*cUSoG;fp1|iu+c=cj01)eApA8q=|a2jqU81`Z?^"
    "5GcPB9cbs`+0{$?sW(Yr@;41`iL-"
    "=d5%)^P_Aa@RPaZ&Os?dP53_qrO)o7xI_0qiNi#a%7mCiGz5DpU9vR3m)M!)xv|8tFp7%^pOLibl9Zsn@qlI&{-"
    "fnD9~4yO1grTQy6o-4qV%t8r^M%QRdMcZVM1n(4`SG@Tkv#WJD3<54>idibHPg9AtGM8X#9-"
    "W`v{x|b%OjHU3;IwXoNvo1}adhhoe{X^DA@0irl`uX>)qO-cTRQl3c{d;wt8PV4{r0dO$t~qnM?mVq))oU|^-"
    "0kwDM(p8{?C}K4Y|-Oe^x6d|?dRTaf3xr9pOm+MtIy9A<MO4;=Qgjk#@@yGJ8yivhr?b8Eu!n>LQu6lXMCdQ<|G-"
    "3$Gi1-*i*anUF{kfdDc#k##6&L-x1&Mw#{4T-T$rp|C9Zf*l;-"
    ">pT}<wL3)~wq2l6w9IN>LIdB;IoK6M*RejY3JMD$sBr4o~?BT^l$@h8w!4|^9df8X>lYZ2L_M-idLu94@e<A&^rf"
    "UIu3Fl9uE@j>CgB8R?CrrtpUQK~AKeTE2RTbR-y}+rW{5_Bml|9&EftBs2dlBc~0Q_+I|6kxAI7cQz"
)
SPREADSHEETML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODS = "urn:oasis:names:tc:opendocument:xmlns"


def book(folder: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    path = folder / "orders.xlsx"
    written = openpyxl.Workbook()
    written.remove(written.active)
    for name, lines in sheets.items():
        sheet = written.create_sheet(name)
        for line in lines:
            sheet.append(line)
    written.save(path)
    return path


def by_hand(
    folder: Path,
    cells: str,
    *,
    texts: str = "",
    before: str = "",
    part: str = "worksheets/sheet1.xml",
) -> Path:
    """A workbook as other programs than openpyxl may write it."""
    path = folder / "orders.xlsx"
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{office}.sheet.main+xml"/>'
            "</Types>",
        )
        container.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{RELATIONSHIPS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        container.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SPREADSHEETML}" xmlns:r="{RELATIONSHIPS}"><sheets>'
            '<sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        container.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{RELATIONSHIPS}/worksheet" '
            f'Target="{part}"/>'
            f'<Relationship Id="rId2" Type="{RELATIONSHIPS}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>',
        )
        container.writestr("xl/sharedStrings.xml", f'<sst xmlns="{SPREADSHEETML}">{texts}</sst>')
        container.writestr(
            f"xl/{part}",
            f'<worksheet xmlns="{SPREADSHEETML}">{before}<sheetData>{cells}</sheetData>'
            "</worksheet>",
        )
    return path


def open_document(folder: Path, rows: str) -> Path:
    path = folder / "orders.ods"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("META-INF/manifest.xml", "<manifest/>")
        container.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{ODS}:office:1.0" '
            f'xmlns:table="{ODS}:table:1.0" xmlns:text="{ODS}:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="Data">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def tables(path: Path, **settings: Any) -> list[Sheet]:
    return open_workbook(path, path.name, SourceSettings(**settings))


def table(path: Path, **settings: Any) -> Sheet:
    (only,) = tables(path, **settings)
    return only


def lines(sheet: Sheet, *columns: str) -> list[tuple[Any, ...]]:
    rows = sheet.read(columns or sheet.header)
    return list(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def test_numbers_and_dates_are_read_as_stored_and_whole_numbers_as_text(tmp_path):
    sheet = table(book(tmp_path, Data=[HEADER, FIRST, SECOND]))
    assert sheet.name == "orders.xlsx"
    assert sheet.header == ("Order", "When", "Qty", "Price")
    assert sheet.sample == (
        ("536365", "2010-12-01 08:26:00", "6", "2.55"),
        ("536366", "2010-12-02 09:30:00", "1", "3.39"),
    )
    assert lines(sheet) == [
        ("536365", FIRST[1], "6", 2.55, 2),
        ("536366", SECOND[1], "1", 3.39, 3),
    ]


def test_numbers_of_which_one_is_negative_are_no_ids(tmp_path):
    sheet = table(book(tmp_path, Data=[HEADER, FIRST, [*SECOND[:2], -1, 3.39]]))
    assert lines(sheet, "Qty") == [(6.0, 2), (-1.0, 3)]


def test_the_engine_gets_the_columns_asked_for_and_the_row(tmp_path):
    sheet = table(book(tmp_path, Data=[HEADER, FIRST, SECOND]))
    loaded = sheet.load(["Price", "Order"], connect(None, tmp_path), tmp_path)
    assert loaded.rejected == ()
    assert loaded.rows.columns == ("Price", "Order", "source_row")
    assert loaded.rows.to_pyarrow().to_pylist()[1] == {
        "Price": 3.39,
        "Order": "536366",
        "source_row": 3,
    }


def test_rows_have_the_numbers_that_excel_shows(tmp_path):
    path = tmp_path / "orders.xlsx"
    written = openpyxl.Workbook()
    cells = written.active
    cells["A1"] = "Sales of May"
    for row, line in ((5, HEADER), (6, FIRST), (8, SECOND)):
        for place, value in enumerate(line):
            cells.cell(row, 3 + place, value)
    cells["C10"] = "Total"
    cells["C12"] = "Exported by the shop"
    written.save(path)
    sheet = table(path)
    assert sheet.header == tuple(HEADER)
    assert [(row[0], row[-1]) for row in lines(sheet)] == [
        ("536365", 6),
        (None, 7),
        ("536366", 8),
        (None, 9),
        ("Total", 10),
        (None, 11),
        ("Exported by the shop", 12),
    ]


def test_a_table_that_starts_far_below_is_found(tmp_path):
    path = tmp_path / "orders.xlsx"
    written = openpyxl.Workbook()
    for row in range(1, 1000):
        # A format, without content.
        written.active.cell(row, 1).font = Font(bold=True)
    for row, line in ((1000, HEADER), (1001, FIRST)):
        for place, value in enumerate(line, 1):
            written.active.cell(row, place, value)
    written.save(path)
    assert lines(table(path), "Order") == [("536365", 1001)]


def test_a_sheet_without_names_numbers_its_columns(tmp_path):
    sheet = table(book(tmp_path, Data=[FIRST, SECOND]))
    assert sheet.header == ("column 1", "column 2", "column 3", "column 4")
    assert lines(sheet, "column 4") == [(2.55, 1), (3.39, 2)]


def test_a_setting_says_whether_there_are_names(tmp_path):
    path = book(tmp_path, Data=[HEADER, FIRST])
    assert lines(table(path, header=False), "column 1") == [("Order", 1), ("536365", 2)]
    assert table(book(tmp_path, Data=[FIRST, SECOND]), header=True).header[0] == "536365"


def test_columns_without_a_name_keep_their_place_and_empty_ones_are_left_out(tmp_path):
    lines_ = [["Name", None, "Name", None, "Qty"], ["Anna", "x", "Ben", None, "1"]]
    sheet = table(book(tmp_path, Data=lines_))
    assert sheet.header == ("Name", "column 2", "Name (2)", "Qty")
    assert lines(sheet, "Name (2)", "column 2") == [("Ben", "x", 2)]


def test_each_sheet_that_is_shown_and_holds_rows_is_a_table(tmp_path):
    path = book(
        tmp_path, Notes=[["read me"]], Blank=[], April=[HEADER, FIRST], May=[HEADER, SECOND]
    )
    written = openpyxl.load_workbook(path)
    written.copy_worksheet(written["May"]).sheet_state = "hidden"
    written.save(path)
    found = tables(path)
    assert [sheet.name for sheet in found] == [
        'orders.xlsx, sheet "April"',
        'orders.xlsx, sheet "May"',
    ]
    assert lines(found[1], "Order") == [("536366", 2)]


def test_a_single_column_is_a_table_where_nothing_else_is(tmp_path):
    assert table(book(tmp_path, Notes=[["read me"], ["please"]])).header == ("read me",)


def test_a_sheet_is_chosen_by_name_even_if_hidden(tmp_path):
    path = book(tmp_path, April=[HEADER, FIRST], May=[HEADER, SECOND])
    written = openpyxl.load_workbook(path)
    written["May"].sheet_state = "hidden"
    written.save(path)
    sheet = table(path, sheet="May")
    assert sheet.name == "orders.xlsx"
    assert lines(sheet, "Order") == [("536366", 2)]


def test_a_sheet_that_is_not_there_is_named_with_the_nearest(tmp_path):
    path = book(tmp_path, April=[HEADER, FIRST], May=[HEADER, SECOND])
    with pytest.raises(
        DataError, match='no sheet "Apil"; did you mean "April"[?]. Found: "April", "May"'
    ):
        tables(path, sheet="Apil")


def test_a_workbook_without_rows_says_so(tmp_path):
    with pytest.raises(DataError, match="orders.xlsx: the workbook holds no rows"):
        tables(book(tmp_path, Data=[], More=[]))


def test_a_cell_of_another_kind_below_the_sample_is_not_lost(tmp_path):
    many = [[n, FIRST[1], 1, 2.5] for n in range(400)]
    odd = ["C0007", "yesterday", "007", "n/a"]
    sheet = table(book(tmp_path, Data=[HEADER, *many, odd]))
    assert sheet.kinds == ("string", "datetime", "string", "float")
    assert len(sheet.sample) == 200
    rows = lines(sheet)
    assert rows[0] == ("0", "2010-12-01 08:26:00", "1", "2.5", 2)
    assert rows[400] == ("C0007", "yesterday", "007", "n/a", 402)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (536365, "536365"),
        (17850.0, "17850"),
        (1.1, "1.1"),
        ("1.10", "1.10"),
        ("007", "007"),
        (" A ", " A "),
        (True, "true"),
        (date(2020, 1, 31), "2020-01-31 00:00:00"),
        (datetime(2020, 1, 31, 8, 5, 9), "2020-01-31 08:05:09"),  # noqa: DTZ001
        (time(8, 30), "1899-12-31 08:30:00"),
        ("#N/A", None),
        ("nan", "nan"),
        (None, None),
    ],
)
def test_a_column_of_mixed_cells_keeps_each_as_text(cell, text, tmp_path):
    sheet = table(book(tmp_path, Data=[["Order", "Qty"], ["C5", "1"], [cell, "1"]]))
    assert lines(sheet, "Order") == [("C5", 2), (text, 3)]


def test_texts_that_are_numbers_stay_as_written(tmp_path):
    sheet = table(book(tmp_path, Data=[["SKU", "Qty"], ["1.10", "1"], ["1.1", "2"]]))
    assert lines(sheet, "SKU") == [("1.10", 2), ("1.1", 3)]


def test_an_error_in_a_column_of_numbers_is_an_empty_cell(tmp_path):
    sheet = table(book(tmp_path, Data=[["SKU", "Price"], ["A", 1.5], ["B", "#DIV/0!"]]))
    assert lines(sheet, "Price") == [(1.5, 2), (None, 3)]


def test_currencies_and_shares_are_the_numbers_behind_their_format(tmp_path):
    path = book(tmp_path, Data=[["Price", "Off"], [1234.5, 0.25], [2.5, 0.5]])
    written = openpyxl.load_workbook(path)
    for row in (2, 3):
        written["Data"].cell(row, 1).number_format = '#,##0.00 "€"'
        written["Data"].cell(row, 2).number_format = "0%"
    written.save(path)
    assert lines(table(path)) == [(1234.5, 0.25, 2), (2.5, 0.5, 3)]


def test_dates_count_from_1904_where_the_workbook_does(tmp_path):
    path = tmp_path / "orders.xlsx"
    written = openpyxl.Workbook()
    written.epoch = CALENDAR_MAC_1904
    for line in (HEADER, FIRST):
        written.active.append(line)
    written.save(path)
    assert lines(table(path), "When") == [(FIRST[1], 2)]


def test_formulas_give_the_value_they_had_when_saved(tmp_path):
    path = by_hand(
        tmp_path,
        '<row r="1"><c r="A1" t="str"><v>Qty</v></c><c r="B1" t="str"><v>Total</v></c></row>'
        '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f>A2*2.5</f><v>5.5</v></c></row>'
        '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f>A3*2.5</f></c></row>',
    )
    assert lines(table(path)) == [("2", 5.5, 2), ("3", None, 3)]


def test_shared_texts_of_several_runs_are_whole(tmp_path):
    path = by_hand(
        tmp_path,
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>1</v></c></row>',
        texts="<si><t>Order</t></si><si><t>Note</t></si><si><r><t>C</t></r><r><t>5</t></r></si>"
        + "<si><t>unused</t></si>" * 5,
    )
    assert lines(table(path, header=True)) == [("C5", "Note", 2)]


def test_cells_without_places_stand_side_by_side(tmp_path):
    row = (
        '<row><c t="inlineStr"><is><t>{}</t></is></c><c t="inlineStr"><is><t>{}</t></is></c></row>'
    )
    path = by_hand(tmp_path, row.format("Order", "Qty") + row.format("C5", "six"))
    assert lines(table(path)) == [("C5", "six", 2)]


@pytest.mark.parametrize(
    "declared", ["", '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>']
)
def test_what_a_sheet_declares_is_not_relied_on(declared, tmp_path):
    cells = (
        '<row r="1"><c r="A1" t="str"><v>Order</v></c><c r="B1" t="str"><v>Qty</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>C5</v></c><c r="B2"><v>6</v></c></row>'
    )
    assert lines(table(by_hand(tmp_path, cells, before=declared))) == [("C5", "6", 2)]


@pytest.mark.parametrize("part", ["sheet1.xml", "parts/first.xml"])
def test_a_sheet_may_stand_anywhere_in_the_file(part, tmp_path):
    cells = '<row r="1"><c r="A1" t="str"><v>A</v></c><c r="B1" t="str"><v>B</v></c></row>'
    row = '<row r="2"><c r="A2"><v>1</v></c><c r="{}"><v>2</v></c></row>'
    assert lines(table(by_hand(tmp_path, cells + row.format("B2"), part=part))) == [("1", "2", 2)]
    with pytest.raises(DataError, match="spans 1,048,576 rows"):
        tables(by_hand(tmp_path, cells + row.format("XFD1048576"), part=part))


@pytest.mark.parametrize("declared", ["", '<dimension ref="A1:B2"/>'])
def test_a_stray_cell_far_away_is_refused(declared, tmp_path):
    cells = (
        '<row r="1"><c r="A1" t="str"><v>Order</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    path = by_hand(tmp_path, cells, before=declared)
    with pytest.raises(DataError, match="spans 1,048,576 rows and 16,384 columns") as failure:
        tables(path)
    assert "stray cell" in failure.value.hint


def test_a_format_far_away_is_no_cell(tmp_path):
    path = book(tmp_path, Data=[HEADER, FIRST])
    written = openpyxl.load_workbook(path)
    written["Data"]["XFD1048576"].font = Font(bold=True)
    written.save(path)
    assert lines(table(path), "Order") == [("536365", 2)]


def test_a_place_that_no_sheet_has_is_damage(tmp_path):
    path = by_hand(tmp_path, f'<row r="1"><c r="A{"9" * 300}"><v>1</v></c></row>')
    with pytest.raises(DataError, match="the workbook is damaged"):
        tables(path)


def test_a_large_sheet_is_believed_what_it_declares_only_if_it_can_be_so(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheet_file, "_SCANNED", 100)
    assert len(lines(table(book(tmp_path, Data=[HEADER, *[FIRST] * 300])))) == 300
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 200))
    stray = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = by_hand(tmp_path, cells + stray, before='<dimension ref="A1:B2"/>')
    with pytest.raises(DataError, match="spans 1,048,576 rows"):
        tables(path)


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path):
    path = book(tmp_path, Data=[HEADER, FIRST])
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as container,
        container.open("xl/media/logo.png", "w") as logo,
    ):
        for _ in range(210):
            logo.write(bytes(1 << 20))
    with pytest.raises(DataError, match="MB unpacks to 220 MB"):
        tables(path)


def test_a_workbook_with_a_password_is_refused(tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(
        spreadsheet_file.COMPOUND + bytes(1500) + "EncryptedPackage".encode("utf-16-le") + bytes(99)
    )
    with pytest.raises(DataError, match="is protected by a password"):
        tables(path)


def test_an_xlsb_workbook_is_refused(tmp_path):
    path = tmp_path / "orders.xlsb"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("xl/workbook.bin", b"\x00")
    with pytest.raises(DataError, match="is an xlsb workbook") as failure:
        tables(path)
    assert failure.value.hint == "Save it as xlsx."


@pytest.mark.parametrize("name", ["orders.xls", "orders.xlsx", "orders"])
def test_an_xls_workbook_is_read_whatever_its_name(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(zlib.decompress(base64.b85decode(XLS)))
    assert lines(table(path)) == [
        ("536365", FIRST[1], 6.0, "2.55", 2),
        ("C5", datetime(2010, 12, 2), -1.0, "free", 3),  # noqa: DTZ001
    ]


def test_an_xlsx_workbook_is_read_whatever_its_name(tmp_path):
    path = book(tmp_path, Data=[HEADER, FIRST]).rename(tmp_path / "orders.xls")
    assert lines(table(path), "Order") == [("536365", 2)]


def test_a_damaged_xls_workbook_ends_in_an_error_and_says_nothing_else(tmp_path, capfd):
    whole = zlib.decompress(base64.b85decode(XLS))
    path = tmp_path / "orders.xls"
    for damaged in (whole[:3000], whole[:2000] + b"9" * 4000, whole[:8] + bytes(5000)):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="the workbook cannot be read"):
            tables(path)
    assert capfd.readouterr() == ("", "")


ODS_ROWS = (
    '<table:table-row><table:table-cell office:value-type="string"><text:p>Order</text:p>'
    '</table:table-cell><table:table-cell office:value-type="string"><text:p>Price</text:p>'
    '</table:table-cell><table:table-cell table:number-columns-repeated="{empty}"/>'
    "</table:table-row>"
    '<table:table-row table:number-rows-repeated="{times}">'
    '<table:table-cell office:value-type="string"><text:p>C5</text:p></table:table-cell>'
    '<table:table-cell office:value-type="float" office:value="2.5" '
    'table:number-columns-repeated="{wide}"><text:p>2,50</text:p></table:table-cell>'
    "</table:table-row>"
    '<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
    'table:number-columns-repeated="16384"/></table:table-row>'
)


def test_an_ods_workbook_is_read(tmp_path):
    path = open_document(tmp_path, ODS_ROWS.format(empty=16000, times=2, wide=1))
    assert lines(table(path)) == [("C5", 2.5, 2), ("C5", 2.5, 3)]


def test_an_ods_workbook_that_spans_too_much_is_refused(tmp_path):
    path = open_document(tmp_path, ODS_ROWS.format(empty=1, times=1000000, wide=16000))
    with pytest.raises(DataError, match="spans 1,000,001 rows and 16,001 columns"):
        tables(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</sheetData>", b"</sheetDada>"),
        (b'r="B1"', b'r="!!"'),
    ],
)
def test_a_damaged_sheet_is_a_clear_error(old, new, tmp_path):
    path = book(tmp_path, Data=[HEADER, *[FIRST] * 3])
    with zipfile.ZipFile(path) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    with zipfile.ZipFile(path, "w") as container:
        for name, part in parts.items():
            container.writestr(name, part.replace(old, new, 1) if "sheet1" in name else part)
    with pytest.raises(DataError, match="the workbook cannot be read"):
        table(path).read(["Price"])


@pytest.mark.parametrize("size", [10, 100, 2000, -1000, -22, -1])
def test_a_cut_workbook_is_a_clear_error(size, tmp_path):
    path = book(tmp_path, Data=[HEADER, *[FIRST] * 100])
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match="the workbook is damaged"):
        tables(path)
