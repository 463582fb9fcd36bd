/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/unit/sanitized.h"
#include "tests/unit/unit.h"

#define MB ((size_t)1 << 20)

static size_t address_space_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	size_t pages = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%zu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static unsigned shortages, recoveries;

static void count(bool is_short)
{
	if (is_short)
		shortages++;
	else
		recoveries++;
}

/* Its exit code says what was wrong. */
static int use_reserve(void)
{
	struct rlimit limit;
	void *memory;

	memory_keep_reserve(64 * MB, count);
	limit.rlim_cur = limit.rlim_max = address_space_bytes() + 16 * MB;
	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return 1;
	if (memory_is_short())
		return 2;
	memory = memory_alloc(32 * MB);
	if (!memory_is_short() || shortages != 1)
		return 3;
	memory_refill_reserve(); /* there is no room for it yet */
	if (!memory_is_short() || recoveries != 0)
		return 4;
	free(memory);
	memory_refill_reserve();
	if (memory_is_short() || recoveries != 1)
		return 5;
	/* It is there again for the next. */
	free(memory_calloc(32, MB));
	return memory_is_short() ? 0 : 6;
}

/* In a child, since the limit can't be taken back. */
static void test_reserve(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
#ifdef IS_SANITIZED
	skip();
#endif
	pid = fork();
	if (pid == 0)
		_exit(use_reserve());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
