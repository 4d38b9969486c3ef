// Expectations from the documentation of Go's package fmt.
#include <array>
#include <doctest/doctest.h>

#include "template_helper.h"
#include "util/text.h"

using namespace skiff::cli::test;
using skiff::concat;

TEST_CASE("template printf: verbs, flags and mistakes") {
    struct Case {
        std::string_view arguments;
        std::string_view expected;
    };
    const std::array cases{
        Case{R"("%s|%v|%q" .Name .Name .Name)", R"(web|web|"web")"},
        Case{R"("%d %5d|%-5d|%05d|%+d" 3 3 3 3 3)", "3     3|3    |00003|+3"},
        Case{R"("%x %X %#x %o %b %c %U" 255 255 255 8 5 65 65)", "ff FF 0xff 10 101 A %!U(int=65)"},
        Case{R"("%5.2f|%.1f|%8.3f|%-8.1f|" .Ratio .Ratio .Ratio .Ratio)", " 2.50|2.5|   2.500|2.5     |"},
        Case{R"("%10s|%-10s|%.2s|%5.1s|" .Name .Name .Name .Name)", "       web|web       |we|    w|"},
        Case{R"("%t %v %5t" true false true)", "true false  true"},
        Case{R"("%T %T %T %T %T" .Name .Count .Ratio .On .List)", "string int float64 bool []interface {}"},
        Case{R"("%v %s %q %d" .List .List .List .Numbers)", R"([a b c] [a b c] ["a" "b" "c"] [1 2 3])"},
        Case{R"("%v" .Labels)", "map[a:1 b:2]"},
        Case{R"("%x" "hi")", "6869"},
        Case{R"("%%")", "%"},
        Case{R"("%d" "hi")", "%!d(string=hi)"},
        Case{R"("%s" 3)", "%!s(int=3)"},
        Case{R"("%z" 3)", "%!z(int=3)"},
        Case{R"("%d")", "%!d(MISSING)"},
        Case{R"("x" 1 "b")", "x%!(EXTRA int=1, string=b)"},
        Case{R"("50%")", "50%!(NOVERB)"},
        Case{R"("%[2]s-%[1]s" "a" "b")", "b-a"},
        Case{R"("%[3]s" "a")", "%!s(BADINDEX)"},
        Case{R"("%*d" 5 42)", "   42"},
        Case{R"("%v %s" .None .None)", "<nil> %!s(<nil>)"},
        Case{R"("%#v %#v" .Name .List)", R"("web" []interface {}{"a", "b", "c"})"},
        Case{R"("%e %g" .Ratio .Ratio)", "2.500000e+00 2.5"},
        Case{R"("%5q|%-6q|" "a" "b")", R"(  "a"|"b"   |)"},
        Case{"\"%6s|\" \"h\u00e9\"", "    h\u00e9|"},
        Case{R"("%q" "a\"\n\x01")", R"("a\"\n\x01")"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.arguments);
        CHECK_EQ(run(concat("{{printf ", one.arguments, "}}")), one.expected);
    }
}

TEST_CASE("template printf: floats as %v") {
    const auto shown = [](double value) { return run("{{.}}", value); };
    CHECK_EQ(shown(1e20), "100000000000000000000");
    CHECK_EQ(shown(1e21), "1e+21");
    CHECK_EQ(shown(0.0001), "0.0001");
    CHECK_EQ(shown(0.00001), "1e-05");
    CHECK_EQ(shown(3.0), "3");
}
