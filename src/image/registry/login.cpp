#include "image/registry/login.h"

#include "image/registry/remote_image.h"
#include "image/registry/session.h"
#include "image/registry/status.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image::registry {

void try_login(const std::string& host, const Options& options) {
    in_context(concat("logging in to ", quote(host)), [&] {
        Reference any;
        any.registry = host;
        any.path = "login";
        const bool insecure = endpoints_for(registries_conf(options), any).back().insecure;
        Session session{{host, "", insecure, false}, options};
        Connection connection{session};
        Connection::Call call;
        call.target = "/v2/";
        const auto response = connection.send(call, [](std::string_view) {});
        if (response.status == 401 || response.status == 403) throw Error{ErrorKind::Invalid, "invalid user name or password"};
        require_success(response, "asking the registry");
    });
}

}  // namespace skiff::image::registry
