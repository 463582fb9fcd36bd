/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of lessons in Redis, with a redis-server of its own where one is installed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/lessons_cache.h"
#include "tests/unit/lessons_cases.h"
#include "tests/unit/scratch.h"

#define SERVER "/usr/bin/redis-server"
#define BITS   12

static int port;
static pid_t server;
static const char *appendonly = "yes";

static int free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0), found = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &len) == 0)
		found = ntohs(address.sin_port);
	close(fd);
	return found;
}

static void start_server(void)
{
	char number[16], command[200];

	scratch_path("");
	snprintf(number, sizeof(number), "%d", port);
	server = fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(1);
		execl(SERVER, SERVER, "--port", number, "--bind", "127.0.0.1", "--databases", "64",
		      "--appendonly", appendonly, "--appendfsync", "always", "--save", "", "--dir",
		      scratch_dir, NULL);
		_exit(1);
	}
	snprintf(command, sizeof(command),
	         "for i in $(seq 100); do redis-cli -p %d PING 2>/dev/null | grep -q PONG && "
	         "exit 0; sleep 0.1; done; exit 1",
	         port);
	assert_int_equal(system(command), 0);
}

static void stop_server(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

/* Each name has a database. */
static int database_of(const char *name)
{
	static char names[64][40];
	int i = 0;

	while (names[i][0] != '\0' && strcmp(names[i], name) != 0)
		i++;
	snprintf(names[i], sizeof(names[i]), "%s", name);
	return i;
}

static const char *uri_of(const char *name, const char *host)
{
	static char uris[8][500];
	static unsigned next;
	char journal[100], *uri = uris[next++ % 8];

	snprintf(journal, sizeof(journal), "%s-%s", name, host);
	snprintf(uri, sizeof(uris[0]), "redis://127.0.0.1:%d/%d?journal=%s", port,
	         database_of(name), scratch_path(journal));
	return uri;
}

struct lessons *lessons_case_open(const char *name, const char *host)
{
	struct error error;
	struct lessons *lessons = lessons_open(uri_of(name, host), &error);

	if (lessons == NULL)
		fail_msg("%s", error.text);
	return lessons;
}

static void run_cli(const char *name, const char *command)
{
	char text[600];

	snprintf(text, sizeof(text), "redis-cli -p %d -n %d %s >/dev/null", port, database_of(name),
	         command);
	assert_int_equal(system(text), 0);
}

void lessons_case_damage(const char *name)
{
	run_cli(name,
	        "EVAL \"local e = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1] "
	        "redis.call('XDEL', KEYS[1], e[1]) "
	        /* The same place, other bytes. */
	        "for i = 1, #e[2], 2 do if e[2][i] == 'f' then e[2][i + 1] = "
	        "string.sub(e[2][i + 1], 1, 20) .. 'x' .. string.sub(e[2][i + 1], 22) end end "
	        "local rest = redis.call('XRANGE', KEYS[1], '-', '+') "
	        "local last = redis.call('XINFO', 'STREAM', KEYS[1]) "
	        "redis.call('DEL', KEYS[1]) "
	        "redis.call('XADD', KEYS[1], e[1], unpack(e[2])) "
	        "for _, r in ipairs(rest) do redis.call('XADD', KEYS[1], r[1], unpack(r[2])) end "
	        "return 1\" 1 assay:lesson:rows:");
}

void test_reader(void **state)
{
	unsigned char key[LEARN_KEY_BYTES];
	struct lessons_state scope;
	struct lessons *reader, *writer;
	struct error error;
	bool exists;

	(void)state;
	reader = lessons_open_reader(uri_of("reader", "a"), &error);
	assert_non_null(reader);
	assert_true(lessons_key(reader, key, &exists, &error));
	assert_false(exists);
	assert_true(lessons_read_state(reader, LESSONS_SITE, &scope, &error));
	assert_int_equal(scope.count[LEARN_SPAM], 0);
	writer = lessons_case_open("reader", "b");
	assert_true(lessons_key(writer, key, &exists, &error));
	add_examples(writer, LESSONS_SITE, 0, 3);
	assert_true(lessons_wait(reader, 10000));
	assert_true(lessons_read_state(reader, LESSONS_SITE, &scope, &error));
	assert_int_equal(scope.count[LEARN_SPAM], 1);
	assert_true(lessons_key(reader, key, &exists, &error) && exists);
	lessons_close(reader);
	lessons_close(writer);
}

/* More rows than one answer has, and one batch with a message twice. */
static void test_batches(void **state)
{
	struct lessons *lessons = lessons_case_open("batches", "a");
	struct lessons_model model = { 0 };
	struct arena *arena = arena_new();
	enum lesson_outcome outcomes[3];
	struct lesson_row rows[3];
	struct error error;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		rows[i] = lesson_example(arena, i / 2 * 2, i == 1 ? LEARN_HAM : LEARN_SPAM);
	assert_true(lessons_add(lessons, LESSONS_SITE, rows, 3, outcomes, &error));
	assert_int_equal(outcomes[0], LESSON_LEARNED);
	assert_int_equal(outcomes[1], LESSON_CHANGED);
	assert_int_equal(outcomes[2], LESSON_LEARNED);
	add_examples(lessons, LESSONS_SITE, 10, 460);
	assert_true(lessons_model_update(lessons, LESSONS_SITE, BITS, &model, &error));
	assert_int_equal(model.learned, 452);
	model_free(model.model);
	arena_free(arena);
	lessons_close(lessons);
}

/* Counts that somebody spoiled begin anew; nothing is half learned. */
static void test_spoiled_counts(void **state)
{
	struct lessons *lessons = lessons_case_open("spoiled", "a");
	struct arena *arena = arena_new();
	char command[300];
	bool found;
	struct error error;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 3);
	snprintf(command, sizeof(command),
	         "for db in $(seq 0 63); do for field in bytes '0 0' '1 0' generation; do "
	         "redis-cli -p %d -n $db EVAL \"if redis.call('EXISTS', KEYS[1]) == 1 then "
	         "redis.call('HSET', KEYS[1], '$field', 'nonsense') end\" 1 assay:lesson:state: "
	         ">/dev/null || exit 1; done; done",
	         port);
	assert_int_equal(system(command), 0);
	add_lesson(lessons, LESSONS_SITE, lesson_example(arena, 20, LEARN_SPAM), LESSON_LEARNED);
	add_lesson(lessons, LESSONS_SITE, lesson_example(arena, 21, LEARN_HAM), LESSON_LEARNED);
	add_lesson(lessons, LESSONS_SITE, lesson_example(arena, 21, LEARN_HAM), LESSON_KNOWN);
	assert_true(lessons_forget(lessons, LESSONS_SITE,
	                           lesson_example(arena, 1, LEARN_HAM).message, &found, &error));
	assert_true(found);
	arena_free(arena);
	lessons_close(lessons);
}

