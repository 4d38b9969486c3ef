#include "oci/native/cgroup/systemd.h"

#include <dlfcn.h>

#include <chrono>
#include <cstring>
#include <memory>

#include "oci/native/cgroup/unit_property.h"
#include "oci/native/cgroup/weights.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

namespace skiff::oci::native::cgroup {
namespace {

using namespace std::chrono_literals;

/// sd-bus.h's error; the rest of its types are opaque.
struct BusError {
    const char* name;
    const char* message;
    int need_free;
};
using Handler = int (*)(sd_bus_message*, void*, BusError*);

/// libsystemd, loaded on first use: only hosts that let systemd make cgroups need it.
class Library {
public:
    Library() : handle_{::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL)} {
        if (handle_ == nullptr) throw Error{ErrorKind::Unsupported, "libsystemd.so.0 cannot be loaded", "install libsystemd0, or use --cgroup-manager cgroupfs"};
        load(open_system, "sd_bus_open_system");
        load(close, "sd_bus_flush_close_unref");
        load(call, "sd_bus_call");
        load(new_call, "sd_bus_message_new_method_call");
        load(append, "sd_bus_message_append");
        load(append_array, "sd_bus_message_append_array");
        load(open_container, "sd_bus_message_open_container");
        load(close_container, "sd_bus_message_close_container");
        load(read, "sd_bus_message_read");
        load(unref, "sd_bus_message_unref");
        load(match, "sd_bus_match_signal");
        load(process, "sd_bus_process");
        load(wait, "sd_bus_wait");
        load(free_error, "sd_bus_error_free");
    }

    int (*open_system)(sd_bus**) = nullptr;
    sd_bus* (*close)(sd_bus*) = nullptr;
    int (*call)(sd_bus*, sd_bus_message*, std::uint64_t, BusError*, sd_bus_message**) = nullptr;
    int (*new_call)(sd_bus*, sd_bus_message**, const char*, const char*, const char*, const char*) = nullptr;
    int (*append)(sd_bus_message*, const char*, ...) = nullptr;
    int (*append_array)(sd_bus_message*, char, const void*, std::size_t) = nullptr;
    int (*open_container)(sd_bus_message*, char, const char*) = nullptr;
    int (*close_container)(sd_bus_message*) = nullptr;
    int (*read)(sd_bus_message*, const char*, ...) = nullptr;
    sd_bus_message* (*unref)(sd_bus_message*) = nullptr;
    int (*match)(sd_bus*, sd_bus_slot**, const char*, const char*, const char*, const char*, Handler, void*) = nullptr;
    int (*process)(sd_bus*, sd_bus_message**) = nullptr;
    int (*wait)(sd_bus*, std::uint64_t) = nullptr;
    void (*free_error)(BusError*) = nullptr;

private:
    template <typename Function>
    void load(Function& into, const char* name) {
        into = reinterpret_cast<Function>(::dlsym(handle_, name));
        if (into == nullptr) throw Error{ErrorKind::Unsupported, concat("libsystemd has no ", name)};
    }

    void* handle_;
};

Library& library() {
    static Library loaded;
    return loaded;
}

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";

void need(int result, std::string_view what) {
    if (result < 0) throw SystemError{-result, concat("talking to systemd: ", what)};
}

using Message = std::unique_ptr<sd_bus_message, sd_bus_message* (*)(sd_bus_message*)>;

class Bus {
public:
    Bus() {
        const int result = library().open_system(&bus_);
        if (result < 0) throw SystemError{-result, "connecting to systemd", "is systemd running? else use --cgroup-manager cgroupfs"};
    }
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;
    ~Bus() { library().close(bus_); }

    sd_bus* get() const { return bus_; }

    Message new_call(const char* method) const {
        sd_bus_message* made = nullptr;
        need(library().new_call(bus_, &made, kService, kPath, kManager, method), method);
        return {made, library().unref};
    }

