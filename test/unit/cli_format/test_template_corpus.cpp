// Replays the fuzzing corpus: every input ends, within its limits, in output or in an error of one place.
#include <doctest/doctest.h>

#include <filesystem>

#include "cli_format/corpus.h"
#include "util/files.h"

namespace skiff::test {
void fuzz_template(std::string_view text);
}

TEST_CASE("template: the fuzzing corpus") {
    int inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SKIFF_TEMPLATE_CORPUS)) {
        CAPTURE(entry.path().filename().string());
        skiff::test::fuzz_template(skiff::read_file(entry.path()));
        ++inputs;
    }
    CHECK_GT(inputs, 15);
}
