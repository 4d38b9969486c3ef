#include "oci/native/seccomp_condense.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace skiff::oci::native {
namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
constexpr std::uint16_t kAlways = BPF_JMP | BPF_JA;
constexpr std::uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint16_t kAbove = BPF_JMP | BPF_JGT | BPF_K;
constexpr std::uint16_t kAnyBit = BPF_JMP | BPF_JSET | BPF_K;
constexpr std::uint16_t kMask = BPF_ALU | BPF_AND | BPF_K;
constexpr std::size_t kFarthest = std::numeric_limits<std::uint8_t>::max();

/// What the accumulator holds.
enum class Holds { Nothing, Call, Architecture };

/// Where following a program ends: at a verdict, or at the instruction that loads an argument.
struct Outcome {
    bool is_verdict = true;
    std::uint32_t value = 0;  ///< of the return, or the instruction's index

    auto operator<=>(const Outcome&) const = default;
};

bool is_comparison(std::uint16_t code) { return code == kEqual || code == kAtLeast || code == kAbove; }

/// Only what libseccomp makes of a profile, and every jump within the program.
bool is_understood(const Program& program) {
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter& instruction = program[at];
        const std::size_t left = program.size() - at - 1;
        switch (instruction.code) {
            case kReturn: continue;
            case kLoad: case kMask:
                if (left == 0) return false;
                continue;
            case kAlways:
                if (instruction.k >= left) return false;
                continue;
            case kEqual: case kAtLeast: case kAbove: case kAnyBit:
                if (instruction.jt >= left || instruction.jf >= left) return false;
                continue;
            default: return false;
        }
    }
    return !program.empty();
}

std::optional<Holds> loaded(const sock_filter& load) {
    if (load.k == offsetof(seccomp_data, nr)) return Holds::Call;
    if (load.k == offsetof(seccomp_data, arch)) return Holds::Architecture;
    return std::nullopt;
}

bool compares_true(const sock_filter& comparison, std::uint32_t value) {
    switch (comparison.code) {
        case kEqual: return value == comparison.k;
        case kAtLeast: return value >= comparison.k;
        default: return value > comparison.k;
    }
}

/// First numbers of intervals within which no comparison of the program tells one number from another.
using Bounds = std::set<std::uint32_t>;

void add_bounds(const sock_filter& comparison, Bounds& bounds) {
    const bool has_next = comparison.k != std::numeric_limits<std::uint32_t>::max();
    if (comparison.code != kAbove) bounds.insert(comparison.k);
    if (comparison.code != kAtLeast && has_next) bounds.insert(comparison.k + 1);
}

/// Of architectures and of calls, along all ways up to where following ends. False: there is something that cannot be followed.
bool find_bounds(const Program& program, Bounds& architectures, Bounds& calls) {
    architectures.insert(0);
    calls.insert(0);
    std::set<std::pair<std::size_t, Holds>> reached{{0, Holds::Nothing}};
    for (auto state = reached.begin(); state != reached.end(); ++state) {  // jumps go forward: what is added comes later
        const auto [at, holds] = *state;
        const sock_filter& instruction = program[at];
        if (instruction.code == kReturn) continue;
        if (instruction.code == kLoad) {
            if (const auto next = loaded(instruction)) reached.insert({at + 1, *next});
            continue;
        }
        if (instruction.code == kAlways) {
            reached.insert({at + 1 + instruction.k, holds});
            continue;
        }
        if (!is_comparison(instruction.code) || holds == Holds::Nothing) return false;
        add_bounds(instruction, holds == Holds::Call ? calls : architectures);
        reached.insert({at + 1 + instruction.jt, holds});
        reached.insert({at + 1 + instruction.jf, holds});
    }
    return true;
}

