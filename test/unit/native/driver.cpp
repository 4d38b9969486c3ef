// The runtime's command line as a program of its own, for tests and measurements.
#include "oci/native/cli_main.h"

int main(int argc, char** argv) { return skiff::oci::native::run_oci_command(argc, argv); }
