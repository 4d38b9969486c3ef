#include "archive_builder.h"

#include <stdlib.h>

#include <cstdio>
#include <cstring>
#include <fstream>

#include "util/text.h"

namespace skiff::image::testing {

ScratchDirectory::ScratchDirectory() {
    char name[] = "/tmp/skiff-unit-image-XXXXXX";
    path_ = ::mkdtemp(name);
}

ScratchDirectory::~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

fs::path ScratchDirectory::write(const std::string& name, std::string_view content) const {
    const auto file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << content;
    return file;
}

void TarBuilder::header(std::string_view name, std::string_view target, std::string_view size_field, char type) {
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
    put(0, name.substr(0, 100));
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, size_field);
    put(136, "00000000000");
    put(148, "        ");
    block[156] = type;
    put(157, target.substr(0, 100));
    put(257, std::string_view{"ustar\00000", 8});
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    put(148, std::string_view{text, 7});
    bytes_ += block;
}

void TarBuilder::content(std::string_view text) {
    bytes_ += text;
    bytes_.append((512 - text.size() % 512) % 512, '\0');
}

namespace {
std::string octal(std::size_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "%011zo", value);
    return text;
}
}  // namespace

TarBuilder& TarBuilder::file(std::string_view name, std::string_view text, char type) {
    header(name, "", octal(text.size()), type);
    content(text);
    return *this;
}

TarBuilder& TarBuilder::link(std::string_view name, std::string_view target, char type) {
    header(name, target, octal(0), type);
    return *this;
}

TarBuilder& TarBuilder::directory(std::string_view name) {
    header(name, "", octal(0), '5');
    return *this;
}

TarBuilder& TarBuilder::bare_header(std::string_view name, std::string_view size_field, char type) {
    header(name, "", size_field, type);
    return *this;
}

TarBuilder& TarBuilder::extension(char type, std::string_view text) { return file("ext", text, type); }

TarBuilder& TarBuilder::raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
}

std::string TarBuilder::finish() const { return bytes_ + std::string(1024, '\0'); }

std::string pax_record(std::string_view key, std::string_view value) {
    const auto rest = concat(" ", key, "=", value, "\n");
    auto length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length) ++length;
    return concat(length, rest);
}

std::string layer_tar(std::string_view file_name, std::string_view content) { return TarBuilder{}.file(file_name, content).finish(); }

std::string config_for(const std::vector<std::string>& layers, std::string_view section) {
    std::vector<std::string> diff_ids;
    for (const auto& layer : layers) diff_ids.push_back(concat("\"", Digest::of(layer).text(), "\""));
    return concat(R"({"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z","config":{)", section, R"(},"rootfs":{"type":"layers","diff_ids":[)",
                  join(diff_ids, ","), "]}}");
}

UniqueFd as_file(std::string_view content) { return make_memfd("archive", content, /*sealed=*/false); }

}  // namespace skiff::image::testing
