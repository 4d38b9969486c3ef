#pragma once
/// libcurl, opened when needed: linking it would cost every start some 7 ms. Only in a worker process
/// (util/worker.h), never in one that forks monitors. Source: libcurl-easy(3).

#include <curl/curl.h>

#include <thread>

namespace skiff::image::registry {

/// The functions that are used, as the header declares them.
struct CurlLibrary {
    decltype(&::curl_global_init) global_init = nullptr;
    decltype(&::curl_easy_init) easy_init = nullptr;
    decltype(&::curl_easy_reset) easy_reset = nullptr;
    decltype(&::curl_easy_setopt) easy_setopt = nullptr;
    decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
    decltype(&::curl_easy_perform) easy_perform = nullptr;
    decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
    decltype(&::curl_easy_strerror) easy_strerror = nullptr;
    decltype(&::curl_slist_append) slist_append = nullptr;
    decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

/// Loads and initializes it at the first call. Throws Error{Unsupported} naming the Debian package.
const CurlLibrary& curl_library();

/// Loads it in a thread of its own while the caller does other work; the end of this object waits for that.
class CurlPreload {
public:
    CurlPreload() noexcept;
    CurlPreload(const CurlPreload&) = delete;
    CurlPreload& operator=(const CurlPreload&) = delete;
    ~CurlPreload();

private:
    std::thread thread_;
};

}  // namespace skiff::image::registry
