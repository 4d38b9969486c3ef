#include "cli/complete/values.h"

#include <algorithm>
#include <exception>

#include "cli/complete/vocabulary.h"
#include "util/text.h"

namespace skiff::cli::completion {
namespace {

constexpr std::size_t kShortId = 12;

/// A database that cannot be read is no candidates: a shell's prompt is no place for its error.
template <typename Ask>
std::vector<Candidate> quietly(Ask ask) {
    try {
        return ask();
    } catch (const std::exception&) {
        return {};
    }
}

/// IDs are offered to whoever types one.
bool wants_ids(std::string_view text) { return !text.empty() && is_hex(text); }

bool is_full_id(std::string_view word) {
    constexpr std::size_t kFullId = 64;
    return word.size() == kFullId && is_hex(word);
}

std::vector<Candidate> with_short_ids(std::vector<Candidate> candidates, std::string_view text) {
    for (Candidate& candidate : candidates)
        if (is_full_id(candidate.word) && text.size() <= kShortId) candidate.word.resize(kShortId);
    return candidates;
}

std::vector<Candidate> containers(CompletionData& data, ContainerChoice choice, std::string_view text) {
    return with_short_ids(quietly([&] { return data.containers(choice, wants_ids(text)); }), text);
}

std::vector<Candidate> images(CompletionData& data, std::string_view text) {
    return with_short_ids(quietly([&] { return data.images(wants_ids(text)); }), text);
}

std::vector<Candidate> fixed(std::span<const std::string_view> words) {
    std::vector<Candidate> candidates;
    for (const auto word : words) candidates.push_back({std::string{word}, {}});
    return candidates;
}

std::optional<ContainerChoice> container_choice(Kind kind) {
    switch (kind) {
        case Kind::AnyContainer: return ContainerChoice::Any;
        case Kind::RunningContainer: return ContainerChoice::Running;
        case Kind::PausedContainer: return ContainerChoice::Paused;
        case Kind::StoppableContainer: return ContainerChoice::RunningOrPaused;
        case Kind::StartableContainer: return ContainerChoice::Startable;
        case Kind::CreatedContainer: return ContainerChoice::Created;
        case Kind::StoppedContainer: return ContainerChoice::NotRunning;
        default: return std::nullopt;
    }
}

/// `text` behind `prefix`, which is put in front of every candidate.
Completion behind(std::string_view prefix, Completion completion) {
    for (Candidate& candidate : completion.candidates) candidate.word.insert(0, prefix);
    // A shell would complete files for the whole word, prefix and all.
    if (completion.directive == Directive::Files || completion.directive == Directive::Directories) completion.directive = Directive::None;
    return completion;
}

bool goes_on(const Candidate& candidate) { return candidate.word.ends_with('=') || candidate.word.ends_with(':'); }

Completion words(std::vector<Candidate> candidates, std::string_view text) {
    Completion completion;
    add_matching(completion, candidates, text);
    const auto& left = completion.candidates;
    if (!left.empty() && std::all_of(left.begin(), left.end(), goes_on)) completion.directive = Directive::NoSpace;
    return completion;
}

std::vector<Candidate> networks(CompletionData& data) {
    return quietly([&] { return data.names("network"); });
}

/// "host", "container:NAME", "ns:PATH".
Completion namespaces(Kind kind, std::string_view text, CompletionData& data) {
    constexpr std::string_view kContainer = "container:";
    if (!text.starts_with(kContainer)) return words(fixed(words_of(kind)), text);
    return behind(kContainer, values(Kind::AnyContainer, text.substr(kContainer.size()), data));
}

/// The modes, and the networks that there are.
Completion network_mode(std::string_view text, CompletionData& data) {
    Completion completion = namespaces(Kind::NetworkNamespace, text, data);
    if (text.find(':') == std::string_view::npos) add_matching(completion, networks(data), text);
    return completion;
}

Completion filter_values(const FilterKey& key, std::string_view text, CompletionData& data) {
    if (!key.words.empty()) return words(fixed(key.words), text);
    if (key.kind != Kind::Unknown) return values(key.kind, text, data);
    const std::string_view type = key.name.starts_with("label") ? "label" : key.name;
    return words(quietly([&] { return data.names(type); }), text);
}

Completion filters(Kind kind, std::string_view text, CompletionData& data) {
    const auto keys = filter_keys(kind);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        std::vector<Candidate> names;
        for (const FilterKey& key : keys) names.push_back({concat(key.name, "="), {}});
        return words(std::move(names), text);
    }
    for (const FilterKey& key : keys)
        if (key.name == text.substr(0, equals)) return behind(text.substr(0, equals + 1), filter_values(key, text.substr(equals + 1), data));
    return {};
}

/// "json", "table …", and placeholders: `{{.Na` becomes `{{.Names}}`, also behind other text.
Completion formats(Kind kind, std::string_view text) {
    constexpr std::string_view kOpen = "{{.";
    const std::size_t open = text.rfind(kOpen);
    std::vector<Candidate> fields;
    for (const auto field : fields_of(kind)) fields.push_back({concat(kOpen, field, "}}"), {}});
    if (open != std::string_view::npos) {
        if (text.find("}}", open) != std::string_view::npos) return {};
        return behind(text.substr(0, open), words(std::move(fields), text.substr(open)));
    }
    fields.push_back({"json", {}});
    if (kind != Kind::ObjectFormat) fields.push_back({"table", {}});
    return words(std::move(fields), text);
}

/// What follows the last comma of a list.
Completion after_comma(std::string_view text, const std::vector<Candidate>& candidates) {
    const std::size_t start = text.rfind(',') + 1;  // npos + 1 is 0
    return behind(text.substr(0, start), words(candidates, text.substr(start)));
}

/// SOURCE:DESTINATION:OPTIONS
Completion volume_mount(std::string_view text, CompletionData& data) {
    constexpr std::string_view kVolumeOptions[] = {"O", "U", "Z", "copy", "exec", "idmap", "nocopy", "nodev",
                                                "noexec", "nosuid", "private", "ro", "rprivate", "rshared", "rslave", "rw", "shared", "slave", "z"};
    const auto colons = std::count(text.begin(), text.end(), ':');
    if (colons == 0) {
        Completion completion = words(quietly([&] { return data.names("volume"); }), text);
        completion.directive = Directive::Files;
        return completion;
    }
    if (colons == 1) return {};
    const std::size_t start = text.rfind(':') + 1;
    return behind(text.substr(0, start), after_comma(text.substr(start), fixed(kVolumeOptions)));
}

Completion copy_path(std::string_view text, CompletionData& data) {
    Completion completion;
    if (text.find('/') == std::string_view::npos && text.find(':') == std::string_view::npos) {
        auto names = containers(data, ContainerChoice::Any, text);
        for (Candidate& name : names) name.word.push_back(':');
        completion = words(std::move(names), text);
    }
    if (completion.candidates.empty()) completion.directive = Directive::Files;
    return completion;
}

Completion signals(std::string_view text) {
    constexpr std::string_view kPrefix = "SIG";
    if (text.starts_with(kPrefix)) return behind(kPrefix, words(fixed(words_of(Kind::Signal)), text.substr(kPrefix.size())));
    return words(fixed(words_of(Kind::Signal)), text);
}

Completion capabilities(std::string_view text) {
    constexpr std::string_view kPrefix = "CAP_";
    const std::size_t start = text.rfind(',') + 1;
    const std::string_view last = text.substr(start);
    if (!last.starts_with(kPrefix)) return after_comma(text, fixed(words_of(Kind::Capability)));
    return behind(text.substr(0, start + kPrefix.size()), words(fixed(words_of(Kind::Capability).subspan(1)), last.substr(kPrefix.size())));
}

Completion environment(std::string_view text, CompletionData& data) {
    if (text.find('=') != std::string_view::npos) return {};
    return words(quietly([&] { return data.names("environment"); }), text);
}

Completion containers_and_images(std::string_view text, CompletionData& data) {
    Completion completion = words(containers(data, ContainerChoice::Any, text), text);
    add_matching(completion, images(data, text), text);
    return completion;
}

Completion only(Directive directive) { return {{}, directive}; }

}  // namespace

