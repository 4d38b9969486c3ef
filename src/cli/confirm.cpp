#include "cli/confirm.h"

#include <unistd.h>

#include <string>

#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

bool confirm(std::string_view question) {
    write_all(STDERR_FILENO, concat(question, " [y/N] "), "standard error");
    std::string answer;
    char c = 0;
    ssize_t got = 1;
    while (answer.size() < 16 && (got = ::read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') answer.push_back(c);
    if (got != 1 && answer.empty()) throw Error{ErrorKind::Invalid, "no answer on standard input", "--force does not ask"};
    const std::string word = lower(trim(answer));
    return word == "y" || word == "yes";
}

}  // namespace skiff::cli
