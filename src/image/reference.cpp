#include "image/reference.h"

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kNameLimit = 255;
constexpr std::size_t kTagLimit = 128;
constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kLocalhost = "localhost";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw Error{ErrorKind::Invalid, concat("invalid reference format: ", quote(text), ": ", why)};
}

/// [a-z0-9]+ runs joined by ".", "_", "__" or any number of "-".
bool is_path_component(std::string_view text) {
    std::size_t at = 0;
    const auto run = [&](auto&& belongs) {
        const auto start = at;
        while (at < text.size() && belongs(text[at])) ++at;
        return at - start;
    };
    const auto word = [](char c) { return is_lower(c) || is_digit(c); };
    if (run(word) == 0) return false;
    while (at < text.size()) {
        const char separator = text[at];
        const auto length = run([separator](char c) { return c == separator; });
        const bool good = separator == '-' || (separator == '_' && length <= 2) || (separator == '.' && length == 1);
        if (!good || run(word) == 0) return false;
    }
    return true;
}

bool is_host_label(std::string_view text) {
    return !text.empty() && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_ipv6(std::string_view text) {
    return text.size() >= 4 && text.front() == '[' && text.back() == ']' &&
           std::all_of(text.begin() + 1, text.end() - 1, [](char c) { return c == ':' || is_hex(std::string_view{&c, 1}); });
}

bool is_port(std::string_view text) {
    const auto number = parse_uint(text);
    return number && *number > 0 && *number < 65536 && text.size() <= 5;
}

bool is_host(std::string_view text) {
    if (!text.empty() && text.front() == '[') return is_ipv6(text);
    const auto labels = split(text, '.');
    return std::all_of(labels.begin(), labels.end(), is_host_label);
}

bool is_registry(std::string_view text) {
    const auto bracket = text.find(']');
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return is_host(text);
    return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

bool is_tag(std::string_view text) {
    const auto word = [](char c) { return is_alnum(c) || c == '_'; };
    return !text.empty() && text.size() <= kTagLimit && word(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return word(c) || c == '.' || c == '-'; });
}

bool is_path(std::string_view text) {
    const auto parts = split(text, '/');
    return std::all_of(parts.begin(), parts.end(), is_path_component);
}

/// The first component is a registry when it could not be a path's: it has a dot, a colon, a capital, or is "localhost".
bool looks_like_registry(std::string_view first) {
    return first == kLocalhost || first.find_first_of(".:[") != std::string_view::npos || lower(first) != first;
}

void check_path(std::string_view path, std::string_view whole) {
    if (path.empty()) refuse(whole, "it has no name");
    if (is_path(path)) return;
    if (lower(path) != path && is_path(lower(path))) refuse(whole, "repository name must be lowercase");
    refuse(whole, concat(quote(path), " is not a name of lower-case letters, digits and single separators"));
}

void split_registry(Reference& reference, std::string_view name, std::string_view whole) {
    const auto slash = name.find('/');
    if (slash != std::string_view::npos && looks_like_registry(name.substr(0, slash))) {
        reference.registry = name.substr(0, slash);
        if (!is_registry(reference.registry)) refuse(whole, concat(quote(reference.registry), " is not a registry's host[:port]"));
        name.remove_prefix(slash + 1);
    }
    check_path(name, whole);
    reference.path = name;
    if (reference.registry.empty() && name.size() == 64 && is_hex(name))
        refuse(whole, "64 hexadecimal digits can only be an ID");
    if (reference.repository().size() > kNameLimit) refuse(whole, "it is longer than 255 characters");
}

}  // namespace

std::string Reference::repository() const { return registry.empty() ? path : concat(registry, "/", path); }

std::string Reference::text() const {
    std::string text = repository();
    if (!tag.empty()) text += concat(":", tag);
    if (digest) text += concat("@", digest->text());
    return text;
}

Reference parse_reference(std::string_view text) {
    Reference reference;
    std::string_view rest = text;
    if (text.size() > 2 * kNameLimit + kTagLimit) refuse(text.substr(0, 64), "it is too long");
    if (const auto at = rest.find('@'); at != std::string_view::npos) {
        reference.digest = Digest::try_parse(rest.substr(at + 1));
        if (!reference.digest) refuse(text, concat(quote(rest.substr(at + 1)), " is not a digest (sha256:64 hexadecimal digits)"));
        rest = rest.substr(0, at);
    }
    const auto slash = rest.rfind('/');
    const auto colon = rest.find(':', slash == std::string_view::npos ? 0 : slash);
    if (colon != std::string_view::npos) {
        reference.tag = rest.substr(colon + 1);
        if (!is_tag(reference.tag)) refuse(text, concat(quote(reference.tag), " is not a tag"));
        rest = rest.substr(0, colon);
    }
    split_registry(reference, rest, text);
    return reference;
}

std::optional<Reference> try_parse_reference(std::string_view text) {
    try {
        return parse_reference(text);
    } catch (const Error&) {
        return std::nullopt;
    }
}

Reference complete(Reference reference, Default missing) {
    if (reference.registry == "index.docker.io") reference.registry = kHub;
    if (reference.registry.empty()) reference.registry = missing == Default::DockerHub ? kHub : kLocalhost;
    if (reference.registry == kHub && reference.path.find('/') == std::string::npos)
        reference.path.insert(0, "library/");
    if (reference.digest)
        reference.tag.clear();
    else if (reference.tag.empty())
        reference.tag = "latest";
    return reference;
}

Reference normalize_reference(std::string_view text, Default missing) { return complete(parse_reference(text), missing); }

std::vector<Reference> local_candidates(const Reference& reference) {
    if (!reference.is_short()) return {complete(reference, Default::Localhost)};
    return {complete(reference, Default::Localhost), complete(reference, Default::DockerHub)};
}

std::optional<std::string> as_id_prefix(std::string_view text) {
    if (text.starts_with("sha256:")) text.remove_prefix(7);
    if (text.size() < 3 || text.size() > 64 || !is_hex(text) || lower(text) != text) return std::nullopt;
    return std::string{text};
}

}  // namespace skiff::image
