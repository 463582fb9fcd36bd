/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <grp.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup/privileges.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_account(void **state)
{
	const struct passwd *self = getpwuid(geteuid());
	struct account account;
	struct error error = { "" };

	(void)state;
	assert_true(account_find(arena, STR(""), &account, &error));
	assert_false(account.change);
	assert_false(account_find(arena, STR("no-such-account-here"), &account, &error));
	assert_non_null(strstr(error.text, "no such account"));
	if (self == NULL)
		return;
	assert_true(account_find(arena, str_from(self->pw_name), &account, &error));
	assert_false(account.change);
	assert_int_equal(account.uid, geteuid());
}

static void test_group(void **state)
{
	const struct group *own = getgrgid(getegid());
	struct error error = { "" };
	gid_t gid;

	(void)state;
	assert_true(account_find_group(arena, STR(""), &gid, &error));
	assert_int_equal(gid, (gid_t)-1);
	assert_false(account_find_group(arena, STR("no-such-group-here"), &gid, &error));
	assert_non_null(strstr(error.text, "no such group"));
	if (own == NULL)
		return;
	assert_true(account_find_group(arena, str_from(own->gr_name), &gid, &error));
	assert_int_equal(gid, getegid());
}

/* In a child, which can't get back what it gave up. Its exit code says what was wrong. */
static int drop(const struct account *account)
{
	struct rlimit core;
	struct error error;

	if (!privileges_drop(account, &error))
		return 1;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
		return 3;
	if (account->change && (getuid() != account->uid || geteuid() != account->uid ||
	                        getgid() != account->gid || setuid(0) == 0))
		return 4;
	/* Once more is no error: a sandbox may have done it before us. */
	return privileges_drop(&(struct account){ .change = false }, &error) ? 0 : 5;
}

static void check_in_child(struct str name, int (*check)(const struct account *account))
{
	struct account account;
	struct error error;
	int status;
	pid_t child;

	assert_true(account_find(arena, name, &account, &error));
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(check(&account));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_drop(void **state)
{
	(void)state;
	check_in_child(STR(""), drop);
	if (geteuid() == 0 && getpwnam("nobody") != NULL)
		check_in_child(STR("nobody"), drop);
}

/* A process whose capabilities outlive the change of its user: it is root still. */
static int drop_in_vain(const struct account *account)
{
	struct error error = { "" };

	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0)
		return 0; /* not in every container */
	if (privileges_drop(account, &error))
		return 1;
	return strstr(error.text, "could become root again") != NULL ? 0 : 2;
}

static void test_capabilities_kept(void **state)
{
	(void)state;
	if (geteuid() == 0 && getpwnam("nobody") != NULL)
		check_in_child(STR("nobody"), drop_in_vain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_account, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_group, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_capabilities_kept, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
