/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup/seccomp.h"
#include "tests/unit/sanitized.h"

enum { CANNOT_RESTRICT = 100 };

/* Runs the check in a child with the restriction; its exit code, CANNOT_RESTRICT where there is
 * none. */
static int restricted(int (*check)(void))
{
	struct error error;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(seccomp_restrict(&error) ? check() : CANNOT_RESTRICT);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int programs_and_privileges(void)
{
	if (unshare(CLONE_NEWUSER) == 0 || errno != EPERM)
		return 2;
	if (setuid(getuid()) == 0 || errno != EPERM)
		return 3;
	if (chroot("/") == 0 || errno != EPERM)
		return 4;
#ifndef IS_SANITIZED /* See seccomp.c. */
	char *const arguments[] = { (char *)"true", NULL };

	if (execv("/bin/true", arguments) == 0 || errno != EPERM)
		return 1;
	if (fork() != -1 || errno != EPERM)
		return 5;
#endif
	return 0;
}

static int odd_sockets(void)
{
	static const int odd[] = { AF_PACKET, AF_ALG, AF_BLUETOOTH, AF_VSOCK, AF_AX25, AF_CAN };
	static const int usual[] = { AF_UNIX, AF_INET, AF_INET6 };

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		if (socket(odd[i], SOCK_DGRAM, 0) >= 0 || errno != EAFNOSUPPORT)
			return 1;
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (socket(usual[i], SOCK_STREAM, 0) < 0 && errno == EPERM)
			return 2;
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? 3 : 0;
}

static void *nothing(void *data)
{
	return data;
}

/* What libraries do all day. */
static int work_goes_on(void)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	pthread_t thread;
	void *memory;

	if (pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
		return 1;
	if (getaddrinfo("localhost", "25", &hints, &found) == 0)
		freeaddrinfo(found);
	memory = malloc(1 << 24);
	if (memory == NULL)
		return 2;
	free(memory);
	return access("/", R_OK) == 0 ? 0 : 3;
}

static void check_restricted(int (*check)(void))
{
	int code = restricted(check);

	if (code == CANNOT_RESTRICT)
		skip();
	assert_int_equal(code, 0);
}

static void test_given_up(void **state)
{
	(void)state;
	check_restricted(programs_and_privileges);
	check_restricted(odd_sockets);
}

static void test_work_goes_on(void **state)
{
	(void)state;
	check_restricted(work_goes_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_work_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
