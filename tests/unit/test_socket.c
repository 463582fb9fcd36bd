/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/socket.h"
#include "tests/unit/unit.h"

static struct arena *arena;
static char directory[] = "/tmp/assay-test-socket-XXXXXX";

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

static const char *libmilter_text(const char *text)
{
	struct socket_address address;
	struct error error;

	if (!socket_address_parse(arena, "listen", str_from(text), &address, &error))
		return "refused";
	if (!socket_resolve(&address, &error))
		return "unresolved";
	return socket_libmilter_text(arena, &address);
}

static void test_accepted_forms(void **state)
{
	static const char *const cases[][2] = {
		{ "unix:/run/assay/assay.sock", "unix:/run/assay/assay.sock" },
		{ "local:/run/a.sock", "unix:/run/a.sock" },
		{ "UNIX:/run/a.sock", "unix:/run/a.sock" },
		{ "/run/a.sock", "unix:/run/a.sock" },
		{ "inet:8891@127.0.0.1", "inet:8891@[127.0.0.1]" },
		{ "inet:127.0.0.1:8891", "inet:8891@[127.0.0.1]" },
		{ "inet:8891@[127.0.0.1]", "inet:8891@[127.0.0.1]" },
		{ "inet6:8891@::1", "inet6:8891@[::1]" },
		{ "inet6:[::1]:8891", "inet6:8891@[::1]" },
		{ "inet:[::1]:8891", "inet6:8891@[::1]" },
		{ "inet:8891@[::1]", "inet6:8891@[::1]" },
		{ "inet:*:8891", "inet:8891@[0.0.0.0]" },
		{ "inet6:8891@*", "inet6:8891@[::]" },
		{ "inet:smtp@127.0.0.1", "inet:25@[127.0.0.1]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(libmilter_text(cases[i][0]), cases[i][1]);
}

static void assert_refused(const char *text, const char *because)
{
	struct socket_address address;
	struct error error = { "" };

	assert_false(socket_address_parse(arena, "listen", str_from(text), &address, &error));
	if (strstr(error.text, because) == NULL)
		fail_msg("%s: \"%s\" doesn't say \"%s\"", text, error.text, because);
	assert_non_null(strstr(error.text, text));
}

static void test_refused_forms(void **state)
{
	char path[200];

	(void)state;
	assert_refused("", "unix:/path");
	assert_refused("unix:run/a.sock", "begin with");
	assert_refused("unix:", "begin with");
	assert_refused("unxi:/run/a.sock", "did you mean \"unix:\"");
	assert_refused("inet4:8891@127.0.0.1", "did you mean");
	assert_refused("zzzzzzzz:/run/a", "unknown kind");
	assert_refused("inet:8891", "inet:8891@127.0.0.1");
	assert_refused("inet:0@127.0.0.1", "no port");
	assert_refused("inet:65536@127.0.0.1", "no port");
	assert_refused("inet:127.0.0.1:88x", "no port");
	assert_refused("inet:::1:8891", "brackets");
	assert_refused("inet:@127.0.0.1", "inet:port@host");
	assert_refused("inet:127.0.0.1:", "inet:port@host");
	assert_refused("8891", "no host; write inet:8891@127.0.0.1");
	assert_refused("inet:127.0.0.1", "no port; write inet:127.0.0.1:PORT");
	assert_refused("inet:mx.example.com", "no port; write inet:mx.example.com:PORT");
	assert_refused("inet:[::1]", "no port; write inet:[::1]:PORT");
	assert_refused("inet6:[::1]", "no port; write inet:[::1]:PORT");
	assert_refused("127.0.0.1:8891", "did you mean \"inet:127.0.0.1:8891\"");
	assert_refused("http://127.0.0.1:9334", "unknown kind");
	assert_refused("inet:unix:/run/a.sock", "no port");
	assert_refused("inet:256.0.0.1:8891", "no IP address");
	assert_refused("inet:8891@127.0.0", "no IP address");
	assert_refused("unix:/run/", "a directory");
	assert_refused("/", "a directory");
	snprintf(path, sizeof(path), "unix:/%0120d", 1);
	assert_refused(path, "too long");
}

static struct socket_address unix_address(const char *name)
{
	struct socket_address address;
	struct error error;
	struct str text = arena_printf(arena, "unix:%s/%s", directory, name);

	assert_true(socket_address_parse(arena, "listen", text, &address, &error));
	assert_true(socket_resolve(&address, &error));
	return address;
}

static void test_stale_socket_goes(void **state)
{
	struct socket_address address = unix_address("stale");
	struct error error = { "" };
	struct stat st;
	int fd;

	(void)state;
	fd = socket_listen(&address, 0620, &error);
	assert_true(fd >= 0);
	assert_int_equal(stat(address.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0620);
	close(fd);
	assert_int_equal(access(address.path, F_OK), 0);
	assert_true(socket_make_way(&address, deadline_in_ms(0), &error));
	assert_int_equal(access(address.path, F_OK), -1);
	assert_true(socket_make_way(&address, deadline_in_ms(0), &error));
}

static void test_live_socket_stays(void **state)
{
	struct socket_address address = unix_address("live");
	struct error error = { "" };
	int64_t before = clock_monotonic_us();
	int fd = socket_listen(&address, 0600, &error);

	(void)state;
	assert_true(fd >= 0);
	assert_false(socket_make_way(&address, deadline_in_ms(120), &error));
	assert_true(clock_monotonic_us() - before >= 100 * 1000);
	assert_non_null(strstr(error.text, "another program answers"));
	assert_int_equal(access(address.path, F_OK), 0);
	close(fd);
	unlink(address.path);
}

static void test_other_files_stay(void **state)
{
	struct socket_address address = unix_address("file");
	struct error error = { "" };
	FILE *file = fopen(address.path, "w");

	(void)state;
	assert_non_null(file);
	fclose(file);
	assert_false(socket_make_way(&address, deadline_in_ms(0), &error));
	assert_non_null(strstr(error.text, "no socket"));
	assert_int_equal(access(address.path, F_OK), 0);
	unlink(address.path);
}

static void test_missing_directory(void **state)
{
	struct socket_address address = unix_address("missing/socket");
	struct error error = { "" };

	(void)state;
	assert_true(socket_make_way(&address, deadline_in_ms(0), &error));
	assert_int_equal(socket_listen(&address, 0600, &error), -1);
	assert_non_null(strstr(error.text, "directory"));
	assert_non_null(strstr(error.text, "is missing; create it"));
}

static void test_busy_port(void **state)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(any);
	struct socket_address address;
	struct error error = { "" };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &len), 0);
	assert_true(socket_address_parse(
		arena, "listen", arena_printf(arena, "inet:127.0.0.1:%u", ntohs(any.sin_port)),
		&address, &error));
	assert_true(socket_resolve(&address, &error));
	assert_false(socket_make_way(&address, deadline_in_ms(0), &error));
	assert_int_equal(socket_listen(&address, 0600, &error), -1);
	close(fd);
	assert_true(socket_make_way(&address, deadline_in_ms(0), &error));
	fd = socket_listen(&address, 0600, &error);
	assert_true(fd >= 0);
	close(fd);
}

