#include <array>
#include <doctest/doctest.h>

#include "template_helper.h"

using namespace skiff;
using namespace skiff::cli;
using namespace skiff::cli::test;

TEST_CASE("template: mistakes in the text name line and column") {
    struct Case {
        std::string_view text;
        std::string_view expected;
    };
    const std::array cases{
        Case{"{{.Name", "template: t:1:1: unclosed action"},
        Case{"a\nb {{.Name | }}", "template: t:2:13: missing value for command"},
        Case{"{{}}", "template: t:1:3: missing value for command"},
        Case{"{{if .On}}x", "template: t:1:12: unclosed if: \"{{end}}\" is missing"},
        Case{"x{{end}}", "template: t:1:4: unexpected {{end}}"},
        Case{"{{else}}", "template: t:1:3: unexpected {{else}}"},
        Case{"{{if .On}}{{else}}{{else}}{{end}}", "template: t:1:21: expected {{end}}, found {{else}}"},
        Case{"{{nope .Name}}", "template: t:1:3: function \"nope\" not defined"},
        Case{"{{$x}}", "template: t:1:3: undefined variable \"$x\""},
        Case{"{{$x = 1}}", "template: t:1:3: undefined variable \"$x\""},
        Case{"{{if $x := .On}}{{end}}{{$x}}", "template: t:1:26: undefined variable \"$x\""},
        Case{"{{\"abc}}", "template: t:1:3: unterminated quoted string"},
        Case{"{{\"\\z\"}}", "template: t:1:3: bad escape in quoted string"},
        Case{"{{(.Name}}", "template: t:1:3: unclosed left parenthesis"},
        Case{"{{.Name)}}", "template: t:1:8: unexpected \")\" in command"},
        Case{"{{/* a }}", "template: t:1:1: unclosed comment"},
        Case{"{{.Name | .}}", "template: t:1:11: non executable command in pipeline stage 2"},
        Case{"{{break}}", "template: t:1:3: {{break}} outside {{range}}"},
        Case{"{{1x}}", "template: t:1:3: bad number syntax: \"1x\""},
        Case{"{{.Name!}}", "template: t:1:8: unexpected \"!\" in action"},
        Case{"{{define \"a\"}}{{end}}{{define \"a\"}}{{end}}", "template: t:1:31: template \"a\" is defined twice"},
        Case{"{{$a, $b := .List}}", "template: t:1:3: too many variables: only range declares two"},
        Case{"{{\"a\".Name}}", "template: t:1:6: unexpected \".Name\" in operand: a field cannot follow it"},
        Case{"{{nil}}", "template: t:1:3: nil is not a command"},
        Case{"{{template x}}", "template: t:1:12: unexpected \"x\" in {{template}}"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.text);
        CHECK_EQ(failure(one.text), one.expected);
    }
}

TEST_CASE("template: mistakes that show while running") {
    struct Case {
        std::string_view text;
        std::string_view expected;
    };
    const std::array cases{
        Case{"{{.Foo}}", "template: t:1:3: executing \"t\" at <.Foo>: can't evaluate field Foo"},
        Case{"{{.name}}", "template: t:1:3: executing \"t\" at <.name>: can't evaluate field name (did you mean .Name?)"},
        Case{"\n{{.State.Foo}}", "template: t:2:9: executing \"t\" at <.Foo>: can't evaluate field Foo"},
        Case{"{{.Name.Foo}}", "template: t:1:8: executing \"t\" at <.Foo>: can't evaluate field Foo in type string"},
        Case{"{{.Labels.zz.Foo}}", "template: t:1:13: executing \"t\" at <.Foo>: no value to take field Foo of"},
        Case{"{{.Name 1}}", "template: t:1:3: executing \"t\" at <.Name>: Name is not a method but has arguments"},
        Case{"{{index .List 9}}", "template: t:1:3: executing \"t\" at <index>: error calling index: index out of range: 9"},
        Case{"{{upper 3}}", "template: t:1:3: executing \"t\" at <upper>: error calling upper: wrong type for value; expected string; got int"},
        Case{"{{len}}", "template: t:1:3: executing \"t\" at <len>: error calling len: wrong number of args for len: want 1 got 0"},
        Case{"{{range .Name}}{{end}}", "template: t:1:9: executing \"t\" at <.Name>: range can't iterate over web"},
        Case{"{{template \"zz\"}}", "template: t:1:3: executing \"t\" at <template>: template \"zz\" not defined"},
        Case{"{{eq .Name 1}}", "template: t:1:3: executing \"t\" at <eq>: error calling eq: incompatible types for comparison"},
        Case{"{{.Label}}", "template: t:1:3: executing \"t\" at <.Label>: error calling Label: want one label name"},
        Case{"{{1 2}}", "template: t:1:3: executing \"t\" at <1>: can't give argument to non-function"},
        Case{"{{slice .Name 2 1}}", "template: t:1:3: executing \"t\" at <slice>: error calling slice: invalid slice index: 2 > 1"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.text);
        CHECK_EQ(failure(one.text), one.expected);
    }
}

TEST_CASE("template: members that podman leaves out while empty") {
    CHECK(run("{{.State.CheckpointPath}}|{{.State.Restored}}") == "|false");
    CHECK(run("{{with .State}}{{.RestoreLog}}{{end}}") == "");
    CHECK(failure("{{.State.Timezone}}").find("can't evaluate field Timezone") != std::string::npos);
    CHECK(run("{{json .State}}").find("CheckpointPath") == std::string::npos);
}

TEST_CASE("template: nothing grows without bound") {
    CHECK(failure("{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}").ends_with("templates call each other too deeply"));
    std::string nested;
    for (int i = 0; i < 1000; ++i) nested += "{{if 1}}";
    CHECK(failure(nested).ends_with("nested deeper than 200 levels"));
    CHECK(failure("{{" + std::string(1000, '(') + "}}").ends_with("nested deeper than 200 levels"));
    TemplateOptions small;
    small.limits.steps = 1000;
    CHECK(failure("{{range 1000000}}{{end}}", small).ends_with("the template takes too many steps"));
    small.limits = {};
    small.limits.output_bytes = 1000;
    CHECK(failure("{{range 1000000}}aaaa{{end}}", small).ends_with("the output is too long"));
    CHECK(failure("{{$x := \"abcdefgh\"}}{{range 100}}{{$x = print $x $x}}{{end}}", small).ends_with("a string is too long"));
    CHECK(failure("{{printf \"%900000d%900000d\" 1 2}}", small).ends_with("output of printf is too long"));
}

TEST_CASE("template: the column counts the words before the template") {
    TemplateOptions options;
    options.column_offset = 6;
    CHECK_EQ(failure("{{.Foo}}", options), "template: t:1:9: executing \"t\" at <.Foo>: can't evaluate field Foo");
    CHECK_EQ(failure("\n{{.Foo}}", options), "template: t:2:3: executing \"t\" at <.Foo>: can't evaluate field Foo");
}
