/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map types that compute or ask: pcre, sqlite, socketmap and redis. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forward/forward.h"
#include "tests/unit/scratch.h"

static struct arena *arena;
static struct problems problems;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct forward_maps *load(const char *map)
{
	struct forward_settings settings = { .delimiters = STR("+") };

	vec_push(arena, &settings.maps, str_from(map));
	vec_push(arena, &settings.hosted_domains, STR("example.com"));
	return forward_maps_load(arena, &settings, &problems);
}

static struct forward_maps *load_file(const char *type, const char *text)
{
	return load(arena_printf(arena, "%s:%s", type, scratch_write("map", text)).data);
}

static struct str expand(const struct forward_maps *maps, const char *address)
{
	const struct expansion *e = forward_expand(arena, maps, str_from(address));
	struct str text = arena_printf(arena, "%s", forward_class_name(e->class));

	for (size_t i = 0; i < e->len; i++)
		text = arena_printf(arena, "%.*s %.*s", STR_FMT(text),
		                    STR_FMT(e->items[i].address));
	return e->incomplete ? arena_printf(arena, "%.*s ?", STR_FMT(text)) : text;
}

static void test_pcre(void **state)
{
	struct forward_maps *maps =
		load_file("pcre", "# comment\n"
	                          "/^joe@example\\.com$/ joe@aol.example, x@aol.example\n"
	                          "/^(\\w+)\\.(\\w+)@(example\\.com)$/ ${2}$1@new.example\n"
	                          "if /@example\\.com$/\n"
	                          "!/^a/ other@aol.example\n"
	                          "/^(a)(b)?c@/ $(1)-$(2)-$$@aol.example\n"
	                          "endif\n"
	                          "/^CASE@/i never@aol.example\n");

	(void)state;
	assert_non_null(maps);
	assert_str(expand(maps, "Joe@Example.com"), "forwarded joe@aol.example x@aol.example");
	assert_str(expand(maps, "ann.lee@example.com"), "forwarded leeann@new.example");
	assert_str(expand(maps, "bob@example.com"), "forwarded other@aol.example");
	assert_str(expand(maps, "ac@example.com"), "forwarded a--$@aol.example");
	assert_str(expand(maps, "axx@example.com"), "hosted axx@example.com");
	assert_str(expand(maps, "bob@else.example"), "unknown bob@else.example");
	/* Whole addresses only: not "joe@example.com" for an extension of it. */
	assert_str(expand(maps, "joe+x@example.com"), "forwarded other@aol.example");
}

static void test_pcre_mistakes(void **state)
{
	(void)state;
	assert_null(load_file("pcre", "/(/ x@y.example\n/a/\n/a x@y.example\njoe x@y\n/a/q x@y\n"
	                              "endif\nif /a/\n/b/ c@d.example\n"));
	assert_int_equal(problems.errors, 7);
	assert_true(str_find(problems.items[0].text, STR("/map:1:1: /(/ is no pattern")) > 0);
	assert_true(str_find(problems.items[5].text, STR("/map:6:1: endif without if")) > 0);
	assert_true(str_find(problems.items[6].text, STR("/map:8: an if has no endif")) > 0);
}

