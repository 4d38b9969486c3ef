// Expectations follow Go's text/template documentation and what podman 4.3.1 prints.
#include <array>
#include <doctest/doctest.h>

#include "template_helper.h"

using namespace skiff;
using namespace skiff::cli;
using namespace skiff::cli::test;

namespace {

struct Case {
    std::string_view text;
    std::string_view expected;
};

template <std::size_t Count>
void check(const std::array<Case, Count>& cases) {
    for (const Case& one : cases) {
        CAPTURE(one.text);
        CHECK_EQ(run(one.text), one.expected);
    }
}

}  // namespace

TEST_CASE("template: values print as Go prints them") {
    check(std::array{
        Case{"{{.Name}}", "web"}, Case{"{{.Count}}/{{.Ratio}}/{{.On}}/{{.Off}}", "3/2.5/true/false"},
        Case{"{{.List}}", "[a b c]"}, Case{"{{.NoList}}", "[]"}, Case{"{{.Labels}}", "map[a:1 b:2]"},
        Case{"{{.State}}", "{running 42 {[]}}"}, Case{"{{.None}}", "<nil>"}, Case{"{{.Mounts}}", "[{/x /y} {/z /w}]"},
        Case{"{{.Labels.a}} {{.Labels.zz}}", "1 <no value>"}, Case{"{{.State.Status}} {{.State.Pid}}", "running 42"},
        Case{"{{.Networks.net.IPAddress}}", "10.0.0.2"}, Case{"{{.Networks}}", "map[net:{10.0.0.2}]"},
        Case{"{{1}} {{-3}} {{0x1F}} {{1_000}} {{1.5e3}} {{'a'}} {{true}}", "1 -3 31 1000 1500 97 true"},
        Case{"{{\"q\\t\\u00e9\\x41\"}}{{`raw\\n`}}", "q\t\u00e9Araw\\n"}, Case{"plain", "plain"}, Case{"", ""},
        Case{"a } b }} { c", "a } b }} { c"},
    });
}

TEST_CASE("template: pipelines, parentheses and chains") {
    check(std::array{
        Case{"{{.Name | upper}}", "WEB"}, Case{"{{.Name | printf \"%s-%s\" \"x\"}}", "x-web"},
        Case{"{{(.State).Status}}", "running"}, Case{"{{(index .Mounts 1).Source}}", "/z"},
        Case{"{{printf \"%d\" (len .List)}}", "3"}, Case{"{{with .State}}{{.Pid}}{{$.Name}}{{end}}", "42web"},
        Case{"{{print (.Name)(.Count)}}", "web3"}, Case{"{{ .Name|lower|title }}", "Web"},
        Case{"{{$.State.Pid}}", "42"},
    });
}

TEST_CASE("template: conditions") {
    check(std::array{
        Case{"{{if .On}}a{{else}}b{{end}}{{if .Off}}a{{else}}b{{end}}", "ab"},
        Case{"{{if .Zero}}z{{else if .Empty}}e{{else if .Count}}c{{else}}n{{end}}", "c"},
        Case{"{{if .NoList}}l{{end}}{{if .None}}n{{end}}{{if .Labels}}m{{end}}{{if .State}}s{{end}}", "ms"},
        Case{"{{with .Empty}}x{{else}}y{{end}}{{with .Name}}<{{.}}>{{end}}", "y<web>"},
        Case{"{{with .Empty}}x{{else with .Name}}{{.}}{{end}}", "web"},
        Case{"{{if and .On .Name}}1{{end}}{{if or .Off .Empty}}2{{end}}{{if not .Off}}3{{end}}", "13"},
        Case{"{{and .On .Name}} {{or .Empty .Count}} {{and .Off .Nope}}", "web 3 false"},
        Case{"{{if .Labels.zz}}x{{else}}y{{end}}", "y"},
    });
}

