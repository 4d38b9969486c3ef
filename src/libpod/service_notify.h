#pragma once
/// Telling the service manager that started us that a container is up. Source: sd_notify(3).

#include "libpod/container_config.h"
#include "libpod/container_row.h"

namespace skiff::libpod {

/// What has just happened to the container.
enum class ServiceEvent { Started, Healthy };

/// Sends READY=1 with the monitor as main process to $NOTIFY_SOCKET when --sdnotify says that this is the event: `conmon` at the
/// start, `healthy` at the first check that passes. Nothing without that variable; a failure is logged and passed over.
void notify_service(const ContainerRow& row, ServiceEvent event);

}  // namespace skiff::libpod
