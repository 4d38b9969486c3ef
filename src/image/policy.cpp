#include "image/policy.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <set>

#include "image/signature/policy_signatures.h"
#include "image/signature/requirement.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kPolicyLimitBytes = 8U << 20;
constexpr std::array<std::string_view, 5> kRequirementTypes = {"insecureAcceptAnything", "reject", "signedBy", "signedBaseLayer", "sigstoreSigned"};

struct ReadPolicy {
    fs::path file;
    Json document;
};

std::optional<ReadPolicy> read_policy(const PolicyFiles& where) {
    auto files = where.files;
    if (!where.replacement.empty()) files = {where.replacement};
    for (const auto& file : files) {
        const auto text = read_file_if_exists_at(AT_FDCWD, file, kPolicyLimitBytes);
        if (text) return ReadPolicy{file, parse_json(*text, file.native())};
    }
    if (!where.replacement.empty()) throw Error{ErrorKind::NotFound, concat("policy ", quote(where.replacement), " is not there"), "CONTAINERS_POLICY_JSON names it"};
    return std::nullopt;
}

std::string_view policy_name_of(Transport transport) {
    switch (transport) {
        case Transport::DockerArchive: return "docker-archive";
        case Transport::OciArchive: return "oci-archive";
        case Transport::Oci: return "oci";
        case Transport::Dir: return "dir";
        case Transport::ContainersStorage: return "containers-storage";
        case Transport::Docker: return "docker";
    }
    return "docker";
}

/// A directory, then those that it is in.
std::vector<std::string> path_scopes(const Location& location) {
    std::vector<std::string> scopes;
    std::error_code failed;
    auto path = fs::weakly_canonical(fs::absolute(location.path), failed);
    if (failed) path = fs::absolute(location.path).lexically_normal();
    if (!location.reference.empty()) scopes.push_back(concat(path.native(), ":", location.reference));
    for (; path.has_relative_path(); path = path.parent_path()) scopes.push_back(path.native());
    return scopes;
}

struct Rule {
    const Json* requirements = nullptr;
    std::string shown;  ///< the scope, for errors
};

/// The most specific entry counts alone.
Rule rule_for(const ReadPolicy& policy, std::string_view transport, const std::vector<std::string>& scopes) {
    const Json* transports = member(policy.document, "transports");
    const Json* own = transports == nullptr ? nullptr : member(*transports, std::string{transport}.c_str());
    if (own != nullptr) {
        for (const auto& scope : scopes)
            if (const Json* found = member(*own, scope.c_str())) return {found, scope};
        if (const Json* found = member(*own, "")) return {found, concat("transport ", transport)};
    }
    return {member(policy.document, "default"), "default"};
}

bool is_signature(const std::string& type) { return type == "signedBy" || type == "sigstoreSigned" || type == "signedBaseLayer"; }

void check_requirement(const Json& requirement, const std::string& who) {
    const auto type = string_or(requirement, "type");
    if (std::find(kRequirementTypes.begin(), kRequirementTypes.end(), type) == kRequirementTypes.end())
        throw Error{ErrorKind::Corrupt, concat(who, ": unknown requirement ", quote(type))};
    if (type == "reject") throw Error{ErrorKind::Invalid, concat(who, " rejects it")};
    if (is_signature(type)) in_context(who, [&] { check_signature_requirement(requirement); });
}

SignatureRequirements check_rule(const ReadPolicy& policy, const Rule& rule) {
    SignatureRequirements signatures{{}, concat(policy.file.native(), ": ", rule.shown)};
    if (rule.requirements == nullptr) throw Error{ErrorKind::Corrupt, concat(policy.file.native(), ": it has no default")};
    if (!rule.requirements->is_array() || rule.requirements->empty()) throw Error{ErrorKind::Corrupt, concat(signatures.who, ": a list of requirements is wanted")};
    for (const auto& requirement : *rule.requirements) {
        check_requirement(requirement, signatures.who);
        if (is_signature(string_or(requirement, "type"))) signatures.wanted.push_back(dump(requirement));
    }
    return signatures;
}

SignatureRequirements check(const PolicyFiles& where, std::string_view transport, const std::vector<std::string>& scopes, const std::string& shown) {
    const auto policy = read_policy(where);
    if (!policy) return {};
    return in_context(concat("image ", quote(shown), " is not let in"), [&] { return check_rule(*policy, rule_for(*policy, transport, scopes)); });
}

void refuse_signatures(const SignatureRequirements& signatures, const std::string& shown) {
    if (signatures.empty()) return;
    throw Error{ErrorKind::Unsupported, concat("image ", quote(shown), " is not let in: ", signatures.who, " requires a signature, which is verified only of what comes from a registry by pull")};
}

std::string text_of(const std::map<std::string, std::string>& environment, const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string{} : found->second;
}

}  // namespace

PolicyFiles policy_files(const std::map<std::string, std::string>& environment) {
    PolicyFiles where{text_of(environment, "CONTAINERS_POLICY_JSON"), {}};
    if (const auto home = text_of(environment, "HOME"); !home.empty()) where.files.push_back(fs::path{home} / ".config/containers/policy.json");
    where.files.emplace_back("/etc/containers/policy.json");
    return where;
}

std::vector<std::string> policy_scopes(const Reference& reference) {
    std::vector<std::string> scopes{reference.text()};
    auto path = reference.repository();
    if (path != scopes.front()) scopes.push_back(path);
    for (auto slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/')) {
        path.resize(slash);
        scopes.push_back(path);
    }
    // Then its domain: "*.example.com", "*.com".
    auto host = reference.registry.substr(0, reference.registry.find(':'));
    for (auto dot = host.find('.'); dot != std::string::npos; dot = host.find('.')) {
        host.erase(0, dot + 1);
        scopes.push_back(concat("*.", host));
    }
    return scopes;
}

SignatureRequirements required_signatures(const PolicyFiles& where, const Reference& reference) { return check(where, "docker", policy_scopes(reference), reference.text()); }

void require_allowed(const PolicyFiles& where, const Reference& reference) { refuse_signatures(required_signatures(where, reference), reference.text()); }

void require_allowed(const PolicyFiles& where, const Location& location) {
    const bool has_scopes = location.transport == Transport::Oci || location.transport == Transport::Dir;
    refuse_signatures(check(where, policy_name_of(location.transport), has_scopes ? path_scopes(location) : std::vector<std::string>{}, location.path), location.path);
}

}  // namespace skiff::image