TEST_CASE("template: range") {
    check(std::array{
        Case{"{{range .List}}{{.}},{{end}}", "a,b,c,"}, Case{"{{range $i, $e := .List}}{{$i}}={{$e}} {{end}}", "0=a 1=b 2=c "},
        Case{"{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "a=1 b=2 "}, Case{"{{range $v := .Labels}}{{$v}}{{end}}", "12"},
        Case{"{{range .NoList}}x{{else}}none{{end}}", "none"}, Case{"{{range .None}}x{{else}}none{{end}}", "none"},
        Case{"{{range .Numbers}}{{if eq . 2}}{{continue}}{{end}}{{.}}{{end}}", "13"},
        Case{"{{range .Numbers}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}", "1"},
        Case{"{{range .Mounts}}{{.Source}}:{{.Destination}};{{end}}", "/x:/y;/z:/w;"},
        Case{"{{range $i, $m := .Mounts}}{{if $i}}, {{end}}{{$m.Source}}{{end}}", "/x, /z"},
        Case{"{{range 3}}{{.}}{{end}}", "012"},
        Case{"{{range .List}}{{range $.Numbers}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}{{.}}{{end}}", "1a1b1c"},
    });
}

TEST_CASE("template: variables") {
    check(std::array{
        Case{"{{$x := .Name}}{{$x}}{{$x = \"new\"}}{{$x}}", "webnew"},
        Case{"{{$n := 0}}{{range .Numbers}}{{$n = .}}{{end}}{{$n}}", "3"},
        Case{"{{$x := 1}}{{if $y := .Name}}{{$x := 2}}{{$y}}{{$x}}{{end}}{{$x}}", "web21"},
        Case{"{{$s := .State}}{{$s.Pid}}", "42"}, Case{"{{range $e := .Numbers}}{{$e = 9}}{{$e}}{{end}}", "999"},
        Case{"{{$i := 7}}{{range $i, $e := .List}}{{end}}{{$i}}", "7"},
        Case{"{{$i := 7}}{{range $i = .Numbers}}{{end}}{{$i}}", "3"},
    });
}

TEST_CASE("template: define, template and block") {
    check(std::array{
        Case{"{{define \"x\"}}<{{.}}>{{end}}{{template \"x\" .Name}}", "<web>"},
        Case{"{{template \"x\"}}{{define \"x\"}}[{{.}}]{{end}}", "[<no value>]"},
        Case{"{{block \"b\" .State}}{{.Pid}}{{end}}", "42"},
        Case{"{{define \"x\"}}{{$.Pid}}{{end}}{{template \"x\" .State}}", "42"},
    });
}

TEST_CASE("template: trimming and comments") {
    check(std::array{
        Case{"a  {{- .Name -}}  b", "awebb"}, Case{"a\n{{- /* c */ -}}\nb", "ab"}, Case{"a {{/* {{x}} */}} b", "a  b"},
        Case{"{{- 3}} {{-3}}", "3 -3"}, Case{"{{range .List -}}\n  {{.}}\n{{- end}}", "abc"}, Case{"{{ \"}}\" }}", "}}"},
        Case{"{{3 -}}\n\t x", "3x"},
    });
}

TEST_CASE("template: comparison") {
    check(std::array{
        Case{"{{eq .Name \"web\"}} {{eq .Name \"a\" \"web\"}} {{eq .Name \"a\" \"b\"}}", "true true false"},
        Case{"{{ne .Count 3}} {{lt .Count 4}} {{le .Count 3}} {{gt .Count 3}} {{ge .Ratio 2.5}}", "false true true false true"},
        Case{"{{lt \"a\" \"b\"}} {{eq .Labels.zz \"1\"}} {{eq .None nil}}", "true false true"},
        Case{"{{eq 1 1.0}} {{if eq .State.Status \"running\"}}up{{end}}", "true up"},
    });
}

TEST_CASE("template: functions on strings and collections") {
    check(std::array{
        Case{"{{upper .Name}} {{lower \"ABC\"}} {{title \"big red\"}}", "WEB abc Big Red"},
        Case{"{{join .List \"-\"}} {{split \"a/b\" \"/\"}} {{len (split \"ab\" \"\")}}", "a-b-c [a b] 2"},
        Case{"{{pad .Name 1 2}}|{{pad .Empty 3 3}}|{{truncate \"h\u00e9llo\" 2}}|{{truncate \"h\" 5}}", " web  ||h\u00e9|h"},
        Case{"{{index .List 1}} {{index .Labels \"a\"}} [{{index .Labels \"zz\"}}] {{index .Mounts 0 \"Source\"}}", "b 1 [] /x"},
        Case{"{{slice .Name 1}} {{slice .Name 0 2}} {{slice .List 1 2}}", "eb we [b]"},
        Case{"{{len .Name}} {{len .List}} {{len .Labels}} {{len .None}}", "3 3 2 0"},
        Case{"{{json .Labels}} {{json .List}} {{json .Name}} {{json .None}}", "{\"b\":\"2\",\"a\":\"1\"} [\"a\",\"b\",\"c\"] \"web\" null"},
        Case{"{{json \"<&>\"}}", "\"<&>\""}, Case{"{{print 1 2 \"a\" \"b\" 3}}|{{println 1 \"a\"}}", "1 2ab3|1 a\n"},
        Case{"{{html \"<a&b>\"}} {{urlquery \"a b&c\"}} {{js \"it's\"}}", "&lt;a&amp;b&gt; a+b%26c it\\'s"},
    });
}

TEST_CASE("template: methods of the row") {
    CHECK_EQ(run("{{.ID}} {{.Label \"a\"}} {{.Label \"zz\"}}|{{\"b\" | .Label}}"), "id-web 1 |2");
    CHECK_EQ(run("{{range .List}}{{$.ID}}{{end}}{{with $row := .}}{{$row.ID}}{{end}}"), "id-webid-webid-webid-web");
    const OrderedJson rows = OrderedJson::array({sample(), sample()});
    CHECK_EQ(run("{{range .}}{{.ID}};{{end}}", rows), "id-web;id-web;");
}

TEST_CASE("template: points in time") {
    const auto row = OrderedJson::parse(R"({"Created": "2026-03-04T05:06:07.080900Z", "FinishedAt": "0001-01-01T00:00:00Z", "Name": "2026-03-04T05:06:07Z"})");
    CHECK(run("{{.Created}}", row).starts_with("2026-03-0"));
    CHECK(run("{{.Created.UTC}}", row) == "2026-03-04 05:06:07.0809 +0000 UTC");
    CHECK(run("{{json .Created}} {{.Name}}", row) == R"("2026-03-04T05:06:07.080900Z" 2026-03-04T05:06:07Z)");
    CHECK(run("{{.Created.Unix}} {{.Created.UnixMilli}} {{.Created.Year}}", row) == "1772600767 1772600767080 2026");
    CHECK(run("{{.FinishedAt}} {{.FinishedAt.IsZero}} {{.FinishedAt.Unix}}", row) == "0001-01-01 00:00:00 +0000 UTC true -62135596800");
    CHECK(run(R"({{.FinishedAt.Format "Jan 2 06 .000 Z07:00 x"}})", row) == "Jan 1 01 .000 Z x");
    TemplateOptions text;
    text.times_as_text = true;
    CHECK(run("{{.Created}}", row, text) == "2026-03-04T05:06:07.080900Z");
    CHECK(failure("{{.Name.Unix}}").find("can't evaluate field Unix") != std::string::npos);
}

TEST_CASE("template: a map that is null has no members") {
    const auto row = OrderedJson::parse(R"({"Labels": null, "None": null})");
    CHECK(run(R"({{.Labels.a}}|{{index .Labels "a"}}|{{.Labels}})", row) == "<no value>||map[]");
}

TEST_CASE("template: tabs and newlines written out") {
    TemplateOptions options;
    options.unescape_text = true;
    CHECK_EQ(run(R"(a\t{{.Name}}\n{{join .List "\n"}}\x)", sample(), options), "a\tweb\na\nb\nc\\x");
    CHECK_EQ(run(R"(a\t)"), R"(a\t)");
}
