#include "oci/monitor/detach_keys.h"

#include "oci/monitor/monitor.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::string_view kControl = "ctrl-";

[[noreturn]] void invalid(std::string_view keys, std::string_view key) {
    throw Error{ErrorKind::Invalid, concat("detach keys ", quote(keys), ": ", quote(key), " is not a key"),
                "a letter, or ctrl- and one of a-z @ [ \\ ] ^ _, separated by commas"};
}

/// ctrl-@ is NUL, ctrl-a is 1, … as terminals send them.
std::optional<char> control_key(std::string_view name) {
    if (name.size() != kControl.size() + 1 || lower(name.substr(0, kControl.size())) != kControl) return std::nullopt;
    const char key = lower(name).back();
    if (key >= 'a' && key <= 'z') return static_cast<char>(key - 'a' + 1);
    if (key == '@' || (key >= '[' && key <= '_')) return static_cast<char>(key & 0x1f);
    return std::nullopt;
}

}  // namespace

std::string parse_detach_keys(std::string_view keys) {
    std::string sequence;
    if (keys.empty()) return sequence;
    for (const auto& key : split(keys, ',')) {
        if (key.size() == 1) sequence.push_back(key[0]);
        else if (lower(key) == "del") sequence.push_back('\x7f');
        else if (const auto control = control_key(key)) sequence.push_back(*control);
        else invalid(keys, key);
    }
    return sequence;
}

bool DetachFilter::feed(std::string_view input, std::string& out) {
    if (sequence_.empty()) {
        out.append(input);
        return false;
    }
    for (const char key : input) {
        held_.push_back(key);
        while (!sequence_.starts_with(held_)) {
            out.push_back(held_.front());
            held_.erase(0, 1);
        }
        if (held_ == sequence_) {
            held_.clear();
            return true;
        }
    }
    return false;
}

}  // namespace skiff::oci::monitor