Outcome follow(const Program& program, std::uint32_t architecture, std::uint32_t call) {
    std::uint32_t held = 0;
    for (std::size_t at = 0;;) {
        const sock_filter& instruction = program[at];
        if (instruction.code == kReturn) return {true, instruction.k};
        if (instruction.code == kLoad) {
            const auto next = loaded(instruction);
            if (!next) return {false, static_cast<std::uint32_t>(at)};
            held = *next == Holds::Call ? call : architecture;
            ++at;
        } else if (instruction.code == kAlways) {
            at += 1 + instruction.k;
        } else {
            at += 1 + std::size_t{compares_true(instruction, held) ? instruction.jt : instruction.jf};
        }
    }
}

/// Neighbours with different outcomes; the first one begins with 0.
template <typename Value>
using Intervals = std::vector<std::pair<std::uint32_t, Value>>;

template <typename Value, typename Function>
Intervals<Value> merged(const Bounds& bounds, Function&& value_of) {
    Intervals<Value> intervals;
    for (const std::uint32_t first : bounds) {
        Value value = value_of(first);
        if (intervals.empty() || intervals.back().second != value) intervals.emplace_back(first, std::move(value));
    }
    return intervals;
}

/// Instructions, and jumps to what gets its place later.
class Writer {
public:
    void load(std::size_t offset) { program_.push_back({kLoad, 0, 0, static_cast<std::uint32_t>(offset)}); }

    /// A tree over intervals whose values are numbers of leaves; write_leaf(leaf) writes one instruction. False: a jump is too far.
    template <typename Function>
    bool tree(const Intervals<std::size_t>& intervals, Function&& write_leaf) {
        jumps_.clear();
        if (intervals.size() == 1) {
            write_leaf(intervals[0].second);
            return true;
        }
        if (!branch(intervals, 0, intervals.size())) return false;
        std::map<std::size_t, std::size_t> places;
        for (const Jump& jump : jumps_) {
            if (places.contains(jump.leaf)) continue;
            places[jump.leaf] = program_.size();
            write_leaf(jump.leaf);
        }
        return std::all_of(jumps_.begin(), jumps_.end(), [&](const Jump& jump) { return aim(jump.at, jump.when_true, places[jump.leaf]); });
    }

    void verdict(std::uint32_t value) { program_.push_back({kReturn, 0, 0, value}); }
    /// A jump of any length, to be aimed later.
    std::size_t jump() {
        program_.push_back({kAlways, 0, 0, 0});
        return program_.size() - 1;
    }
    void land(std::size_t jump) { program_[jump].k = static_cast<std::uint32_t>(program_.size() - jump - 1); }
    void land(std::size_t jump, std::size_t at) { program_[jump].k = static_cast<std::uint32_t>(at - jump - 1); }
    void copy(const sock_filter& instruction) { program_.push_back(instruction); }
    std::size_t size() const { return program_.size(); }
    Program take() { return std::move(program_); }

private:
    struct Jump {
        std::size_t at;
        bool when_true;
        std::size_t leaf;
    };

    bool aim(std::size_t from, bool when_true, std::size_t to) {
        const std::size_t distance = to - from - 1;
        (when_true ? program_[from].jt : program_[from].jf) = static_cast<std::uint8_t>(distance);
        return distance <= kFarthest;
    }

    bool branch(const Intervals<std::size_t>& intervals, std::size_t begin, std::size_t end) {
        const std::size_t middle = begin + (end - begin) / 2;
        const std::size_t at = program_.size();
        program_.push_back({kAtLeast, 0, 0, intervals[middle].first});
        return side(intervals, at, false, begin, middle) && side(intervals, at, true, middle, end);
    }

    bool side(const Intervals<std::size_t>& intervals, std::size_t at, bool when_true, std::size_t begin, std::size_t end) {
        if (end - begin == 1) {
            jumps_.push_back({at, when_true, intervals[begin].second});
            return true;
        }
        return aim(at, when_true, program_.size()) && branch(intervals, begin, end);
    }

    Program program_;
    std::vector<Jump> jumps_;
};

/// Numbers what is equal alike.
template <typename Value>
class Numbered {
public:
    std::size_t number(const Value& value) {
        const auto found = std::find(values_.begin(), values_.end(), value);
        if (found != values_.end()) return static_cast<std::size_t>(found - values_.begin());
        values_.push_back(value);
        return values_.size() - 1;
    }
    const std::vector<Value>& values() const { return values_; }

private:
    std::vector<Value> values_;
};

