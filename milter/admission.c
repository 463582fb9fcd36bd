/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/admission.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/deadline.h"
#include "base/trouble.h"
#include "milter/connection_limits.h"
#include "milter/pool_poll.h"

/* Descriptors that are kept for other things than connections: half of them, but no more than this.
 */
#define OTHERS_MAX 128
#define WAIT_MS    100
/* If none had to wait for this long, the shortage is over. */
#define CALM_US INT64_C(1000000)

static struct trouble shortage = {
	.name = "connections",
	.over = "connections are taken at once again",
};

static size_t connections_max = POOL_POLL_DESCRIPTORS - OTHERS_MAX;
static int64_t held_back_us; /* when a connection last had to wait; 0: none has since the log
                                reported it */

/* What a shell gives is often less than we may have. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= POOL_POLL_DESCRIPTORS)
		return;
	limit.rlim_cur =
		limit.rlim_max < POOL_POLL_DESCRIPTORS ? limit.rlim_max : POOL_POLL_DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void admission_init(void)
{
	struct rlimit limit;
	size_t others;

	raise_descriptors();
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > POOL_POLL_DESCRIPTORS)
		return;
	others = limit.rlim_cur / 2;
	if (others > OTHERS_MAX)
		others = OTHERS_MAX;
	connections_max = limit.rlim_cur - others;
}

size_t admission_max(void)
{
	return connections_max;
}

static void hold_back(const char *why, const char *remedy)
{
	trouble_count(&shortage, NULL, "new connections wait: %s (%zu are open); %s", why,
	              connection_limits_count(), remedy);
	held_back_us = clock_monotonic_us();
}

int admission_pause_ms(void)
{
	int64_t passed_ms = (clock_monotonic_us() - held_back_us) / 1000;

	return held_back_us != 0 && passed_ms < WAIT_MS ? (int)(WAIT_MS - passed_ms) : 0;
}

bool admission_open(void)
{
	if (connection_limits_count() < connections_max)
		return true;
	hold_back("the limit of descriptors is near",
	          "raise it (LimitNOFILE= of systemd, ulimit -n)");
	errno = EAGAIN;
	return false;
}

/* Not of one connection that went away, nor of a socket that is no more. */
static bool would_be_the_same_again(int reason)
{
	switch (reason) {
	case EAGAIN:
	case EINTR:
	case ECONNABORTED:
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
		return false;
	default:
		return true;
	}
}

int admission_failed(int reason)
{
	if (!would_be_the_same_again(reason))
		return reason;
	hold_back(strerror(reason), reason == EMFILE || reason == ENFILE
	                                    ? "raise the limit of descriptors"
	                                    : "that passes where the system recovers");
	return EAGAIN;
}

void admission_succeeded(void)
{
	if (held_back_us == 0 || clock_monotonic_us() - held_back_us < CALM_US)
		return;
	held_back_us = 0;
	trouble_end(&shortage);
}
