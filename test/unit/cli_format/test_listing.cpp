// The expected lines are those podman 4.3.1 prints for the same rows.
#include <doctest/doctest.h>

#include "cli/format/listing.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::cli;

namespace {

Listing containers() {
    Listing listing;
    listing.name = "ps";
    listing.default_template = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.Names}}";
    listing.headers = {{"ID", "CONTAINER ID"}, {"Names", "NAMES"}, {"Command", "COMMAND"}, {"Image", "IMAGE"}};
    listing.methods["ID"] = [](const OrderedJson& row, std::span<const OrderedJson>) -> OrderedJson { return short_id(row.at("Id").get<std::string>()); };
    listing.methods["Command"] = [](const OrderedJson& row, std::span<const OrderedJson>) -> OrderedJson {
        return short_command(row.at("Line").get<std::string>());
    };
    listing.methods["Label"] = [](const OrderedJson& row, std::span<const OrderedJson> names) -> OrderedJson {
        return row.at("Labels").value(names[0].get<std::string>(), "");
    };
    listing.rows.push_back(OrderedJson::parse(R"({"Id": "8e452b3074c3656f4ce6", "Image": "localhost/busy:latest",
        "Line": "/bin/busybox sleep 1000000000 now", "Names": "web", "Labels": {"a": "1"}, "CreatedAt": "now", "Size": 5})"));
    return listing;
}

std::string render(std::string format, const Listing& listing = containers(), bool no_heading = false) {
    return render_listing(listing, {std::move(format), no_heading, 2});
}

}  // namespace

TEST_CASE("listing: the default table") {
    const std::string heading = "CONTAINER ID  IMAGE                  COMMAND               NAMES\n";
    const std::string row = "8e452b3074c3  localhost/busy:latest  /bin/busybox slee...  web\n";
    CHECK_EQ(render(""), heading + row);
    CHECK_EQ(render("table"), heading + row);
    CHECK_EQ(render("", containers(), true), row);
    Listing empty = containers();
    empty.rows.clear();
    CHECK_EQ(render("", empty), "CONTAINER ID  IMAGE       COMMAND     NAMES\n");
    CHECK_EQ(render("", empty, true), "");
}

TEST_CASE("listing: table templates") {
    CHECK_EQ(render("table {{.ID}} {{.Names}}"), "CONTAINER ID  NAMES\n8e452b3074c3  web\n");
    CHECK_EQ(render("table {{.ID}}  {{ .Names }} x"), "CONTAINER ID              NAMES       x\n8e452b3074c3              web         x\n");
    CHECK_EQ(render(R"(table {{.ID}}\t{{.CreatedAt}}\t{{.Label "a"}})"), "CONTAINER ID  CREATED AT  a\n8e452b3074c3  now         1\n");
    CHECK_EQ(render(R"(table {{upper .Names}}\t{{len .Labels}}\t{{if .Labels}}x{{end}})"),
             "NAMES       LABELS      LABELS\nWEB         1           x\n");
    CHECK_EQ(render("table {{range $k, $v := .Labels}}{{$k}}{{end}}"), "LABELS\na\n");
    CHECK_EQ(render("table {{.Names}}", containers(), true), "web\n");
}

TEST_CASE("listing: templates and json") {
    CHECK_EQ(render(R"({{.ID}}\t{{.Names}})"), "8e452b3074c3\tweb\n");
    CHECK_EQ(render(R"({{.Names}}\n)"), "web\n");
    CHECK_EQ(render("{{.Names}} {{.Size}}"), "web 5\n");
    CHECK_EQ(render("{{range .}}{{.ID}}|{{end}}"), "8e452b3074c3|\n");
    CHECK_EQ(render("{{range $k, $v := .}}{{$v.Names}}{{end}}"), "web\n");
    CHECK_EQ(render("{{json .Labels}}"), "{\"a\":\"1\"}\n");
    CHECK_EQ(OrderedJson::parse(render("json")), OrderedJson::array({containers().rows[0]}));
    Listing empty = containers();
    empty.rows.clear();
    CHECK_EQ(render("json", empty), "[]\n");
    CHECK_EQ(render("{{.Foo}}", empty), "");
    CHECK_EQ(render("tables"), "tables\n");
}

TEST_CASE("listing: mistakes are found in the heading already, at the user's column") {
    const auto message = [](std::string format) -> std::string {
        try {
            return render(std::move(format));
        } catch (const Error& error) {
            return error.what();
        }
    };
    CHECK_EQ(message("table {{.Foo}}"), "template: ps:1:9: executing \"ps\" at <.Foo>: can't evaluate field Foo");
    CHECK_EQ(message("{{.Foo}}"), "template: ps:1:3: executing \"ps\" at <.Foo>: can't evaluate field Foo");
}

TEST_CASE("listing: one object") {
    const OrderedJson object = OrderedJson::parse(R"({"b": 1, "a": {"c": "x"}})");
    CHECK_EQ(render_object("info", "{{.a.c}}", object), "x\n");
    CHECK_EQ(render_object("info", "json", object), "{\n    \"b\": 1,\n    \"a\": {\n        \"c\": \"x\"\n    }\n}\n");
    CHECK_EQ(render_object("info", "{{json .}}", object), "{\"b\":1,\"a\":{\"c\":\"x\"}}\n");
}

TEST_CASE("listing: titles derived from names") {
    CHECK_EQ(derived_header("CreatedAt"), "CREATED AT");
    CHECK_EQ(derived_header("ID"), "ID");
    CHECK_EQ(derived_header("ImageID"), "IMAGE ID");
    CHECK_EQ(derived_header("CPUPerc"), "CPU PERC");
    CHECK_EQ(derived_header("RepoTags"), "REPO TAGS");
}
