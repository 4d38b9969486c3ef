#pragma once
/// The embedded runtime's failures, by the names that libcontainer's users know. What is not one of these is an
/// Error of another kind (System, CommandNotFound, CannotExecute, WrongState).

#include "util/error.h"

namespace skiff::oci::native {

struct InvalidId : Error {
    explicit InvalidId(std::string message) : Error(ErrorKind::Invalid, std::move(message)) {}
};
struct IdInUse : Error {
    explicit IdInUse(std::string message) : Error(ErrorKind::Exists, std::move(message)) {}
};
struct ConfigInvalid : Error {
    explicit ConfigInvalid(std::string message, std::string hint = {})
        : Error(ErrorKind::Invalid, std::move(message), std::move(hint)) {}
};
struct NotExists : Error {
    explicit NotExists(std::string message) : Error(ErrorKind::NotFound, std::move(message)) {}
};

}  // namespace skiff::oci::native
