/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/memory_limit.h"
#include "tests/unit/sanitized.h"
#include "tests/unit/scratch.h"

static char *root;

static void set_limit(const char *group, const char *text)
{
	char name[100];

	snprintf(name, sizeof(name), "root%s", group);
	mkdir(scratch_path(name), 0700);
	snprintf(name, sizeof(name), "root%s/memory.max", group);
	scratch_write(name, text);
}

static void test_cgroup(void **state)
{
	char *membership = strdup(scratch_write("cgroup", "1:name=systemd:/x\n0::/a.slice/b\n"));

	(void)state;
	root = strdup(scratch_path("root"));
	mkdir(root, 0700);
	assert_true(memory_limit_of_cgroup(membership, root) == SIZE_MAX);
	set_limit("/a.slice", "max\n");
	set_limit("/a.slice/b", "max\n");
	assert_true(memory_limit_of_cgroup(membership, root) == SIZE_MAX);
	set_limit("/a.slice/b", "2000000\n");
	assert_int_equal(memory_limit_of_cgroup(membership, root), 2000000);
	set_limit("/a.slice", "1000000\n");
	assert_int_equal(memory_limit_of_cgroup(membership, root), 1000000);
	/* As in a container. */
	set_limit("", "500000\n");
	assert_int_equal(memory_limit_of_cgroup(membership, root), 500000);
	assert_int_equal(memory_limit_of_cgroup("/nonexistent", root), 500000);
	assert_int_equal(memory_limit_of_cgroup(scratch_write("top", "0::/\n"), root), 500000);
	free(root);
	free(membership);
}

static void set_old_limit(const char *group, const char *text)
{
	char name[100];

	snprintf(name, sizeof(name), "old/memory%s", group);
	mkdir(scratch_path(name), 0700);
	snprintf(name, sizeof(name), "old/memory%s/memory.limit_in_bytes", group);
	scratch_write(name, text);
}

/* As the kernel says that there is none. */
#define NO_OLD_LIMIT "9223372036854771712\n"

static void test_cgroup_1(void **state)
{
	char *membership = strdup(scratch_write(
		"old_group",
		"12:cpu,cpuacct:/x\n4:memory:/docker/a:b\n1:name=systemd:/x\n0::/y\n"));
	char *old = strdup(scratch_path("old"));

	(void)state;
	mkdir(old, 0700);
	assert_true(memory_limit_of_cgroup(membership, old) == SIZE_MAX);
	set_old_limit("", NO_OLD_LIMIT);
	assert_true(memory_limit_of_cgroup(membership, old) > (size_t)1 << 60);
	set_old_limit("/docker", "3000000\n");
	set_old_limit("/docker/a:b", NO_OLD_LIMIT);
	assert_int_equal(memory_limit_of_cgroup(membership, old), 3000000);
	set_old_limit("/docker/a:b", "1000000\n");
	assert_int_equal(memory_limit_of_cgroup(membership, old), 1000000);
	set_old_limit("", "500000\n");
	assert_int_equal(memory_limit_of_cgroup(membership, old), 500000);
	/* Of another group, and of lines that are none, only the root is known. */
	assert_int_equal(
		memory_limit_of_cgroup(scratch_write("others", "4:memory\n:\n\n3:memory2:/docker\n"
	                                                       "2:memory:docker\n"),
	                               old),
		500000);
	assert_int_equal(
		memory_limit_of_cgroup(scratch_write("both", "5:blkio,memory:/gone\n"), old),
		500000);
	set_old_limit("/docker/a:b", "damaged");
	assert_int_equal(memory_limit_of_cgroup(membership, old), 500000);
	free(old);
	free(membership);
}

/* In a child, since the limit can't be taken back. */
static bool in_child(bool (*test)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(test() ? 0 : 1);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool limit_is_seen(void)
{
	const struct rlimit limit = { (rlim_t)1 << 36, (rlim_t)1 << 36 };
	size_t left;

	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return false;
	left = memory_limit_of_process();
	return left > (size_t)1 << 33 && left < (size_t)1 << 35;
}

static bool default_is_no_more(void)
{
	const struct rlimit limit = { 400 << 20, 400 << 20 };

	return setrlimit(RLIMIT_AS, &limit) == 0 && memory_limit_default() <= 200 << 20 &&
	       memory_limit_default() > 50 << 20;
}

static void test_process(void **state)
{
	(void)state;
	assert_true(memory_limit_default() < SIZE_MAX);
#ifdef IS_SANITIZED
	(void)in_child, (void)limit_is_seen, (void)default_is_no_more;
#else
	assert_true(in_child(limit_is_seen));
	assert_true(in_child(default_is_no_more));
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_cgroup_1),
		cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
