#include "image/registry/credential_helper.h"

#include <algorithm>
#include <cctype>

#include "util/error.h"
#include "util/fd.h"
#include "util/json.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::chrono::seconds kHelperPatience{60};
constexpr std::string_view kTokenUser = "<token>";

void check_name(const std::string& name) {
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
    if (!good) throw Error{ErrorKind::Corrupt, concat("credential helper ", quote(name), ": not a valid name")};
}

RunResult call(const std::string& name, const char* action, const std::string& input) {
    check_name(name);
    const auto program = concat("docker-credential-", name);
    const auto in = make_memfd("credentials", input, /*sealed=*/false);
    RunRequest request;
    request.argv = {program, action};
    request.stdin_fd = in.get();
    request.timeout = kHelperPatience;
    return in_context(concat("credential helper ", quote(name)), [&] { return run_program(request); });
}

[[noreturn]] void failed(const std::string& name, const char* action, const RunResult& result) {
    const auto said = std::string{trim(result.out.empty() ? result.err : result.out)}.substr(0, 500);
    throw Error{ErrorKind::System, concat("credential helper ", quote(name), ": ", action, " failed: ", quote(said))};
}

}  // namespace

std::optional<Login> ask_helper(const std::string& name, const std::string& server) {
    const auto result = call(name, "get", server);
    if (result.status.code != 0) {
        if (result.out.find("credentials not found") != std::string::npos) return std::nullopt;
        failed(name, "get", result);
    }
    const auto answer = parse_json(result.out, concat("answer of credential helper ", quote(name)));
    const auto user = string_or(answer, "Username");
    const auto secret = string_or(answer, "Secret");
    if (user == kTokenUser) return Login{{}, {}, secret};
    return Login{user, secret, {}};
}

void tell_helper(const std::string& name, const std::string& server, const Login& login) {
    const Json entry{{"ServerURL", server}, {"Username", login.user}, {"Secret", login.password}};
    const auto result = call(name, "store", dump(entry));
    if (result.status.code != 0) failed(name, "store", result);
}

void erase_from_helper(const std::string& name, const std::string& server) {
    const auto result = call(name, "erase", server);
    if (result.status.code != 0 && result.out.find("credentials not found") == std::string::npos) failed(name, "erase", result);
}

}  // namespace skiff::image::registry