void add_matching(Completion& completion, const std::vector<Candidate>& words, std::string_view text) {
    for (const Candidate& word : words)
        if (word.word.starts_with(text)) completion.candidates.push_back(word);
}

Completion values(Kind kind, std::string_view text, CompletionData& data) {
    if (const auto choice = container_choice(kind)) return words(containers(data, *choice, text), text);
    switch (kind) {
        case Kind::Unknown: return {};
        case Kind::File: return only(Directive::Files);
        case Kind::Directory: return only(Directive::Directories);
        case Kind::Image: return words(images(data, text), text);
        case Kind::ManifestList: return words(data.names("manifest"), text);
        case Kind::ContainerOrImage: return containers_and_images(text, data);
        case Kind::CopyPath: return copy_path(text, data);
        case Kind::Volume: return words(quietly([&] { return data.names("volume"); }), text);
        case Kind::Secret: return words(quietly([&] { return data.names("secret"); }), text);
        case Kind::VolumeMount: return volume_mount(text, data);
        case Kind::Capability: return capabilities(text);
        case Kind::Signal: return signals(text);
        case Kind::Stream:
        case Kind::WaitCondition:
        case Kind::MountField: return after_comma(text, fixed(words_of(kind)));
        case Kind::PrivateNamespace:
        case Kind::IpcNamespace:
        case Kind::UserNamespace: return namespaces(kind, text, data);
        case Kind::NetworkNamespace: return network_mode(text, data);
        case Kind::Network: return words(networks(data), text);
        case Kind::HostsFile: {
            Completion completion = words(fixed(words_of(kind)), text);
            completion.directive = Directive::Files;
            return completion;
        }
        case Kind::Environment: return environment(text, data);
        case Kind::NetworkFilter:
        case Kind::ContainerFilter:
        case Kind::VolumeFilter:
        case Kind::EventFilter:
        case Kind::SecretFilter:
        case Kind::ImageFilter: return filters(kind, text, data);
        case Kind::ContainerFormat:
        case Kind::HistoryFormat:
        case Kind::ImageFormat:
        case Kind::NetworkFormat:
        case Kind::SecretFormat:
        case Kind::VolumeFormat:
        case Kind::ObjectFormat: return formats(kind, text);
        default: return words(fixed(words_of(kind)), text);
    }
}

}  // namespace skiff::cli::completion
