#include <doctest/doctest.h>

#include "cli/format/tabwriter.h"

using skiff::cli::align_columns;

TEST_CASE("tabwriter: cells align, the last cell does not count") {
    CHECK_EQ(align_columns("a\tb\tc\naaaaaaaaaaaaa\tb\tc\n"), "a              b           c\naaaaaaaaaaaaa  b           c\n");
    CHECK_EQ(align_columns("CONTAINER ID\tNAMES\n8e452b3074c3\tweb\n"), "CONTAINER ID  NAMES\n8e452b3074c3  web\n");
    CHECK_EQ(align_columns("no columns\n"), "no columns\n");
    CHECK_EQ(align_columns(""), "");
}

TEST_CASE("tabwriter: a column is a run of adjacent lines") {
    CHECK_EQ(align_columns("a\tx\nplain\nbbbb\ty\n", {0, 1}), "a x\nplain\nbbbb y\n");
    CHECK_EQ(align_columns("a\tb\tc\na\td\nlong\tlonger\te\n", {0, 1}), "a    b c\na    d\nlong longer e\n");
}

TEST_CASE("tabwriter: empty cells and characters of several bytes") {
    CHECK_EQ(align_columns("a\t\tb\nc\t\td\n"), "a                       b\nc                       d\n");
    CHECK_EQ(align_columns("\u00e9\u00e9\tx\nab\ty\n", {0, 2}), "\u00e9\u00e9  x\nab  y\n");
    CHECK_EQ(align_columns("a\t\n", {0, 2}), "a  \n");
}

TEST_CASE("tabwriter: a line of many tabs costs neither stack nor time") {
    const std::string out = align_columns(std::string(100'000, '\t'), {0, 0});
    CHECK_EQ(out.size(), 99'000);
}
