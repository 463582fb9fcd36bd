/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/overload_limit.h"

static const char *const names[OVERLOAD_LIMIT_COUNT] = {
	[OVERLOAD_NONE] = "",
	[OVERLOAD_CONNECTIONS] = "max_connections",
	[OVERLOAD_CLIENT] = "max_connections_per_client",
	[OVERLOAD_MEMORY] = "max_memory",
	[OVERLOAD_WAITING] = "max_waiting",
};

const char *overload_limit_name(enum overload_limit limit)
{
	return names[limit];
}