    /// The answer; empty with `gone` set when the unit does not exist.
    Message call(const Message& message, const char* shown, bool* gone = nullptr) const {
        BusError error{};
        sd_bus_message* answer = nullptr;
        const int result = library().call(bus_, message.get(), 0, &error, &answer);
        const std::string name = error.name == nullptr ? "" : error.name;
        const std::string text = error.message == nullptr ? errno_text(-result) : error.message;
        library().free_error(&error);
        if (result < 0 && gone != nullptr && name == "org.freedesktop.systemd1.NoSuchUnit") *gone = true;
        else if (result < 0) throw Error{ErrorKind::System, concat("systemd: ", shown, ": ", text)};
        return {answer, library().unref};
    }

private:
    sd_bus* bus_ = nullptr;
};

/// What JobRemoved says about the jobs of one connection.
struct JobWatch {
    std::string unit;
    std::string result;
};

int job_removed(sd_bus_message* message, void* data, BusError*) {
    auto& watch = *static_cast<JobWatch*>(data);
    std::uint32_t id = 0;
    const char* path = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (library().read(message, "uoss", &id, &path, &unit, &result) >= 0 && watch.unit == unit) watch.result = result;
    return 0;
}

void await_job(const Bus& bus, const JobWatch& watch) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (watch.result.empty()) {
        const int handled = library().process(bus.get(), nullptr);
        need(handled, "waiting for a job");
        if (handled > 0) continue;
        const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) throw Error{ErrorKind::Timeout, concat("systemd did not start ", quote(watch.unit), " within 30 seconds")};
        library().wait(bus.get(), static_cast<std::uint64_t>(left.count()));
    }
    if (watch.result != "done") throw Error{ErrorKind::System, concat("systemd: starting ", quote(watch.unit), ": ", watch.result)};
}

void add_number(sd_bus_message* message, const char* name, std::uint64_t value) {
    need(library().append(message, "(sv)", name, "t", value), name);
}

/// Limits that systemd keeps itself: without them a `systemctl daemon-reload` would reset the files.
void add_limits(sd_bus_message* message, const Resources& resources) {
    const MemoryLimits& memory = resources.memory;
    constexpr auto kInfinity = ~std::uint64_t{0};
    if (memory.limit && *memory.limit != 0) add_number(message, "MemoryMax", *memory.limit < 0 ? kInfinity : static_cast<std::uint64_t>(*memory.limit));
    if (memory.reservation && *memory.reservation > 0) add_number(message, "MemoryLow", static_cast<std::uint64_t>(*memory.reservation));
    if (resources.cpu.shares && *resources.cpu.shares != 0) add_number(message, "CPUWeight", cpu_weight(*resources.cpu.shares));
    if (resources.pids_limit) add_number(message, "TasksMax", *resources.pids_limit > 0 ? static_cast<std::uint64_t>(*resources.pids_limit) : kInfinity);
    if (resources.cpu.quota && *resources.cpu.quota != 0) {
        const std::uint64_t period = resources.cpu.period.value_or(100000) == 0 ? 100000 : resources.cpu.period.value_or(100000);
        const std::uint64_t quota = *resources.cpu.quota > 0 ? static_cast<std::uint64_t>(*resources.cpu.quota) * 1000000 / period : kInfinity;
        // systemd keeps whole percents only.
        add_number(message, "CPUQuotaPerSecUSec", quota == kInfinity ? quota : (quota + 9999) / 10000 * 10000);
        add_number(message, "CPUQuotaPeriodUSec", period);
    }
}

void add_flag(sd_bus_message* message, const char* name) { need(library().append(message, "(sv)", name, "b", 1), name); }

void add_pid(sd_bus_message* message, pid_t pid) {
    const auto number = static_cast<std::uint32_t>(pid);
    need(library().open_container(message, 'r', "sv"), "PIDs");
    need(library().append(message, "s", "PIDs"), "PIDs");
    need(library().open_container(message, 'v', "au"), "PIDs");
    need(library().append_array(message, 'u', &number, sizeof number), "PIDs");
    need(library().close_container(message), "PIDs");
    need(library().close_container(message), "PIDs");
}

