#pragma once
/// Errors that a user may see. Lower layers throw; only src/cli prints and picks an exit status.

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace skiff {

/// What went wrong, in terms a caller can act on. The kind, never the text, picks the exit status.
enum class ErrorKind {
    Invalid,          ///< the request itself is malformed (option, name, value)
    NotFound,         ///< the named object does not exist
    Exists,           ///< the name or ID is taken
    Ambiguous,        ///< an ID prefix matches several objects
    InUse,            ///< something else still refers to the object
    WrongState,       ///< the state machine has no such transition from here
    Corrupt,          ///< data on disk or from outside contradicts its digest, size or grammar
    Unsupported,      ///< this kernel, host or build cannot do it
    Timeout,          ///< a bounded wait ran out
    CannotExecute,    ///< the container's program exists and cannot be executed (126)
    CommandNotFound,  ///< the container's program does not exist (127)
    Cancelled,        ///< the user interrupted
    System,           ///< a system call failed; errno is kept
};

class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, std::string message, std::string hint = {})
        : std::runtime_error(std::move(message)), kind_{kind}, hint_{std::move(hint)} {}

    ErrorKind kind() const noexcept { return kind_; }
    /// What the user can do about it; may be empty. Printed in parentheses after the message.
    const std::string& hint() const noexcept { return hint_; }
    /// The errno of the failed system call, 0 when there was none.
    int code() const noexcept { return code_; }

    /// The same failure with `context` and a colon in front: "starting container \"web\": …".
    Error in(std::string_view context) const;

protected:
    Error(ErrorKind kind, std::string message, std::string hint, int code)
        : std::runtime_error(std::move(message)), kind_{kind}, hint_{std::move(hint)}, code_{code} {}

private:
    ErrorKind kind_;
    std::string hint_;
    int code_ = 0;
};

/// A failed system call: "WHAT: strerror(code)".
class SystemError : public Error {
public:
    SystemError(int code, std::string_view what, std::string hint = {});
};

/// Runs `step`; an Error leaving it gets `context` in front.
template <typename Step>
auto in_context(std::string_view context, Step&& step) -> decltype(step()) {
    try {
        return std::forward<Step>(step)();
    } catch (const Error& error) {
        throw error.in(context);
    }
}

/// The text of errno value `code`, thread-safe.
std::string errno_text(int code);

}  // namespace skiff
