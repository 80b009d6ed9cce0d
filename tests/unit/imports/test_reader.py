"""Files as they come: told by content, read as a stream, refused by name."""

from __future__ import annotations

import codecs
import gzip
import io

import pytest

from services.cases.imports.limits import Limits
from services.cases.imports.reader import Fault, UnreadableFile, open_table

SMALL = Limits(columns=5, cell=100, line=1_000, unpacked=100_000, ratio=20, ratio_from=5_000)


def opened(content: bytes, **options):
    return open_table(io.BytesIO(content), **options)


def rows(content: bytes, **options):
    return list(opened(content, **options).rows)


def read_until_refused(content: bytes, **options):
    read = 0
    try:
        for _ in opened(content, **options).rows:
            read += 1
    except UnreadableFile as refused:
        return refused.code, read
    return None, read


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(delimiter):
    table = opened(delimiter.join(["a", "b", "c"]).encode() + b"\n" + delimiter.join("123").encode())
    assert (table.header, table.delimiter, list(table.rows)) == (["a", "b", "c"], delimiter, [["1", "2", "3"]])


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("naïve;Ж\n1;2\n".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "naïve;Ж\n1;2\n".encode(), "utf-8-sig"),
        ("naïve;Ж\n1;2\n".encode("utf-16"), "utf-16"),
        ("naïve;b\n1;2\n".encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(content, encoding):
    table = opened(content)
    assert (table.encoding, table.header[0]) == (encoding, "naïve")
    assert list(table.rows) == [["1", "2"]]


def test_a_character_cut_by_the_end_of_the_sample_is_no_sign_of_another_encoding():
    head = b"a;b\n"
    filling = b"x" * (256 * 1024 - len(head) - 1)
    assert opened(head + filling + "é;1\n".encode(), limits=Limits(line=10**7, cell=10**7)).encoding == "utf-8"


def test_one_spoilt_byte_does_not_turn_a_file_of_utf_8_into_another_encoding():
    content = b"a;b\n" + "Москва;1\n".encode() * 10 + b"caf\xe9;1\n"
    assert opened(content).encoding == "utf-8"
    assert rows(content)[-1] == ["caf\ufffd", "1"]


def test_gzip_is_known_by_content_whatever_the_name():
    content = b"a;b\n1;2\n"
    assert rows(gzip.compress(content)) == rows(content) == [["1", "2"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_line(end):
    assert rows(end.join(["a;b", "1;2", "3;4", ""]).encode()) == [["1", "2"], ["3", "4"]]


def test_blank_lines_are_no_rows_and_lines_inside_quotes_are_no_ends():
    assert rows(b'\na;b\n\n"x\ny";2\n\n1;2\n') == [["x\ny", "2"], ["1", "2"]]


def test_spreadsheets_leave_out_and_add_empty_cells_at_the_end():
    assert rows(b"a;b;c\n1\n1;2;3;;\n") == [["1", "", ""], ["1", "2", "3"]]


def test_a_row_with_more_cells_than_the_header_is_a_fault_and_the_next_is_read():
    first, second = rows(b"a;b\n1;2;3\n1;2\n")
    assert isinstance(first, Fault)
    assert first.code == "too_many_cells"
    assert second == ["1", "2"]


def test_a_huge_cell_is_a_fault_of_its_row_alone():
    first, second = rows(b"a;b\n" + b"x" * 200 + b";2\n1;2\n", limits=SMALL)
    assert isinstance(first, Fault)
    assert first.code == "cell_too_large"
    assert second == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n\n", "file_empty"),
        (gzip.compress(b""), "file_empty"),
        (b"\x00\x01\x02binary;\x00", "file_binary"),
        (b"PK\x03\x04" + b"workbook", "file_binary"),
        (b"\xd0\xcf\x11\xe0" + b"old workbook", "file_binary"),
        (gzip.compress(gzip.compress(b"a;b\n1;2\n")), "file_binary"),
        (b"\x1f\x8b" + b"no gzip at all", "file_truncated"),
        (b";".join([b"c"] * 6) + b"\n", "too_many_columns"),
        (b"x" * 150 + b";b\n1;2\n", "no_header"),
        (b"a;b\n" + b"1;" * 600 + b"\n", "line_too_long"),
    ],
)
def test_what_is_no_table_is_refused_by_name(content, code):
    with pytest.raises(UnreadableFile) as refused:
        rows(content, limits=SMALL)
    assert refused.value.code == code


def test_a_cut_off_gzip_gives_its_rows_and_then_says_so():
    packed = gzip.compress(b"a;b\n" + b"".join(b"%d;%d\n" % (n, n * 7919 % 1009) for n in range(200_000)))
    code, read = read_until_refused(packed[: len(packed) // 2])
    assert code == "file_truncated"
    assert read > 10_000


def test_a_bomb_is_stopped_early():
    bomb = gzip.compress(b"a;b\n" + b"1;2\n" * 5_000_000)
    code, read = read_until_refused(bomb, limits=Limits(ratio=20, ratio_from=1_000_000))
    assert code == "file_too_large"
    assert 0 < read < 1_000_000
