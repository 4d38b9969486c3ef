#include "cli/report.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

std::string one_line(std::string_view text) {
    std::string line{trim(text)};
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return line;
}

// Nothing can be said when standard error is gone.
void write_error(const std::string& text) {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

}  // namespace

int exit_status_for(ErrorKind kind) {
    if (kind == ErrorKind::CannotExecute) return 126;
    if (kind == ErrorKind::CommandNotFound) return 127;
    return kEngineFailure;
}

int report_failure(const Error& error, int otherwise) {
    print_error(error);
    const int status = exit_status_for(error.kind());
    return status == kEngineFailure ? otherwise : status;
}

void print_error(const Error& error) {
    std::string message = error.what();
    if (!error.hint().empty()) message += concat(" (", error.hint(), ")");
    print_error(std::string_view{message});
}

void print_error(std::string_view message) { write_error(concat("Error: ", one_line(message), "\n")); }

void print_warning(std::string_view message) { write_error(concat("Warning: ", one_line(message), "\n")); }

void print(std::string_view text) {
    try {
        write_all(STDOUT_FILENO, text, "standard output");
    } catch (const Error& error) {
        if (error.code() != EPIPE) throw;
        // As a program with the default disposition would end: the reader has left.
        ::signal(SIGPIPE, SIG_DFL);
        ::raise(SIGPIPE);
        ::_exit(128 + SIGPIPE);
    }
}

void print_line(std::string_view text) { print(concat(text, "\n")); }

bool Failures::attempt(const std::function<void()>& step) {
    try {
        step();
        return true;
    } catch (const Error& error) {
        add(error);
        return false;
    }
}

void Failures::add(const Error& error) {
    print_error(error);
    ++count_;
    kinds_.push_back(error.kind());
}

std::size_t Failures::count(ErrorKind kind) const {
    return static_cast<std::size_t>(std::ranges::count(kinds_, kind));
}

int Failures::removal_status() const {
    if (!any()) return 0;
    if (count(ErrorKind::NotFound) == count()) return 1;
    return count(ErrorKind::WrongState) + count(ErrorKind::InUse) != 0 ? 2 : status();
}

}  // namespace skiff::cli
