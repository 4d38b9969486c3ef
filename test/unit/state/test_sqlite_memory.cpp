#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "state/sqlite_memory.h"

using namespace skiff::state;

namespace {

struct Block {
    explicit Block(int size) : memory{static_cast<unsigned char*>(sqlite3_malloc(size))} {}
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    Block(Block&& other) noexcept : memory{std::exchange(other.memory, nullptr)} {}
    ~Block() { sqlite3_free(memory); }
    unsigned char* memory;
};

bool is_aligned(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory) % 8 == 0; }

/// In a child that is forked now.
template <typename Check>
bool holds_in_child(Check&& check) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(check() ? 0 : 1);
    int status = -1;
    ::waitpid(child, &status, 0);
    return status == 0;
}

/// mincore(2) fails with ENOMEM for what is not mapped.
bool is_mapped(const void* memory) {
    const auto page = reinterpret_cast<std::uintptr_t>(memory) & ~std::uintptr_t{4095};
    unsigned char present = 0;
    return ::mincore(reinterpret_cast<void*>(page), 4096, &present) == 0;
}

}  // namespace

TEST_CASE("SQLite's memory: every size is aligned, large enough and nobody else's") {
    use_sqlite_memory();
    const std::vector<int> sizes{1, 8, 15, 16, 17, 100, 1008, 1023, 1024, 1025, 1152, 1153, 2047, 2048, 2049, 4368, 65535, 65536, 65537, 131071, 131072, 131073, 1 << 20};
    std::vector<Block> blocks;
    for (int round = 0; round < 3; ++round) {
        for (const int size : sizes) {
            Block block{size};
            REQUIRE(block.memory != nullptr);
            CHECK(is_aligned(block.memory));
            CHECK(sqlite3_msize(block.memory) >= static_cast<sqlite3_uint64>(size));
            std::memset(block.memory, static_cast<int>(blocks.size() % 251), static_cast<std::size_t>(size));
            blocks.push_back(std::move(block));
        }
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const int size = sizes[i % sizes.size()];
        const auto value = static_cast<unsigned char>(i % 251);
        CHECK(blocks[i].memory[0] == value);
        CHECK(blocks[i].memory[size - 1] == value);
    }
}

TEST_CASE("SQLite's memory: growing and shrinking keep what is in a block") {
    use_sqlite_memory();
    auto* memory = static_cast<unsigned char*>(sqlite3_malloc(24));
    for (int i = 0; i < 24; ++i) memory[i] = static_cast<unsigned char>(i);
    for (const int size : {25, 5000, 300000, 4000, 24}) {
        memory = static_cast<unsigned char*>(sqlite3_realloc(memory, size));
        REQUIRE(memory != nullptr);
        for (int i = 0; i < 24; ++i) CHECK(memory[i] == i);
    }
    sqlite3_free(memory);
}

TEST_CASE("SQLite's memory: a child has it, and has not when the fork leaves it out; the parent keeps it") {
    use_sqlite_memory();
    Block small{100};
    Block large{1 << 20};
    std::memset(small.memory, 7, 100);
    CHECK(holds_in_child([&] { return is_mapped(small.memory) && is_mapped(large.memory); }));
    {
        const ForkWithoutDatabase guard;
        CHECK(holds_in_child([&] { return is_mapped(small.memory) != has_sqlite_memory() && is_mapped(large.memory) != has_sqlite_memory(); }));
    }
    CHECK(small.memory[99] == 7);
    CHECK(holds_in_child([&] { return is_mapped(small.memory); }));
}
