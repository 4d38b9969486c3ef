#include "oci/external/runtime_errors.h"

#include <algorithm>
#include <array>

#include "oci/external/external_runtime.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci {
namespace {

constexpr const char* kCgroupHint = "another runtime may support this host's cgroups: --runtime runc";

/// Phrases of crun 1.x and runc 1.x, in lower case.
struct Phrase {
    std::string_view text;
    ErrorKind kind;
};

/// About the container's program. "open executable" is crun's, "exec: " with the quoted program runc's
/// look-up, "exec " with the plain one its execve(2).
constexpr std::array<Phrase, 9> kProgramPhrases{{{"not found in $path", ErrorKind::CommandNotFound},
                                                 {"no such file or directory", ErrorKind::CommandNotFound},
                                                 {"not a directory", ErrorKind::CommandNotFound},
                                                 {"permission denied", ErrorKind::CannotExecute},
                                                 {"operation not permitted", ErrorKind::CannotExecute},
                                                 {"is a directory", ErrorKind::CannotExecute},
                                                 {"exec format error", ErrorKind::CannotExecute},
                                                 {"text file busy", ErrorKind::CannotExecute},
                                                 {"argument list too long", ErrorKind::CannotExecute}}};

constexpr std::array<Phrase, 14> kStatePhrases{{{"container does not exist", ErrorKind::NotFound},
                                                {"/status`: no such file or directory", ErrorKind::NotFound},
                                                {"cannot open directory", ErrorKind::NotFound},
                                                {"already exists", ErrorKind::Exists},
                                                {"exec.fifo", ErrorKind::WrongState},
                                                {"already running", ErrorKind::WrongState},
                                                {"not running", ErrorKind::WrongState},
                                                {"has stopped", ErrorKind::WrongState},
                                                {"in a stopped", ErrorKind::WrongState},
                                                {"is not stopped", ErrorKind::WrongState},
                                                {"that is not stopped", ErrorKind::WrongState},
                                                {"`created` or `stopped` state", ErrorKind::WrongState},
                                                {"not paused", ErrorKind::WrongState},
                                                {"paused container", ErrorKind::WrongState}}};

constexpr std::array<std::string_view, 7> kCgroupPhrases{"cgroups in hybrid mode not supported",
                                                         "cannot find memory or pids controller",
                                                         "invalid file system type on '/sys/fs/cgroup",
                                                         "cannot find cgroup2 for the",
                                                         "cgroup mountpoint does not exist",
                                                         "no cgroup mount found",
                                                         "statfs '/sys/fs/cgroup"};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// True for messages about finding or opening the program itself, not about some other file of the set-up.
bool is_about_program(std::string_view message, std::string_view program) {
    if (message.starts_with("open executable") || message.starts_with("executable file `")) return true;
    if (contains(message, "not found in $path") || contains(message, "exec format error")) return true;
    if (program.empty()) return false;
    return contains(message, lower(concat("exec: \"", program, "\""))) || contains(message, lower(concat("exec ", program, ":")));
}

/// crun's and runc's words for a working directory that cannot be entered: for the user as with a program that is not there.
bool is_about_directory(std::string_view message) { return contains(message, "chdir `") || contains(message, "chdir to cwd ("); }

template <std::size_t N>
const Phrase* find_phrase(const std::array<Phrase, N>& phrases, std::string_view message) {
    const auto found = std::find_if(phrases.begin(), phrases.end(), [&](const auto& phrase) { return contains(message, phrase.text); });
    return found == phrases.end() ? nullptr : &*found;
}

std::string_view reason_of(const Phrase& phrase) {
    if (phrase.text == "not found in $path") return "not found in the container's PATH";
    return phrase.text;
}

/// What runc puts in front of every message says nothing to a user.
std::string without_prefixes(std::string_view message) {
    constexpr std::array<std::string_view, 6> kPrefixes{"runc create failed: ", "runc run failed: ", "exec failed: ",
                                                        "unable to start container process: ", "error during container init: ",
                                                        "container_linux.go: "};
    for (bool again = true; again;) {
        again = false;
        for (const auto prefix : kPrefixes) {
            if (!message.starts_with(prefix)) continue;
            message.remove_prefix(prefix.size());
            again = true;
        }
    }
    return std::string{trim(message)};
}

bool is_error_level(std::string_view level) { return level.empty() || level == "error" || level == "fatal" || level == "panic"; }

/// One line, control characters made harmless: a message can hold what an image wrote.
std::string one_line(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return text;
}

}  // namespace

std::vector<std::string> log_messages(std::string_view log) {
    std::vector<std::string> out;
    for (const auto& line : split(log, '\n')) {
        if (trim(line).empty()) continue;
        const auto json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
        if (!json.is_object() || !json.contains("msg") || !json["msg"].is_string()) {
            out.push_back(one_line(line));
            continue;
        }
        const auto level = json.contains("level") && json["level"].is_string() ? json["level"].get<std::string>() : "";
        if (is_error_level(level)) out.push_back(one_line(json["msg"].get<std::string>()));
    }
    return out;
}

Error runtime_error(const FailedCall& call, const std::vector<std::string>& messages) {
    const auto subject = concat("OCI runtime ", call.runtime, ": ", call.operation);
    for (const auto& message : messages) {
        const auto text = lower(message);
        const bool cgroups = std::any_of(kCgroupPhrases.begin(), kCgroupPhrases.end(), [&](auto phrase) { return contains(text, phrase); });
        if (cgroups) return Error{ErrorKind::Unsupported, concat("OCI runtime ", call.runtime, " cannot use this host's cgroups: ", message), kCgroupHint};
        if (call.program.empty()) continue;
        if (const auto* phrase = find_phrase(kProgramPhrases, text); phrase != nullptr && is_about_directory(text)) {
            return Error{phrase->kind, concat(subject, ": ", without_prefixes(message))};
        }
        if (!is_about_program(text, call.program)) continue;
        if (const auto* phrase = find_phrase(kProgramPhrases, text)) {
            return Error{phrase->kind, concat("program ", quote(call.program), ": ", reason_of(*phrase))};
        }
    }
    for (const auto& message : messages) {
        const auto* phrase = find_phrase(kStatePhrases, lower(message));
        if (phrase == nullptr) continue;
        if (phrase->kind == ErrorKind::NotFound) return Error{phrase->kind, concat(subject, ": no container ", call.id)};
        if (phrase->kind == ErrorKind::Exists) return Error{phrase->kind, concat(subject, ": container ", call.id, " exists already")};
        return Error{phrase->kind, concat(subject, ": container ", call.id, " is not in a state that allows it")};
    }
    // The first messages of a chain are about symptoms; the last one tells the cause.
    const auto why = messages.empty() ? concat("ended with status ", call.exit_code) : without_prefixes(messages.back());
    return Error{ErrorKind::System, concat(subject, ": ", why)};
}

bool is_cgroup_refusal(const Error& error) { return error.kind() == ErrorKind::Unsupported && error.hint() == kCgroupHint; }

}  // namespace skiff::oci