/* What was acknowledged is there when the server was killed, and comes back; until then, nothing is
 * acknowledged. */
static void test_server_killed(void **state)
{
	struct lessons *lessons = lessons_case_open("killed", "a");
	struct arena *arena = arena_new();
	enum lesson_outcome outcome;
	struct lesson_row row = lesson_example(arena, 50, LEARN_SPAM);
	struct error error;
	struct str before;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 50);
	before = model_now(arena, lessons, LESSONS_SITE);
	stop_server();
	assert_false(lessons_add(lessons, LESSONS_SITE, &row, 1, &outcome, &error));
	assert_true(strstr(error.text, "127.0.0.1") != NULL);
	start_server();
	usleep(1100000);
	assert_true(str_eq(before, model_now(arena, lessons, LESSONS_SITE)));
	add_lesson(lessons, LESSONS_SITE, row, LESSON_LEARNED);
	arena_free(arena);
	lessons_close(lessons);
}

/* The models that are there serve while it is away, and go on when it is back. */
static void test_cache_without_server(void **state)
{
	struct lessons_cache_settings settings = {
		.place = uri_of("cache", "a"),
		.delimiters = STR("+"),
		.keep_ms = INT64_C(86400000) * 36500,
		.max_bytes = 1 << 30,
		.memory = 1 << 30,
		.bits = MODEL_BITS_DEFAULT,
	};
	struct envelope_recipients nobody = { .len = 0 };
	struct lessons *lessons = lessons_case_open("cache", "b");
	struct lessons_cache *cache;
	struct lessons_pin pin;
	uint64_t spam = 0;
	struct error error;

	(void)state;
	add_examples(lessons, LESSONS_SITE, 0, 30);
	cache = lessons_cache_start(&settings, &error);
	assert_non_null(cache);
	lessons_cache_settle(cache, deadline_in_ms(60000));
	stop_server();
	for (int i = 0; i < 20; i++) {
		int64_t began = clock_monotonic_us();

		assert_true(lessons_cache_pin(cache, &nobody, &pin));
		assert_int_equal(model_count(pin.models.site, LEARN_SPAM), 10);
		lessons_cache_unpin(cache, &pin);
		assert_true(clock_monotonic_us() - began < 2000000);
		usleep(100000);
	}
	start_server();
	lessons_close(lessons);
	lessons = lessons_case_open("cache", "b");
	add_examples(lessons, LESSONS_SITE, 30, 60);
	for (int i = 0; i < 3000 && spam != 20; i++) {
		lessons_cache_pin(cache, &nobody, &pin);
		spam = model_count(pin.models.site, LEARN_SPAM);
		lessons_cache_unpin(cache, &pin);
		usleep(20000);
	}
	assert_int_equal(spam, 20);
	lessons_close(lessons);
	lessons_cache_stop(cache);
}

