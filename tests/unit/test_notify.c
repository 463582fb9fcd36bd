/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/notify.h"
#include "tests/unit/unit.h"

static void test_silent_without_systemd(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_open();
	notify_send("READY=1");
	assert_int_equal(notify_watchdog_ms(), -1);
}

/* As a program sees it that one of systemd's services starts. */
static void test_watchdog_of_another(void **state)
{
	char pid[32];

	(void)state;
	setenv("WATCHDOG_USEC", "30000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getppid());
	setenv("WATCHDOG_PID", pid, 1);
	notify_open();
	assert_int_equal(notify_watchdog_ms(), -1);
}

/* Nobody reads what was sent before. */
static void check_goes_on(int fd, struct sockaddr_un *address, socklen_t len)
{
	int other = socket(AF_UNIX, SOCK_DGRAM, 0);

	address->sun_path[0] = '\0';
	while (sendto(other, "X", 1, MSG_DONTWAIT, (struct sockaddr *)address, len) == 1)
		;
	alarm(60);
	notify_send("WATCHDOG=1");
	alarm(0);
	close(other);
	close(fd);
}

static void test_systemd_hears(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[64], pid[32];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t address_len;
	ssize_t len;

	(void)state;
	/* An abstract name, as systemd may choose. */
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "assay-test-%ld",
	         (long)getpid());
	address_len = (socklen_t)(sizeof(sa_family_t) + 1 + strlen(address.sun_path + 1));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, address_len), 0);
	address.sun_path[0] = '@';
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	notify_open();
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_int_equal(notify_watchdog_ms(), 15000);
	notify_send("READY=1");
	len = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	assert_int_equal(len, 7);
	assert_memory_equal(text, "READY=1", 7);
	check_goes_on(fd, &address, address_len);
	notify_send("STOPPING=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent_without_systemd),
		cmocka_unit_test(test_watchdog_of_another),
		cmocka_unit_test(test_systemd_hears),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
