/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/canary_meter.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct canary_meter canary_meter_open(void)
{
	struct perf_event_attr wanted = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(wanted),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (struct canary_meter){ (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1,
		                                   PERF_FLAG_FD_CLOEXEC) };
}

void canary_meter_close(struct canary_meter *meter)
{
	if (meter->fd >= 0)
		close(meter->fd);
	meter->fd = -1;
}

int64_t canary_meter_read(const struct canary_meter *meter)
{
	struct timespec now;
	int64_t count;

	if (meter->fd >= 0 && read(meter->fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		return count;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
