#include "libpod/names.h"

#include <array>
#include <random>
#include <string_view>

#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::array<std::string_view, 64> kAdjectives{
    "able",    "agile",   "amber",  "apt",     "bold",   "brave",  "breezy", "bright", "brisk",  "calm",  "candid",
    "clever",  "cosy",    "crisp",  "daring",  "deft",   "eager",  "earnest", "easy",  "fair",   "fleet", "fond",
    "frank",   "gentle",  "glad",   "golden",  "grand",  "happy",  "hardy",  "honest", "jolly",  "keen",  "kind",
    "lively",  "lucid",   "lucky",  "merry",   "mighty", "modest", "neat",   "nimble", "noble",  "patient", "plucky",
    "polite",  "proud",   "quick",  "quiet",   "ready",  "robust", "serene", "sharp",  "silver", "smart", "solid",
    "steady",  "sturdy",  "sunny",  "swift",   "tidy",   "trusty", "vivid",  "wise",   "witty"};

/// Navigators, oceanographers and boat builders.
constexpr std::array<std::string_view, 48> kSailors{
    "amundsen", "baffin",   "barents",  "beaufort", "bering",  "bougainville", "bowditch", "cabot",   "cook",   "cousteau",
    "dampier",  "darwin",   "drake",    "earle",    "ekman",   "eriksson",     "fitzroy",  "flinders", "franklin", "frobisher",
    "gama",     "harrison", "herreshoff", "heyerdahl", "hudson", "humboldt",   "ibnbattuta", "joyon", "kane",   "laperouse",
    "magellan", "maury",    "mercator", "moitessier", "nansen", "pytheas",     "ross",     "scoresby", "shackleton", "slocum",
    "tabarly",  "tasman",   "tharp",    "tupaia",   "vancouver", "vespucci",   "wegener",  "zhenghe"};

}  // namespace

bool is_free_name(const state::Database& db, const std::string& name) {
    auto taken = db.prepare("SELECT 1 FROM name WHERE name = ?");
    taken.bind(name);
    return !taken.step();
}

std::string generate_name(const state::Database& db) {
    std::random_device random;
    for (int attempt = 0;; ++attempt) {
        std::string name = concat(kAdjectives[random() % kAdjectives.size()], "_", kSailors[random() % kSailors.size()]);
        if (attempt >= 3) name += std::to_string(random() % (attempt < 20 ? 100 : 1'000'000));
        if (is_free_name(db, name)) return name;
    }
}

}  // namespace skiff::libpod
