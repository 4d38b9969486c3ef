#include "cli/secret_row.h"

#include <chrono>

#include "util/text.h"

namespace skiff::cli {
namespace {

OrderedJson words_of_secret(const std::map<std::string, std::string>& map) {
    OrderedJson json = OrderedJson::object();
    for (const auto& [key, value] : map) json[key] = value;
    return json;
}

}  // namespace

OrderedJson secret_json(const libpod::SecretRow& row) {
    OrderedJson spec;
    spec["Name"] = row.name;
    spec["Driver"] = {{"Name", row.driver}, {"Options", words_of_secret(row.options)}};
    spec["Labels"] = words_of_secret(row.labels);
    OrderedJson json;
    json["ID"] = row.id;
    json["CreatedAt"] = rfc3339(row.created_at);
    json["UpdatedAt"] = rfc3339(row.updated_at);
    json["Spec"] = std::move(spec);
    return json;
}

std::string secret_age(UnixNanos when) {
    return concat(human_duration(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::nanoseconds{now_nanos() - when})), " ago");
}

}  // namespace skiff::cli
