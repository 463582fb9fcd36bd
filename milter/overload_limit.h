/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limits beyond which mail is turned away. */
#ifndef MILTER_OVERLOAD_LIMIT_H
#define MILTER_OVERLOAD_LIMIT_H

enum overload_limit {
	OVERLOAD_NONE,
	OVERLOAD_CONNECTIONS,
	OVERLOAD_CLIENT, /* connections of one client */
	OVERLOAD_MEMORY,
	OVERLOAD_WAITING, /* messages that wait for a scanner, or for memory */
};
#define OVERLOAD_LIMIT_COUNT (OVERLOAD_WAITING + 1)

/* The setting's name; of OVERLOAD_NONE "". */
const char *overload_limit_name(enum overload_limit limit);

#endif
