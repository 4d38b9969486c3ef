#include "cli/prompt.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::size_t kSecretLimitBytes = 1U << 20;

/// The terminal's echo, off until destruction.
class NoEcho {
public:
    explicit NoEcho(bool wanted) {
        if (!wanted || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;
    ~NoEcho() {
        if (!changed_) return;
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::cerr << "\n";
    }

private:
    termios before_{};
    bool changed_ = false;
};

}  // namespace

std::string ask(const std::string& question, bool secret) {
    if (::isatty(STDIN_FILENO) == 0)
        throw Error{ErrorKind::Invalid, "standard input is no terminal to ask on", "use --username and --password-stdin"};
    const NoEcho echo{secret};  // before the question: an answer may come at once
    std::cerr << question << std::flush;
    std::string line;
    if (!std::getline(std::cin, line)) throw Error{ErrorKind::Cancelled, "nothing was entered"};
    return line;
}

std::string read_secret_from_input() {
    auto text = read_all(STDIN_FILENO, kSecretLimitBytes, "standard input");
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

}  // namespace skiff::cli
