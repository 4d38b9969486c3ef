#include "util/error.h"

#include <cstring>

namespace skiff {

std::string errno_text(int code) {
    const char* text = ::strerrordesc_np(code);
    return text != nullptr ? std::string{text} : "error " + std::to_string(code);
}

Error Error::in(std::string_view context) const {
    return Error{kind_, std::string{context} + ": " + what(), hint_, code_};
}

SystemError::SystemError(int code, std::string_view what, std::string hint)
    : Error{ErrorKind::System, std::string{what} + ": " + errno_text(code), std::move(hint), code} {}

}  // namespace skiff
