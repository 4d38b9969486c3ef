#include "cli/confirm.h"

#include <unistd.h>

#include <string>

#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

bool confirm(std::string_view question) {
    write_all(STDERR_FILENO, concat(question, " [y/N] "), "standard error");
    std::string answer;
    char c = 0;
    while (answer.size() < 16 && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') answer.push_back(c);
    const std::string word = lower(trim(answer));
    return word == "y" || word == "yes";
}

}  // namespace skiff::cli