static void make_table(const char *row)
{
	char sql[200];
	sqlite3 *db;

	snprintf(sql, sizeof(sql), "CREATE TABLE v (a TEXT, t TEXT); INSERT INTO v VALUES %s", row);
	sqlite3_open(scratch_path("db"), &db);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void make_database(void)
{
	sqlite3 *db;

	sqlite3_open(scratch_path("db"), &db);
	assert_int_equal(
		sqlite3_exec(db,
	                     "CREATE TABLE v (a TEXT, t TEXT);"
	                     "INSERT INTO v VALUES ('joe@example.com', 'joe@aol.example');"
	                     "INSERT INTO v VALUES ('joe@example.com', 'two@aol.example');"
	                     "INSERT INTO v VALUES ('o''neil@example.com', 'on@x.example');"
	                     "INSERT INTO v VALUES ('bad@example.com', 'a@@b');"
	                     "INSERT INTO v VALUES ('@example.com', 'all@aol.example')",
	                     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
}

static void test_sqlite(void **state)
{
	char conf[600];
	struct forward_maps *maps;

	(void)state;
	make_database();
	snprintf(conf, sizeof(conf), "dbpath = %s\nquery = SELECT t FROM v\n  WHERE a = '%%s'\n",
	         scratch_path("db"));
	maps = load_file("sqlite", conf);
	assert_non_null(maps);
	assert_str(expand(maps, "joe@example.com"), "forwarded joe@aol.example two@aol.example");
	assert_str(expand(maps, "o'neil@example.com"), "forwarded on@x.example");
	assert_str(expand(maps, "x' OR '1'='1@example.com"), "forwarded all@aol.example");
	assert_str(expand(maps, "bad@example.com"), "hosted bad@example.com ?");
	/* A file that is put in the place of the old one is found. */
	unlink(scratch_path("db"));
	make_table("('joe@example.com', 'new@aol.example')");
	assert_str(expand(maps, "joe@example.com"), "forwarded new@aol.example");
	unlink(scratch_path("db"));
	make_database();
	assert_str(expand(maps, "joe@example.com"), "forwarded joe@aol.example two@aol.example");
	strcat(conf, "domain = example.org\n");
	assert_str(expand(load_file("sqlite", conf), "joe@example.com"), "hosted joe@example.com");
	/* A database that goes away is no reason to take everybody for a mailbox. */
	unlink(scratch_path("db"));
	assert_str(expand(maps, "joe@example.com"), "hosted joe@example.com ?");
	assert_null(load_file("sqlite", conf));
	make_database();
	snprintf(conf, sizeof(conf), "dbpath = %s\nquery = SELEKT\nhosts = x\n",
	         scratch_path("db"));
	problems.len = problems.errors = 0;
	assert_null(load_file("sqlite", conf));
	assert_int_equal(problems.errors, 2);
}

static unsigned accepted;

/* Answers by what it is asked; false where it closes then. */
static bool answer_one(int fd)
{
	static const struct {
		const char *asked, *answer;
		bool last;
	} table[] = {
		{ "virt joe@example.com", "18:OK joe@aol.example,", false },
		{ "virt bye@example.com", "18:OK bye@aol.example,", true },
		{ "virt twice@example.com", "18:OK joe@aol.example,18:OK eve@aol.example,", true },
		{ "virt slow@example.com", "18:OK joe@a", true },
		{ "virt bad@example.com", "hello", true },
		{ "virt temp@example.com", "9:TEMP down,", false },
		{ "virt huge@example.com", "99999999:x", true },
	};
	const char *answer = "9:NOTFOUND ,";
	char line[300] = "";
	bool last = false;

	if (recv(fd, line, sizeof(line) - 1, 0) <= 0)
		return false;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strstr(line, table[i].asked) == NULL)
			continue;
		answer = table[i].answer;
		last = table[i].last;
	}
	send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	return !last;
}

/* One connection at a time, which is all that one thread may need. */
static void *serve(void *context)
{
	int fd;

	while ((fd = accept(*(int *)context, NULL, NULL)) >= 0) {
		accepted++;
		while (answer_one(fd))
			;
		close(fd);
	}
	return NULL;
}

static void test_socketmap(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct forward_maps *maps;
	pthread_t thread;

	(void)state;
	strcpy(address.sun_path, scratch_path("socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	listen(fd, 10);
	pthread_create(&thread, NULL, serve, &fd);
	maps = load(arena_printf(arena, "socketmap:unix:%s:virt", address.sun_path).data);
	assert_non_null(maps);
	assert_str(expand(maps, "joe@example.com"), "forwarded joe@aol.example");
	assert_str(expand(maps, "nobody@example.com"), "hosted nobody@example.com");
	/* All of it through one connection, and another where that has ended. */
	assert_int_equal(accepted, 1);
	assert_str(expand(maps, "bye@example.com"), "forwarded bye@aol.example");
	assert_str(expand(maps, "joe@example.com"), "forwarded joe@aol.example");
	assert_int_equal(accepted, 2);
	assert_str(expand(maps, "twice@example.com"), "hosted twice@example.com ?");
	assert_str(expand(maps, "slow@example.com"), "hosted slow@example.com ?");
	assert_str(expand(maps, "bad@example.com"), "hosted bad@example.com ?");
	assert_str(expand(maps, "temp@example.com"), "hosted temp@example.com ?");
	assert_str(expand(maps, "huge@example.com"), "hosted huge@example.com ?");
	shutdown(fd, SHUT_RDWR);
	/* The map's last connection ends with its policy. */
	arena_free(arena);
	pthread_join(thread, NULL);
	close(fd);
	begin(NULL);
	maps = load(arena_printf(arena, "socketmap:unix:%s:virt", address.sun_path).data);
	assert_str(expand(maps, "joe@example.com"), "hosted joe@example.com ?");
	assert_null(load("socketmap:unix:relative:virt"));
	assert_null(load("socketmap:inet:host:virt"));
	assert_null(load("socketmap:"));
}

static void test_redis(void **state)
{
	int port = 20000 + getpid() % 10000;
	struct forward_maps *maps;
	char command[300];
	pid_t pid;

	(void)state;
	assert_null(load("redis:localhost"));
	assert_null(load("redis://localhost/0"));
	if (access("/usr/bin/redis-server", X_OK) != 0)
		skip();
	snprintf(command, sizeof(command), "%d", port);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(1);
		execl("/usr/bin/redis-server", "redis-server", "--port", command, "--bind",
		      "127.0.0.1", "--save", "", "--requirepass", "pass", NULL);
		_exit(1);
	}
	snprintf(command, sizeof(command),
	         "for i in 1 2 3 4 5 6 7 8 9; do redis-cli -a pass --no-auth-warning -n 3 -p %d "
	         "HSET virt joe@example.com joe@aol.example >/dev/null 2>&1 && break; sleep 0.2; "
	         "done",
	         port);
	assert_int_equal(system(command), 0);
	maps = load(arena_printf(arena, "redis://:pass@127.0.0.1:%d/3/virt", port).data);
	assert_str(expand(maps, "joe@example.com"), "forwarded joe@aol.example");
	assert_str(expand(maps, "jane@example.com"), "hosted jane@example.com");
	maps = load(arena_printf(arena, "redis://:wrong@127.0.0.1:%d/3/virt", port).data);
	assert_str(expand(maps, "joe@example.com"), "hosted joe@example.com ?");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_str(expand(maps, "jane@example.com"), "hosted jane@example.com ?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pcre, begin, end),
		cmocka_unit_test_setup_teardown(test_pcre_mistakes, begin, end),
		cmocka_unit_test_setup_teardown(test_sqlite, begin, end),
		cmocka_unit_test_setup_teardown(test_socketmap, begin, end),
		cmocka_unit_test_setup_teardown(test_redis, begin, end),
	};

	return cmocka_run_group_tests_name("map_servers", tests, NULL, scratch_remove);
}
