/// gzip through ISA-L, which inflates about four times faster than zlib.

#include <dlfcn.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "storage/codec.h"
#include "storage/isal.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

template <typename Function>
void bind_isal(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
}

std::optional<Isal> load() {
    void* library = ::dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return std::nullopt;
    Isal isal;
    bind_isal(library, "isal_inflate_init", isal.inflate_init);
    bind_isal(library, "isal_inflate_reset", isal.inflate_reset);
    bind_isal(library, "isal_inflate", isal.inflate);
    bind_isal(library, "isal_deflate_init", isal.deflate_init);
    bind_isal(library, "isal_deflate", isal.deflate);
    const bool whole = isal.inflate_init != nullptr && isal.inflate_reset != nullptr && isal.inflate != nullptr && isal.deflate_init != nullptr && isal.deflate != nullptr;
    return whole ? std::optional{isal} : std::nullopt;
}

const char* error_text(int status) {
    switch (status) {
        case ISAL_INCORRECT_CHECKSUM: return "incorrect check sum";
        case ISAL_INVALID_WRAPPER: return "incorrect header";
        case ISAL_UNSUPPORTED_METHOD: return "unknown compression method";
        case ISAL_INVALID_LOOKBACK: return "invalid distance too far back";
        default: return "invalid data";
    }
}

class IsalCodec : public Codec {
public:
    explicit IsalCodec(const Isal& isal) : isal_{isal}, state_{std::make_unique<inflate_state>()} {
        isal_.inflate_init(state_.get());
        state_->crc_flag = ISAL_GZIP;
    }
    void reset() override {
        isal_.inflate_reset(state_.get());
        state_->crc_flag = ISAL_GZIP;
    }

    Step step(std::span<const char> in, std::span<char> out) override {
        const auto in_size = static_cast<std::uint32_t>(std::min<std::size_t>(in.size(), kLargest));
        const auto out_size = static_cast<std::uint32_t>(std::min<std::size_t>(out.size(), kLargest));
        state_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(in.data()));
        state_->avail_in = in_size;
        state_->next_out = reinterpret_cast<std::uint8_t*>(out.data());
        state_->avail_out = out_size;
        const int status = isal_.inflate(state_.get());
        if (status < 0 || status == ISAL_NEED_DICT) {
            throw Error{ErrorKind::Corrupt, concat("broken gzip stream: ", error_text(status))};
        }
        return {in_size - state_->avail_in, out_size - state_->avail_out, state_->block_state == ISAL_BLOCK_FINISH};
    }

private:
    static constexpr std::size_t kLargest = 1U << 30;
    Isal isal_;
    std::unique_ptr<inflate_state> state_;
};

}  // namespace

const Isal* isal_library() {
    static const std::optional<Isal> isal = load();
    return isal ? &*isal : nullptr;
}

std::unique_ptr<Codec> make_isal_codec() {
    const auto* isal = isal_library();
    return isal == nullptr ? nullptr : std::make_unique<IsalCodec>(*isal);
}

}  // namespace skiff::storage
