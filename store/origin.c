/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/origin.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/deadline.h"

void origin_make(char origin[ORIGIN_SIZE])
{
	char host[HOST_NAME_MAX + 1] = "";
	uint64_t life;

	gethostname(host, sizeof(host) - 1);
	if (getrandom(&life, sizeof(life), 0) != sizeof(life))
		life = (uint64_t)clock_monotonic_us() << 22 ^ (uint64_t)getpid();
	snprintf(origin, ORIGIN_SIZE, "%s %016llx", host, (unsigned long long)life);
}
