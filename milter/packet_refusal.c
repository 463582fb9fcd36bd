/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/packet_refusal.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/log_limit.h"

#define REFUSALS_INTERVAL_US (INT64_C(10) * 1000000)

void packet_refusal_log(int fd, const char *problem)
{
	static struct log_limit limit = { .interval_us = REFUSALS_INTERVAL_US };
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	char host[NI_MAXHOST] = "a unix socket", others[64] = "";
	unsigned left_out;

	if (!log_limit_pass(&limit, &left_out))
		return;
	if (getpeername(fd, (struct sockaddr *)&address, &len) == 0 && address.ss_family != AF_UNIX)
		getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), NULL, 0,
		            NI_NUMERICHOST);
	if (left_out > 0)
		snprintf(others, sizeof(others), " (and %u others since the last)", left_out);
	log_warning(NULL, "a connection from %s is closed, which isn't an MTA's: %s%s", host,
	            problem, others);
}
