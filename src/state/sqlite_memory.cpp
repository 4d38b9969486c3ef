#include "state/sqlite_memory.h"

#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

namespace skiff::state {
namespace {

/// In front of each block. SQLite wants blocks aligned to 8 bytes.
struct Header {
    std::uint64_t capacity;  ///< bytes behind it
};

constexpr std::size_t kStep = 16;
constexpr std::size_t kSmall = 1024;             // up to here a class for each 16 bytes
constexpr std::size_t kLargest = 128 * 1024;     // above, a mapping for each block
constexpr std::size_t kClassesPerDoubling = 8;
constexpr std::size_t kChunk = 1024 * 1024;
constexpr std::size_t kClasses = kSmall / kStep + kClassesPerDoubling * 7;

struct SizeClass {
    std::size_t index;
    std::size_t capacity;
};

/// Of `size` in 1 … kLargest.
SizeClass class_of(std::size_t size) {
    if (size <= kSmall) {
        const std::size_t index = (size - 1) / kStep;
        return {index, (index + 1) * kStep};
    }
    const auto doubling = static_cast<std::size_t>(std::bit_width((size - 1) / kSmall)) - 1;  // 0: up to 2 × kSmall
    const std::size_t base = kSmall << doubling;
    const std::size_t step = base / kClassesPerDoubling;
    const std::size_t part = (size - base - 1) / step;
    return {kSmall / kStep + doubling * kClassesPerDoubling + part, base + (part + 1) * step};
}

Header* header_of(void* block) { return static_cast<Header*>(block) - 1; }

/// Held while there are several threads: most commands have one, and allocate thousands of times.
class [[nodiscard]] HeapLock {
public:
    explicit HeapLock(std::mutex& mutex) : mutex_{__libc_single_threaded ? nullptr : &mutex} {
        if (mutex_ != nullptr) mutex_->lock();
    }
    HeapLock(const HeapLock&) = delete;
    HeapLock& operator=(const HeapLock&) = delete;
    ~HeapLock() {
        if (mutex_ != nullptr) mutex_->unlock();
    }

private:
    std::mutex* mutex_;
};

class Heap {
public:
    void* allocate(std::size_t size) {
        if (size == 0) return nullptr;
        if (size > kLargest) return map_block(size);
        const HeapLock lock{mutex_};
        const SizeClass wanted = class_of(size);
        if (void* block = free_[wanted.index]) {
            std::memcpy(&free_[wanted.index], block, sizeof(void*));
            return block;
        }
        return cut(wanted.capacity);
    }

    void release(void* block) {
        if (block == nullptr) return;
        const std::size_t capacity = header_of(block)->capacity;
        if (capacity > kLargest) return unmap_block(block);
        const HeapLock lock{mutex_};
        void*& first = free_[class_of(capacity).index];
        std::memcpy(block, &first, sizeof(void*));
        first = block;
    }

    void* reallocate(void* block, std::size_t size) {
        const std::size_t capacity = header_of(block)->capacity;
        if (size <= capacity && size > capacity / 2) return block;
        void* moved = allocate(size);
        if (moved == nullptr) return nullptr;
        std::memcpy(moved, block, std::min(size, capacity));
        release(block);
        return moved;
    }

    void advise(int advice) {
        const HeapLock lock{mutex_};
        for (const auto& [begin, size] : mappings_) ::madvise(begin, size, advice);
    }

private:
    struct Mapping {
        void* begin;
        std::size_t size;
    };

    /// With mutex_ held.
    void* map(std::size_t size) {
        void* begin = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (begin == MAP_FAILED) return nullptr;
        mappings_.push_back({begin, size});
        return begin;
    }

    void* cut(std::size_t capacity) {
        const std::size_t needed = sizeof(Header) + capacity;
        if (needed > static_cast<std::size_t>(end_ - next_)) {
            auto* chunk = static_cast<char*>(map(kChunk));
            if (chunk == nullptr) return nullptr;
            next_ = chunk;
            end_ = chunk + kChunk;
        }
        auto* header = reinterpret_cast<Header*>(next_);
        header->capacity = capacity;
        next_ += needed;
        return header + 1;
    }

    void* map_block(std::size_t size) {
        const HeapLock lock{mutex_};
        auto* header = static_cast<Header*>(map(sizeof(Header) + size));
        if (header == nullptr) return nullptr;
        header->capacity = size;
        return header + 1;
    }

    void unmap_block(void* block) {
        const HeapLock lock{mutex_};
        Header* begin = header_of(block);
        const std::size_t size = sizeof(Header) + begin->capacity;
        std::erase_if(mappings_, [&](const Mapping& mapping) { return mapping.begin == begin; });
        ::munmap(begin, size);
    }

    std::mutex mutex_;
    char* next_ = nullptr;
    char* end_ = nullptr;
    std::array<void*, kClasses> free_{};
    std::vector<Mapping> mappings_;
};

/// Never destroyed: SQLite may free after static destructors have begun.
Heap& heap() {
    static auto* const instance = new Heap;
    return *instance;
}

sqlite3_mem_methods methods() {
    sqlite3_mem_methods out{};
    out.xMalloc = [](int size) { return heap().allocate(static_cast<std::size_t>(size)); };
    out.xFree = [](void* block) { heap().release(block); };
    out.xRealloc = [](void* block, int size) { return heap().reallocate(block, static_cast<std::size_t>(size)); };
    out.xSize = [](void* block) { return block == nullptr ? 0 : static_cast<int>(header_of(block)->capacity); };
    out.xRoundup = [](int size) {
        const auto wanted = static_cast<std::size_t>(size);
        return static_cast<int>(wanted == 0 || wanted > kLargest ? (wanted + 7) / 8 * 8 : class_of(wanted).capacity);
    };
    out.xInit = [](void*) { return SQLITE_OK; };
    out.xShutdown = [](void*) {};
    return out;
}

}  // namespace

bool has_sqlite_memory() noexcept {
#if defined(__SANITIZE_ADDRESS__)
    return false;
#elif defined(__has_feature)
    return !__has_feature(address_sanitizer);
#else
    return true;
#endif
}

void use_sqlite_memory() {
    [[maybe_unused]] static const int done = [] {
        const sqlite3_mem_methods ours = methods();
        return has_sqlite_memory() ? sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) : SQLITE_OK;
    }();
}

ForkWithoutDatabase::ForkWithoutDatabase() noexcept { heap().advise(MADV_DONTFORK); }
ForkWithoutDatabase::~ForkWithoutDatabase() { heap().advise(MADV_DOFORK); }

}  // namespace skiff::state
