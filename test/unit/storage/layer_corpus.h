#pragma once
/// Layers that mean harm, or merely test the reader, with what must come of them.

#include <string>
#include <vector>

namespace skiff::test {

struct CorpusCase {
    std::string name;
    std::string tar;
    std::string error;  ///< a part of the message; empty: it is unpacked
};

std::vector<CorpusCase> layer_corpus();

}  // namespace skiff::test