void add_value(sd_bus_message* message, const UnitProperty& property, const UnitProperty::Value& value) {
    const char type[2] = {property.type, '\0'};
    const int result = std::visit([&](const auto& plain) {
        // The bus takes a bool and all integers of up to 32 bits as int.
        using Plain = std::decay_t<decltype(plain)>;
        const bool wide = std::strchr("xtd", property.type) != nullptr;
        if constexpr (std::is_same_v<Plain, std::string>) return library().append(message, type, plain.c_str());
        else if constexpr (std::is_same_v<Plain, double>) return library().append(message, type, plain);
        else return wide ? library().append(message, type, plain) : library().append(message, type, static_cast<int>(plain));
    }, value);
    need(result, property.name);
}

void add_property(sd_bus_message* message, const UnitProperty& property) {
    const std::string type = concat(property.array ? "a" : "", std::string(1, property.type));
    need(library().open_container(message, 'r', "sv"), property.name);
    need(library().append(message, "s", property.name.c_str()), property.name);
    need(library().open_container(message, 'v', type.c_str()), property.name);
    if (property.array) need(library().open_container(message, 'a', type.c_str() + 1), property.name);
    for (const UnitProperty::Value& value : property.values) add_value(message, property, value);
    if (property.array) need(library().close_container(message), property.name);
    need(library().close_container(message), property.name);
    need(library().close_container(message), property.name);
}

std::string slice_of(const std::string& path) {
    const std::string parent = path.substr(0, path.rfind('/'));
    return parent.empty() ? "-.slice" : parent.substr(parent.rfind('/') + 1);
}

}  // namespace

void start_scope(const Scope& scope, const Spec& spec, pid_t pid) {
    const Bus bus;
    JobWatch watch{scope.unit, {}};
    need(library().match(bus.get(), nullptr, kService, kPath, kManager, "JobRemoved", job_removed, &watch), "JobRemoved");
    const Message message = bus.new_call("StartTransientUnit");
    need(library().append(message.get(), "ss", scope.unit.c_str(), "replace"), "StartTransientUnit");
    need(library().open_container(message.get(), 'a', "(sv)"), "StartTransientUnit");
    need(library().append(message.get(), "(sv)", "Description", "s", concat("container ", scope.unit).c_str()), "Description");
    need(library().append(message.get(), "(sv)", "Slice", "s", slice_of(scope.path).c_str()), "Slice");
    need(library().append(message.get(), "(sv)", "DefaultDependencies", "b", 0), "DefaultDependencies");
    add_flag(message.get(), "Delegate");
    add_flag(message.get(), "CPUAccounting");
    add_flag(message.get(), "MemoryAccounting");
    add_flag(message.get(), "TasksAccounting");
    add_flag(message.get(), "IOAccounting");
    add_limits(message.get(), spec.lnx.resources);
    for (const UnitProperty& property : unit_properties(spec.annotations)) add_property(message.get(), property);
    add_pid(message.get(), pid);
    need(library().close_container(message.get()), "StartTransientUnit");
    need(library().append(message.get(), "a(sa(sv))", 0), "StartTransientUnit");
    bus.call(message, "StartTransientUnit");
    await_job(bus, watch);
}

void update_scope(const std::string& unit, const Resources& resources) {
    const Bus bus;
    const Message message = bus.new_call("SetUnitProperties");
    need(library().append(message.get(), "sb", unit.c_str(), 1), "SetUnitProperties");
    need(library().open_container(message.get(), 'a', "(sv)"), "SetUnitProperties");
    add_limits(message.get(), resources);
    need(library().close_container(message.get()), "SetUnitProperties");
    bus.call(message, "SetUnitProperties");
}

void stop_scope(const std::string& unit) {
    const Bus bus;
    bool gone = false;
    for (const char* method : {"StopUnit", "ResetFailedUnit"}) {
        const Message message = bus.new_call(method);
        if (std::strcmp(method, "StopUnit") == 0) need(library().append(message.get(), "ss", unit.c_str(), "replace"), method);
        else need(library().append(message.get(), "s", unit.c_str()), method);
        bus.call(message, method, &gone);
    }
}

}  // namespace skiff::oci::native::cgroup