template <typename Value>
Intervals<std::size_t> numbered(const Intervals<Value>& intervals, Numbered<Value>& values) {
    Intervals<std::size_t> result;
    for (const auto& [first, value] : intervals) result.emplace_back(first, values.number(value));
    return result;
}

/// The instructions that are reached from `starts`, in their order: jumps only become shorter.
void keep_reached(const Program& program, const std::map<std::size_t, std::vector<std::size_t>>& starts, Writer& writer) {
    std::set<std::size_t> reached;
    for (const auto& start : starts) reached.insert(start.first);
    for (auto at = reached.begin(); at != reached.end(); ++at) {
        const sock_filter& instruction = program[*at];
        if (instruction.code == kReturn) continue;
        if (instruction.code == kAlways) reached.insert(*at + 1 + instruction.k);
        else if (BPF_CLASS(instruction.code) == BPF_JMP) reached.insert({*at + 1 + instruction.jt, *at + 1 + instruction.jf});
        else reached.insert(*at + 1);
    }
    const auto rank = [&](std::size_t at) { return static_cast<std::size_t>(std::distance(reached.begin(), reached.find(at))); };
    const std::size_t base = writer.size();
    for (const std::size_t at : reached) {
        sock_filter instruction = program[at];
        if (instruction.code == kAlways) {
            instruction.k = static_cast<std::uint32_t>(rank(at + 1 + instruction.k) - rank(at) - 1);
        } else if (BPF_CLASS(instruction.code) == BPF_JMP) {
            instruction.jt = static_cast<std::uint8_t>(rank(at + 1 + instruction.jt) - rank(at) - 1);
            instruction.jf = static_cast<std::uint8_t>(rank(at + 1 + instruction.jf) - rank(at) - 1);
        }
        writer.copy(instruction);
    }
    for (const auto& [start, jumps] : starts) {
        for (const std::size_t jump : jumps) writer.land(jump, base + rank(start));
    }
}

/// Nothing when a jump would be too far.
std::optional<Program> rewritten(const Program& program, const Bounds& architectures, const Bounds& calls) {
    using Calls = Intervals<Outcome>;
    const auto by_architecture = merged<Calls>(architectures, [&](std::uint32_t architecture) {
        return merged<Outcome>(calls, [&](std::uint32_t call) { return follow(program, architecture, call); });
    });
    Writer writer;
    Numbered<Calls> tables;
    std::map<std::size_t, std::vector<std::size_t>> to_tables, to_rest;
    writer.load(offsetof(seccomp_data, arch));
    if (!writer.tree(numbered(by_architecture, tables), [&](std::size_t table) { to_tables[table].push_back(writer.jump()); })) return std::nullopt;
    for (std::size_t table = 0; table < tables.values().size(); ++table) {
        for (const std::size_t jump : to_tables[table]) writer.land(jump);
        Numbered<Outcome> outcomes;
        const auto intervals = numbered(tables.values()[table], outcomes);
        if (intervals.size() > 1) writer.load(offsetof(seccomp_data, nr));
        const bool fits = writer.tree(intervals, [&](std::size_t leaf) {
            const Outcome& outcome = outcomes.values()[leaf];
            if (outcome.is_verdict) writer.verdict(outcome.value);
            else to_rest[outcome.value].push_back(writer.jump());
        });
        if (!fits) return std::nullopt;
    }
    keep_reached(program, to_rest, writer);
    return writer.take();
}

}  // namespace

std::vector<sock_filter> condensed(const std::vector<sock_filter>& program) {
    Bounds architectures, calls;
    if (!is_understood(program) || !find_bounds(program, architectures, calls)) return program;
    auto shorter = rewritten(program, architectures, calls);
    return shorter && shorter->size() < program.size() ? std::move(*shorter) : program;
}

}  // namespace skiff::oci::native
