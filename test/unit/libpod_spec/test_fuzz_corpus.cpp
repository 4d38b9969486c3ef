// Replays the corpus of test/fuzz/option_values.cpp, so that findings stay fixed, and cuts each input short everywhere.
#include <doctest/doctest.h>

#include <filesystem>

#include "fuzz/option_values.h"
#include "util/files.h"

namespace skiff::libpod {

TEST_CASE("the fuzz corpus of option values") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{FUZZ_CORPUS "/option_values"}) {
        const auto input = read_file(entry.path());
        CAPTURE(entry.path().string());
        for (std::size_t length = 0; length <= input.size(); ++length) fuzz_option_values(std::string_view{input}.substr(0, length));
        ++count;
    }
    CHECK(count >= 30);
}

}  // namespace skiff::libpod
