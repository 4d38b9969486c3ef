#pragma once
/// libgpgme.so.11 as far as it is used.

#include <gpgme.h>

namespace skiff::image {

struct GpgmeLibrary {
    decltype(&::gpgme_check_version) check_version = nullptr;
    decltype(&::gpgme_new) create = nullptr;
    decltype(&::gpgme_release) release = nullptr;
    decltype(&::gpgme_ctx_set_engine_info) set_engine_info = nullptr;
    decltype(&::gpgme_set_pinentry_mode) set_pinentry_mode = nullptr;
    decltype(&::gpgme_set_passphrase_cb) set_passphrase_callback = nullptr;
    decltype(&::gpgme_io_writen) write_all = nullptr;
    decltype(&::gpgme_data_new) data_new = nullptr;
    decltype(&::gpgme_data_new_from_mem) data_from_memory = nullptr;
    decltype(&::gpgme_data_release) data_release = nullptr;
    decltype(&::gpgme_data_release_and_get_mem) data_take = nullptr;
    decltype(&::gpgme_free) free_memory = nullptr;
    decltype(&::gpgme_op_import) import = nullptr;
    decltype(&::gpgme_op_import_result) import_result = nullptr;
    decltype(&::gpgme_op_verify) verify = nullptr;
    decltype(&::gpgme_op_verify_result) verify_result = nullptr;
    decltype(&::gpgme_op_sign) sign = nullptr;
    decltype(&::gpgme_get_key) get_key = nullptr;
    decltype(&::gpgme_key_unref) key_unref = nullptr;
    decltype(&::gpgme_signers_add) signers_add = nullptr;
    decltype(&::gpgme_op_keylist_start) keylist_start = nullptr;
    decltype(&::gpgme_op_keylist_next) keylist_next = nullptr;
    decltype(&::gpgme_op_keylist_end) keylist_end = nullptr;
    decltype(&::gpgme_strerror) error_text = nullptr;
};

/// Throws Error{Unsupported} naming the Debian package where it is missing.
const GpgmeLibrary& gpgme_library();

}  // namespace skiff::image
