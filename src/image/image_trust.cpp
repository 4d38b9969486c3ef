#include "image/image_trust.h"

#include <fcntl.h>

#include <algorithm>

#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kTrustFileLimitBytes = 8U << 20;
constexpr const char* kAcceptAll = R"({"default":[{"type":"insecureAcceptAnything"}]})";

fs::path file_in_force(const PolicyFiles& where) {
    if (!where.replacement.empty()) return where.replacement;
    for (const auto& file : where.files)
        if (fs::exists(file)) return file;
    return where.files.back();
}

std::string type_word(const std::string& type) {
    if (type == "insecureAcceptAnything") return "accept";
    if (type == "signedBy") return "signed";
    return type;
}

void add_rows(std::vector<TrustRow>& rows, const std::string& transport, const std::string& scope, const Json& requirements) {
    if (!requirements.is_array()) throw Error{ErrorKind::Corrupt, concat("policy of ", quote(scope), " is not a list")};
    for (const auto& requirement : requirements) rows.push_back({transport, scope, type_word(string_or(requirement, "type"))});
}

OrderedJson requirements_of(const TrustChange& change) {
    if (change.key_files.empty()) return OrderedJson::array({{{"type", change.type}}});
    auto list = OrderedJson::array();
    for (const auto& file : change.key_files) {
        OrderedJson requirement{{"type", change.type}};
        if (change.type == "signedBy") requirement["keyType"] = "GPGKeys";
        requirement["keyPath"] = file;
        list.push_back(requirement);
    }
    return list;
}

}  // namespace

std::string policy_text(const PolicyFiles& where) { return read_file_if_exists_at(AT_FDCWD, file_in_force(where), kTrustFileLimitBytes).value_or(kAcceptAll); }

std::vector<TrustRow> trust_rows(const std::string& policy) {
    const auto document = parse_json(policy, "policy.json");
    std::vector<TrustRow> rows;
    if (const Json* requirements = member(document, "default")) add_rows(rows, "all", "default", *requirements);
    const Json* transports = member(document, "transports");
    if (transports == nullptr) return rows;
    for (const auto& [transport, scopes] : transports->items())
        for (const auto& [scope, requirements] : scopes.items()) add_rows(rows, transport == "docker" ? "repository" : transport, scope, requirements);
    return rows;
}

void change_trust(const PolicyFiles& where, const TrustChange& change) {
    const auto file = file_in_force(where);
    parse_json(policy_text(where), file.native());  // bounds and grammar; then the order of members is kept
    auto document = OrderedJson::parse(policy_text(where));
    if (change.scope == "default") document["default"] = requirements_of(change);
    else document["transports"]["docker"][change.scope] = requirements_of(change);
    const auto directory = make_directory(file.parent_path(), 0755);
    replace_file_at(directory.get(), file.filename().native(), concat(dump(document, 4), "\n"), 0644, Sync::Yes);
}

}  // namespace skiff::image
