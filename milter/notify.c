/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* How long systemd may take to read what it was sent before: the watchdog has to go on. */
#define SEND_S 2

static struct sockaddr_un address;
static socklen_t address_len;
static int notify_fd = -1; /* kept, for when no descriptors are left */
static int watchdog_ms = -1;

static void read_address(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path != NULL ? strlen(path) : 0;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void read_watchdog(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long period = us != NULL ? atoll(us) : 0;

	if (pid != NULL && atoll(pid) != (long long)getpid())
		return;
	if (period >= 2000 && period / 2000 <= 3600 * 1000)
		watchdog_ms = (int)(period / 2000);
}

static void open_socket(void)
{
	const struct timeval limit = { .tv_sec = SEND_S };

	notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_fd >= 0)
		setsockopt(notify_fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

void notify_open(void)
{
	read_address();
	read_watchdog();
	if (address_len > 0 && notify_fd < 0)
		open_socket();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_send(const char *lines)
{
	if (notify_fd >= 0)
		sendto(notify_fd, lines, strlen(lines), MSG_NOSIGNAL,
		       (const struct sockaddr *)&address, address_len);
}

int notify_watchdog_ms(void)
{
	return watchdog_ms;
}
