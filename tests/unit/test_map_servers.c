/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map types that compute or ask: pcre, sqlite, socketmap and redis. */
#include "tests/unit/class_name.h"
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
#include "forward/forward_map.h"
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
	struct str text = arena_printf(arena, "%s", class_name(e->class));

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

/* The answer of one map alone: its targets, "?" after them where they are doubtful; "none" and
 * "failed" for the others. */
static struct str ask(const char *type, const char *text, const char *key)
{
	struct map_load context = { arena, &problems, &(struct file_list){ 0 },
		                    map_new(arena, MAP_EXACT), map_new(arena, MAP_EXACT) };
	struct str answer = STR("");
	struct forward_map map;
	struct target_list targets;
	enum lookup_result result;

	assert_true(forward_map_open(
		&context, arena_printf(arena, "%s:%s", type, scratch_write("map", text)), &map));
	result = forward_map_lookup(arena, &map, str_from(key), &targets);
	if (result == LOOKUP_FAILED)
		return STR("failed");
	if (result == LOOKUP_NONE)
		return targets.doubt != NULL ? STR("none?") : STR("none");
	for (size_t i = 0; i < targets.len; i++)
		answer = arena_printf(arena, "%.*s%s%.*s", STR_FMT(answer), i > 0 ? " " : "",
		                      STR_FMT(targets.items[i].text));
	return targets.doubt != NULL ? arena_printf(arena, "%.*s?", STR_FMT(answer)) : answer;
}