/* A server that keeps nothing on its disk says so; what it loses is taught again, in the order in
 * which it was taught, under the same key. */
static void test_server_that_forgets(void **state)
{
	struct lessons *lessons = lessons_case_open("doubt", "a");
	unsigned char key[LEARN_KEY_BYTES], again[LEARN_KEY_BYTES];
	struct arena *arena = arena_new();
	struct error error;
	struct str before;
	bool exists, found;

	(void)state;
	assert_string_equal(lessons_doubt(lessons), "");
	lessons_close(lessons);
	stop_server();
	appendonly = "no";
	start_server();
	lessons = lessons_case_open("doubt", "a");
	assert_true(strstr(lessons_doubt(lessons), "appendonly") != NULL);
	assert_true(lessons_key(lessons, key, &exists, &error) && exists);
	add_examples(lessons, LESSONS_SITE, 0, 30);
	assert_true(lessons_forget(lessons, LESSONS_SITE,
	                           lesson_example(arena, 7, LEARN_HAM).message, &found, &error));
	before = model_now(arena, lessons, LESSONS_SITE);
	lessons_close(lessons);
	stop_server();
	start_server();
	lessons = lessons_case_open("doubt", "a");
	assert_true(lessons_key(lessons, again, &exists, &error) && exists);
	assert_memory_equal(key, again, sizeof(key));
	assert_true(before.len > 0 && str_eq(before, model_now(arena, lessons, LESSONS_SITE)));
	lessons_close(lessons);
	arena_free(arena);
	stop_server();
	appendonly = "yes";
	start_server();
}

static int begin(void **state)
{
	(void)state;
	port = free_port();
	start_server();
	return 0;
}

static int end(void **state)
{
	stop_server();
	return scratch_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LESSONS_CASES,
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_spoiled_counts),
		cmocka_unit_test(test_server_killed),
		cmocka_unit_test(test_cache_without_server),
		cmocka_unit_test(test_server_that_forgets),
	};

	if (access(SERVER, X_OK) != 0)
		return 77;
	return cmocka_run_group_tests(tests, begin, end);
}
