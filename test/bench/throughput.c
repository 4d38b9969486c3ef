/* One end of a TCP stream. serve PORT: reads from one client after the other until killed.
   send ADDRESS PORT MILLISECONDS: writes as fast as it can, then prints the megabytes per second that were taken. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char block[256 << 10];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int serve(int port) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) fail("listen");
    for (;;) {
        const int client = accept(listener, NULL, NULL);
        while (client >= 0 && read(client, block, sizeof block) > 0) {
        }
        close(client);
    }
}

static int transmit(const char *where, int port, int milliseconds) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, where, &address.sin_addr);
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    const double begin = now();
    double total = 0;
    while ((now() - begin) * 1000 < milliseconds) {
        const ssize_t sent = write(server, block, sizeof block);
        if (sent < 0) fail("write");
        total += (double)sent;
    }
    printf("%.1f\n", total / (now() - begin) / 1e6);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "serve") == 0) return serve(atoi(argv[2]));
    if (argc == 5 && strcmp(argv[1], "send") == 0) return transmit(argv[2], atoi(argv[3]), atoi(argv[4]));
    fprintf(stderr, "usage: throughput serve PORT | send ADDRESS PORT MILLISECONDS\n");
    return 2;
}