/* What `postmap -q` says of the same tables. */
static void test_pattern_rules(void **state)
{
	static const char rules[] = "/^a(x)?b@/ t$1q@x\n"
				    "/^b(x)?b@/ t${2}@x\n"
				    "/^c(x)?b@/ t${1}z@x\n"
				    "/^d@/ t$@x\n"
				    "/^e@/ $$x@x\n"
				    "/^f@/ ${1@x\n"
				    "/^i(.)@/ a$(1)b$1-@x\n"
				    "!/^(k|a)/ neg$1@x\n"
				    "!/^[kam]/ neg@x\n"
				    "if /kk/\n"
				    "/^k(.)/ K$1@x\n"
				    "endif\n"
				    "if!/zz/\n"
				    "/^k/ notzz@x\n"
				    "ENDIF rest\n"
				    "/^aa/ ${0}@x\n"
				    "/^a/ ${1?yes}@x\n"
				    "/^a/ continued@x,\n"
				    "   Bob <more@x>\n"
				    "/^M@/i capital@x\n";
	static const char *const answers[][2] = {
		{ "axb@d", "continued@x more@x" },
		{ "bb@d", "neg@x" },
		{ "cb@d", "tz@x" },
		{ "cxb@d", "txz@x" },
		{ "d@d", "neg@x" },
		{ "e@d", "$x@x" },
		{ "f@d", "neg@x" },
		{ "ix@d", "axbx-@x" },
		{ "kk@d", "Kk@x" },
		{ "k@d", "notzz@x" },
		{ "kzz@d", "none" },
		{ "aa@d", "continued@x more@x" },
		{ "AA@d", "continued@x more@x" },
		{ "m@d", "none" },
		{ "M@d", "capital@x" },
		{ "m\xc3\xbc@d", "none?" },
		{ "a\xc3\xbc@d", "continued@x more@x?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_str(ask("pcre", rules, answers[i][0]), answers[i][1]);
		assert_str(ask("regexp", rules, answers[i][0]), answers[i][1]);
	}
	assert_int_equal(problems.errors, 0);
	assert_true(str_find(problems.items[0].text, STR("/map:1:1: a \"$\" of the result is")) >
	            0);
	assert_true(str_find(problems.items[1].text, STR("/map:2:1: the result has a group")) > 0);
	assert_true(str_find(problems.items[4].text, STR("/map:8:1: a negated pattern")) > 0);
	assert_true(str_find(problems.items[5].text, STR("/map:15:1: what follows")) > 0);
}

static void test_pattern_flags(void **state)
{
	(void)state;
	assert_str(ask("pcre", "/^x(\\d+)@num\\.test$/i  n${1}@aol.test\n", "x1@num.test"),
	           "n1@aol.test");
	assert_str(ask("pcre", "/^x(\\d+)@num\\.test$/i  n${1}@aol.test\n", "X1@num.test"), "none");
	assert_str(ask("pcre", "/^x@/ii a@x\n", "X@d"), "a@x");
	assert_str(ask("pcre", "/(?-i)^x@/ a@x\n", "X@d"), "none");
	assert_str(ask("pcre", "/^x @/x a@x\n", "x@d"), "a@x");
	assert_str(ask("pcre", "/@d/A a@x\n", "x@d"), "none");
	assert_str(ask("pcre", "/^(x.*)@/U $1@x\n", "x@y@d"), "x@x");
	assert_str(ask("pcre", "/^x@/X a@x\n", "x@d"), "a@x");
	/* Lines are joined without a line feed. */
	assert_str(ask("pcre", "/^x\n y@/ a@x\n", "x y@d"), "a@x");
	assert_str(ask("regexp", "/^x@/i a@x\n", "X@d"), "none");
	assert_str(ask("regexp", "/^\\(o*\\)@/x b$1@x\n", "oo@d"), "boo@x");
	assert_str(ask("regexp", "/^q(a|b)*c@/ Q$1@x\n", "qabc@d"), "Qb@x");
	assert_str(ask("regexp", "/^q(a|b)*c@/ Q$1@x\n", "qc@d"), "Q@x");
	assert_str(ask("regexp", "/^q[^@]@/m a@x\n", "q\n@d"), "none");
	/* A result with nothing in it ends the search. */
	assert_str(ask("pcre", "/^q(a)?@/ $1\n/^q/ b@x\n", "q@d"), "failed");
	assert_str(ask("pcre", "/^q/ a@@x\n", "q@d"), "failed");
	assert_int_equal(problems.errors, 0);
	assert_null(load_file("regexp", "/(/ x@y.example\n/a/s x@y.example\n"));
	assert_int_equal(problems.errors, 2);
	assert_true(str_find(problems.items[0].text, STR("/map:1:1: /(/ is no pattern: ")) > 0);
	assert_true(str_find(problems.items[1].text, STR("known are i, m and x")) > 0);
	/* What the pattern would be compiled to has a limit, however it is written. */
	assert_str(ask("regexp", "/^(a+[]+]{2,9}){3}@/ r@x\n", "a]+a+]a]]@d"), "r@x");
	assert_str(ask("regexp", "/^a\\{2\\}@/x r@x\n", "aa@d"), "r@x");
	assert_null(load_file(
		"regexp",
		"/^(a++++++++++++++++++++++++++++++++++++++++|b)@/ x@y.example\n"
		"/^((((a{99}){99}){99}){99})@/ x@y.example\n/^a{99}{99}{99}@/ x@y.example\n"
		"/^\\(\\(\\(a\\{99\\}\\)\\{99\\}\\)\\{99\\}\\)@/x x@y.example\n"));
	assert_int_equal(problems.errors, 6);
}

/* Patterns see an address with its case, and before that what the maps above have. */
static void test_patterns_see_the_case(void **state)
{
	struct forward_maps *maps = load_file(
		"pcre", "/^x([0-9]+)@example\\.com$/i  n${1}@aol.example\n"
			"/^Y@example\\.com$/i X7@example.com\n/^\"a b\"@/ q@aol.example\n");

	(void)state;
	assert_str(expand(maps, "x1@example.com"), "forwarded n1@aol.example");
	assert_str(expand(maps, "X1@example.com"), "hosted X1@example.com");
	assert_str(expand(maps, "Y@example.com"), "hosted X7@example.com");
	assert_str(expand(maps, "\"a b\"@example.com."), "forwarded q@aol.example");
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
	/* As the local part would have to be quoted, it is not quite certain. */
	assert_str(expand(maps, "x' OR '1'='1@example.com"), "forwarded all@aol.example ?");
	assert_str(expand(maps, "bad@example.com"), "hosted bad@example.com ?");
	/* A file that is put in place of the old one is found. */
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

/* The answer of a query to a key; the table has what the query may say of it. */
static struct str query(const char *query, const char *more, const char *key)
{
	return ask("sqlite",
	           arena_printf(arena, "dbpath = %s\nquery = %s\n%s", scratch_path("parts"), query,
	                        more)
	                   .data,
	           key);
}

/* %s, %u, %d … as sqlite_table(5) has them. */
static void test_sqlite_templates(void **state)
{
	static const char by_parts[] = "SELECT t FROM v WHERE u = '%u' AND d = '%d'";
	static const char by_user[] = "SELECT t FROM v WHERE u = '%u'";
	static const char echo[] = "SELECT '%s|%S|%u|%U|%d|%D|%1|%2|%%'";
	sqlite3 *db;

	(void)state;
	unlink(scratch_path("parts"));
	sqlite3_open(scratch_path("parts"), &db);
	assert_int_equal(
		sqlite3_exec(db,
	                     "CREATE TABLE v (u TEXT, d TEXT, t TEXT);"
	                     "INSERT INTO v VALUES ('joe', 'example.com', 'joe@aol.example');"
	                     "INSERT INTO v VALUES ('joe', 'example.org', 'org@aol.example');"
	                     "INSERT INTO v VALUES ('jane', 'example.com', 'jane');"
	                     "INSERT INTO v VALUES ('none', 'example.com', NULL);"
	                     "INSERT INTO v VALUES ('o''neil', 'example.com', 'on@x.example');"
	                     "INSERT INTO v VALUES ('', 'example.com', 'all@aol.example')",
	                     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_str(query(by_parts, "", "joe@example.com"), "joe@aol.example");
	assert_str(query(by_parts, "", "joe@example.org"), "org@aol.example");
	assert_str(query(by_parts, "", "o'neil@example.com"), "on@x.example");
	assert_str(query(by_parts, "", "none@example.com"), "none");
	/* A part that the key has not: no query. */
	assert_str(query(by_parts, "", "joe"), "none");
	assert_str(query("SELECT t FROM v WHERE u = '%u'", "", "@example.com"), "none");
	assert_str(query("SELECT t FROM v WHERE d = '%d'", "", "joe"), "none");
	assert_str(query("SELECT t FROM v WHERE u = '' AND d = '%d'", "", "@example.com"),
	           "all@aol.example");
	/* But %u is all of a key without a domain. */
	assert_str(query(by_user, "", "jane"), "jane");
	assert_str(query(by_user, "", "joe@example.com"), "joe@aol.example org@aol.example");
	assert_str(query("SELECT '%1.%2.%3'", "", "a@b.c.d"), "d.c.b");
	assert_str(query("SELECT '%1.%2.%3'", "", "a@c.d"), "none");
	assert_str(query("SELECT '%1'", "", "a"), "none");
	assert_str(query("SELECT '%S.%U.%D'", "", "a@b.c"), "a@b.c.a.b.c");
	assert_str(query("SELECT '%U.%D'", "", "a@b.c"), "a.b.c");
	assert_str(query("SELECT 'a%%b'", "", "a@b.c"), "a%b?");
	assert_str(query(by_parts, "result_format = %u+%U@%d.%D.%2\n", "joe@example.com"),
	           "joe+joe@aol.example.example.com.example");
	assert_str(query(by_parts, "result_format = %u-%U@x\n", "o'neil@example.com"),
	           "on-o'neil@x");
	assert_str(query(by_parts, "result_format = box-%s\n", "jane@example.com"), "box-jane");
	/* A result that has no domain is left out, where that is asked for. */
	assert_str(query(by_parts, "result_format = x@%d\n", "jane@example.com"), "none");
	/* With domains, whole addresses in them alone. */
	assert_str(query(by_parts, "domain = example.net, Example.COM\n", "joe@example.com"),
	           "joe@aol.example");
	assert_str(query(by_parts, "domain = example.com\n", "joe@example.org"), "none");
	assert_str(
		query("SELECT t FROM v WHERE d = '%d'", "domain = example.com\n", "@example.com"),
		"none");
	assert_str(query(by_user, "domain = example.com\n", "jane"), "none");
	assert_str(query(by_user, "expansion_limit = 2\n", "joe@example.com"),
	           "joe@aol.example org@aol.example");
	assert_str(query(by_user, "expansion_limit = 1\n", "joe@example.com"), "failed");
	assert_int_equal(problems.errors, 0);
	query(by_parts, "domain = /etc/domains\nexpansion_limit = x\nresult_format = %q\n", "x@y");
	assert_int_equal(problems.errors, 3);
	query(echo, "result_format = x%\n", "x@y.z");
	assert_int_equal(problems.errors, 4);
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
		{ "virt empty@example.com", "3:OK ,", false },
		{ "virt other@example.com", "12:NOTFOUNDLING,", false },
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
	assert_str(expand(maps, "empty@example.com"), "hosted empty@example.com ?");
	assert_str(expand(maps, "other@example.com"), "hosted other@example.com ?");
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
		cmocka_unit_test_setup_teardown(test_pattern_rules, begin, end),
		cmocka_unit_test_setup_teardown(test_pattern_flags, begin, end),
		cmocka_unit_test_setup_teardown(test_patterns_see_the_case, begin, end),
		cmocka_unit_test_setup_teardown(test_pcre_mistakes, begin, end),
		cmocka_unit_test_setup_teardown(test_sqlite_templates, begin, end),
		cmocka_unit_test_setup_teardown(test_sqlite, begin, end),
		cmocka_unit_test_setup_teardown(test_socketmap, begin, end),
		cmocka_unit_test_setup_teardown(test_redis, begin, end),
	};

	return cmocka_run_group_tests_name("map_servers", tests, NULL, scratch_remove);
}
