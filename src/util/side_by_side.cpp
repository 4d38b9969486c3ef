#include "util/side_by_side.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "util/log.h"
#include "util/text.h"

namespace skiff {
namespace {

class SharedWork {
public:
    SharedWork(std::size_t count, const std::function<void(std::size_t, unsigned)>& work) : count_{count}, work_{work} {}

    void run(unsigned thread) noexcept {
        try {
            for (auto item = next_++; item < count_; item = next_++) work_(item, thread);
        } catch (...) {
            next_ = count_;
            const std::scoped_lock lock{mutex_};
            if (!failure_) failure_ = std::current_exception();
        }
    }

    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::size_t count_;
    const std::function<void(std::size_t, unsigned)>& work_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::exception_ptr failure_;
};

}  // namespace

unsigned threads_at_hand(unsigned limit) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    const bool known = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    const auto processors = known ? static_cast<unsigned>(CPU_COUNT(&allowed)) : std::thread::hardware_concurrency();
    return std::clamp(processors, 1U, std::max(limit, 1U));
}

void side_by_side(std::size_t count, unsigned threads, const std::function<void(std::size_t, unsigned)>& work) {
    SharedWork shared{count, work};
    std::vector<std::thread> others;
    const auto wanted = std::min<std::size_t>(threads, count);
    try {
        for (unsigned thread = 1; thread < wanted; ++thread) others.emplace_back([&shared, thread] { shared.run(thread); });
    } catch (const std::system_error& error) {
        log::debug(concat("working with ", others.size() + 1, " threads: ", error.what()));
    }
    shared.run(0);
    for (auto& other : others) other.join();
    shared.rethrow();
}

}  // namespace skiff
