#include "image/signature/gpgme_library.h"

#include <dlfcn.h>

#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr const char* kGpgmeFile = "libgpgme.so.11";

template <typename Function>
void bind_gpgme(void* library, Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr) throw Error{ErrorKind::Unsupported, concat(kGpgmeFile, " lacks ", name), "install the Debian package libgpgme11"};
}

GpgmeLibrary load_gpgme() {
    void* library = ::dlopen(kGpgmeFile, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        throw Error{ErrorKind::Unsupported, concat("OpenPGP signatures are handled by GPGME, which is not here: ", ::dlerror()), "install the Debian package libgpgme11"};
    GpgmeLibrary gpgme;
    bind_gpgme(library, gpgme.check_version, "gpgme_check_version");
    bind_gpgme(library, gpgme.create, "gpgme_new");
    bind_gpgme(library, gpgme.release, "gpgme_release");
    bind_gpgme(library, gpgme.set_engine_info, "gpgme_ctx_set_engine_info");
    bind_gpgme(library, gpgme.set_pinentry_mode, "gpgme_set_pinentry_mode");
    bind_gpgme(library, gpgme.set_passphrase_callback, "gpgme_set_passphrase_cb");
    bind_gpgme(library, gpgme.write_all, "gpgme_io_writen");
    bind_gpgme(library, gpgme.data_new, "gpgme_data_new");
    bind_gpgme(library, gpgme.data_from_memory, "gpgme_data_new_from_mem");
    bind_gpgme(library, gpgme.data_release, "gpgme_data_release");
    bind_gpgme(library, gpgme.data_take, "gpgme_data_release_and_get_mem");
    bind_gpgme(library, gpgme.free_memory, "gpgme_free");
    bind_gpgme(library, gpgme.import, "gpgme_op_import");
    bind_gpgme(library, gpgme.import_result, "gpgme_op_import_result");
    bind_gpgme(library, gpgme.verify, "gpgme_op_verify");
    bind_gpgme(library, gpgme.verify_result, "gpgme_op_verify_result");
    bind_gpgme(library, gpgme.sign, "gpgme_op_sign");
    bind_gpgme(library, gpgme.get_key, "gpgme_get_key");
    bind_gpgme(library, gpgme.key_unref, "gpgme_key_unref");
    bind_gpgme(library, gpgme.signers_add, "gpgme_signers_add");
    bind_gpgme(library, gpgme.keylist_start, "gpgme_op_keylist_start");
    bind_gpgme(library, gpgme.keylist_next, "gpgme_op_keylist_next");
    bind_gpgme(library, gpgme.keylist_end, "gpgme_op_keylist_end");
    bind_gpgme(library, gpgme.error_text, "gpgme_strerror");
    if (gpgme.check_version("1.18.0") == nullptr) throw Error{ErrorKind::Unsupported, "GPGME is older than 1.18.0"};
    return gpgme;
}

}  // namespace

const GpgmeLibrary& gpgme_library() {
    static const GpgmeLibrary library = load_gpgme();
    return library;
}

}  // namespace skiff::image