static struct socket_address inet_address(const char *family, const char *host, unsigned port)
{
	struct socket_address address;
	struct error error;

	assert_true(socket_address_parse(arena, "listen",
	                                 arena_printf(arena, "%s:%u@%s", family, port, host),
	                                 &address, &error));
	assert_true(socket_resolve(&address, &error));
	return address;
}

/* No other descriptor is taken for the one that listens on an address. */
static void test_listens(void **state)
{
	struct socket_address path = unix_address("listens"), other = unix_address("other");
	struct sockaddr_in any = { .sin_family = AF_INET,
		                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct socket_address here, elsewhere, later, sixth;
	int fd, inet = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(any);
	struct error error;

	(void)state;
	fd = socket_listen(&path, 0600, &error);
	assert_true(socket_listens(fd, &path));
	assert_false(socket_listens(fd, &other));
	assert_int_equal(bind(inet, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(getsockname(inet, (struct sockaddr *)&any, &len), 0);
	here = inet_address("inet", "127.0.0.1", ntohs(any.sin_port));
	elsewhere = inet_address("inet", "127.0.0.2", ntohs(any.sin_port));
	later = inet_address("inet", "127.0.0.1", ntohs(any.sin_port) ^ 1U);
	sixth = inet_address("inet6", "::1", ntohs(any.sin_port));
	assert_false(socket_listens(inet, &here));
	assert_int_equal(listen(inet, 1), 0);
	assert_true(socket_listens(inet, &here));
	assert_false(socket_listens(inet, &elsewhere));
	assert_false(socket_listens(inet, &later));
	assert_false(socket_listens(inet, &sixth));
	assert_false(socket_listens(inet, &path));
	assert_false(socket_listens(fd, &here));
	assert_false(socket_listens(-1, &here));
	close(inet);
	close(fd);
	unlink(path.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_accepted_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stale_socket_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_live_socket_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_files_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_busy_port, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_listens, set_up, tear_down),
	};
	int failed;

	if (mkdtemp(directory) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return rmdir(directory) != 0 || failed != 0;
}
