/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much memory messages may take where the operator doesn't say. */
#ifndef MILTER_MEMORY_LIMIT_H
#define MILTER_MEMORY_LIMIT_H

#include <stddef.h>

/* The least of a quarter of the machine's memory, half of a control group's limit and
 * half of what the process's own limit of addresses leaves now; SIZE_MAX where nothing is known. */
size_t memory_limit_default(void);
/* Half of what the process's own limit leaves; SIZE_MAX without one. */
size_t memory_limit_of_process(void);
/* The least limit from the group that `membership` (/proc/self/cgroup) names up to the root of the
 * hierarchy at `root` (/sys/fs/cgroup), of version 2 (memory.max) and of version 1 (in memory/);
 * SIZE_MAX without one. */
size_t memory_limit_of_cgroup(const char *membership, const char *root);

#endif
