#pragma once
/// SHA-256 (and SHA-512) over libcrypto, which uses SHA-NI where the processor has it.

#include <memory>
#include <string>
#include <string_view>

namespace skiff {

/// A running hash. Move-only.
class Hasher {
public:
    /// `algorithm` is "sha256", "sha384" or "sha512". Throws Error{Unsupported} for any other.
    explicit Hasher(std::string_view algorithm = "sha256");
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    ~Hasher();

    void update(std::string_view data);
    /// Lower-case hexadecimal; the object cannot be used afterwards.
    std::string finish_hex();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// Hexadecimal SHA-256 of `data`.
std::string sha256_hex(std::string_view data);

}  // namespace skiff
