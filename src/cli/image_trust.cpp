#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "image/image_trust.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct TrustSetCall {
    std::string policy_file;
    std::vector<std::string> key_files;
    std::string scope, type = "signedBy";
};

struct TrustShowCall {
    std::string policy_file;
    std::string scope;
    bool json = false, no_heading = false, raw = false;
};

/// `file`: --signature-policy, empty when it was not said.
image::PolicyFiles policy_of(const Environment& environment, const std::string& file) {
    image::PolicyFiles files = image::policy_files(registry_options({}, environment).environment);
    if (!file.empty()) files.replacement = file;
    return files;
}

std::string requirement_type(const std::string& word) {
    if (word == "accept" || word == "insecureAcceptAnything") return "insecureAcceptAnything";
    if (word == "reject" || word == "signedBy" || word == "sigstoreSigned") return word;
    throw Error{ErrorKind::Invalid, concat("--type: no type ", quote(word)), "accept, reject, signedBy or sigstoreSigned"};
}

int trust_set(const TrustSetCall& call, const Environment& environment) {
    image::TrustChange change{call.scope, requirement_type(call.type), {}};
    const bool needs_keys = change.type == "signedBy" || change.type == "sigstoreSigned";
    if (needs_keys == call.key_files.empty())
        throw Error{ErrorKind::Invalid, needs_keys ? concat("--type ", call.type, " needs a public key") : concat("--type ", call.type, " takes no public key"), "--pubkeysfile names one"};
    for (const auto& file : call.key_files) {
        if (!std::filesystem::exists(file)) throw Error{ErrorKind::NotFound, concat("--pubkeysfile: ", quote(file), " does not exist")};
        change.key_files.push_back(std::filesystem::absolute(file).native());
    }
    image::change_trust(policy_of(environment, call.policy_file), change);
    return 0;
}

int trust_show(const TrustShowCall& call, const Environment& environment) {
    const auto policy = image::policy_text(policy_of(environment, call.policy_file));
    if (call.raw) {
        print_line(trim(policy));
        return 0;
    }
    Listing listing{.name = "image trust show", .default_template = "{{.transport}}\t{{.name}}\t{{.type}}\t{{.id}}\t{{.store}}", .headers = {{"id", "ID"}}, .rows = {}, .methods = {}};
    for (const auto& [transport, scope, type] : image::trust_rows(policy)) {
        if (!call.scope.empty() && scope != call.scope && scope != "default") continue;
        OrderedJson row{{"transport", transport}, {"name", call.json && scope == "default" ? "* (default)" : scope}, {"repo_name", scope}, {"type", type}};
        if (!call.json) row.update({{"id", ""}, {"store", ""}});
        listing.rows.push_back(row);
    }
    print_listing(listing, {.format = call.json ? "json" : "", .no_heading = call.no_heading, .json_indent = 2});
    return 0;
}

}  // namespace

void define_image_trust_set(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<TrustSetCall>();
    add_argument(command, "SCOPE", call->scope);
    add_string(command, "--signature-policy", call->policy_file, "FILE", "The policy file in place of the system's");
    add_list(command, "-f,--pubkeysfile", call->key_files, "FILE", "Public key that signatures are verified with");
    add_string(command, "-t,--type", call->type, "TYPE", "accept, reject, signedBy (default) or sigstoreSigned");
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [call, &invocation] { return trust_set(*call, invocation.environment); };
}

void define_image_trust_show(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<TrustShowCall>();
    add_argument(command, "SCOPE", call->scope, /*required=*/false);
    add_string(command, "--signature-policy", call->policy_file, "FILE", "The policy file in place of the system's");
    add_flag(command, "-j,--json", call->json, "As JSON");
    add_flag(command, "-n,--noheading", call->no_heading, "No headings");
    add_flag(command, "--raw", call->raw, "The policy file as it is");
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [call, &invocation] { return trust_show(*call, invocation.environment); };
}

}  // namespace skiff::cli
