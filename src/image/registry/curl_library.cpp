#include "image/registry/curl_library.h"

#include <dlfcn.h>

#include <system_error>

#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

// The header wraps some functions in macros that check types; here their addresses are wanted.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace skiff::image::registry {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";

template <typename Function>
void bind(void* library, Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr) throw Error{ErrorKind::Unsupported, concat(kLibrary, " lacks ", name), "install the Debian package libcurl4"};
}

CurlLibrary load() {
    void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        throw Error{ErrorKind::Unsupported, concat("registries are reached through libcurl, which is not here: ", ::dlerror()),
                    "install the Debian package libcurl4"};
    CurlLibrary curl;
    bind(library, curl.global_init, "curl_global_init");
    bind(library, curl.easy_init, "curl_easy_init");
    bind(library, curl.easy_reset, "curl_easy_reset");
    bind(library, curl.easy_setopt, "curl_easy_setopt");
    bind(library, curl.easy_getinfo, "curl_easy_getinfo");
    bind(library, curl.easy_perform, "curl_easy_perform");
    bind(library, curl.easy_cleanup, "curl_easy_cleanup");
    bind(library, curl.easy_strerror, "curl_easy_strerror");
    bind(library, curl.slist_append, "curl_slist_append");
    bind(library, curl.slist_free_all, "curl_slist_free_all");
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error{ErrorKind::System, "libcurl cannot be initialized"};
    return curl;
}

}  // namespace

const CurlLibrary& curl_library() {
    static const CurlLibrary curl = load();
    return curl;
}

// What fails here fails again, and is told, where the library is needed.
CurlPreload::CurlPreload() noexcept {
    try {
        thread_ = std::thread{[] {
            try {
                curl_library();
            } catch (const Error& error) {
                log::debug(error.what());
            }
        }};
    } catch (const std::system_error& error) {
        log::debug(concat("loading libcurl in a thread: ", error.what()));
    }
}

CurlPreload::~CurlPreload() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace skiff::image::registry
