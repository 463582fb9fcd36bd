/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole path, bytes in to actions out: the real libmilter, our reading and writing for it, and
 * the sessions, in a thread of this process, after a unix socket. An input is a script, each line
 * a packet: its command and its data, with \0, \r, \n, \\ and \xHH; a line that begins with ! is
 * bytes without a frame. So mutations of a valid session are mostly packets still, in which a NUL,
 * a string or a step is missing or too many.
 *
 * Nothing ends the process; what comes back is packets that a filter may send; it is the same
 * however the bytes are cut on their way, and nothing where the grammar is broken at once; and
 * every now and then another session gets the answer that it always got.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "base/strbuf.h"
#include "milter/arrivals.h"
#include "milter/keepalive.h"
#include "milter/libmilter_calls.h"
#include "milter/listener.h"
#include "milter/packet.h"
#include "milter/reception.h"
#include "milter/session.h"
#include "store/recorder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ANSWER_MAX  (1024 * 1024)
#define WAIT_MS     20000
#define CHECK_EVERY 50
/* One message is on its way here, at most, but for those that are just being forgotten. */
#define COMING_MAX 32

static char directory[] = "/tmp/assay-fuzz-XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static struct service service;

static const char configuration[] = "listen unix:%s/socket\n"
				    "rules %s/rules.cf\n"
				    "cache_directory\n"
				    "hostname filter.example.net\n"
				    "network_tests no\n"
				    "match_limit 1000\n";
static const char rules[] = "body TAG /please tag me/\nscore TAG 10\n";

static const char healthy[] =
	"O\\0\\0\\0\\6\\0\\0\\1\\xff\\0\\x1f\\xff\\xff\nCmx.example\\04\\0\\x19192.0.2.1\\0\n"
	"Hmx.example\\0\nM<a@b.example>\\0\nR<c@d.example>\\0\nLSubject\\0 hello\\0\n"
	"Bplease tag me\\r\\n\nE\nQ\n";

/* The daemon. */

static void write_rules(struct arena *arena)
{
	FILE *file = fopen(arena_printf(arena, "%s/rules.cf", directory).data, "we");

	assert(file != NULL);
	fputs(rules, file);
	fclose(file);
}

static void *run_libmilter(void *unused)
{
	smfi_main();
	return unused;
}

static void clean_up(int status, void *unused)
{
	static const char *const names[] = { "socket",         "rules.cf",       "records.db",
		                             "records.db-wal", "records.db-shm", NULL };
	char path[sizeof(directory) + 32];

	for (size_t i = 0; names[i] != NULL; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
	(void)unused;
	/* libmilter's threads go on, and what they use isn't freed under them. */
	fflush(NULL);
	_exit(status);
}

static void start_daemon(void)
{
	struct arena *arena = arena_new();
	struct listener_options listener = {
		.access = { .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1 }
	};
	struct dns_settings dns = { 0 };
	struct settings settings;
	struct problems problems;
	struct error error = { "" };
	struct policy *policy;
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN);
	assert(mkdtemp(directory) != NULL);
	write_rules(arena);
	problems_init(&problems, arena);
	settings_init(&settings, arena);
	settings_parse(&settings, arena, arena_printf(arena, configuration, directory, directory),
	               "fuzz.conf", &problems);
	policy = policy_build(arena, &settings, &problems);
	assert(policy != NULL);
	service.slot = policy_slot_new(policy);
	service.max_message_size = 64 * 1024;
	service.recorder =
		recorder_start(arena_printf(arena, "sqlite:%s/records.db", directory).data, &error);
	service.lookups = lookups_new(&dns, 0, &error);
	assert(service.recorder != NULL && service.lookups != NULL);
	listener.addresses = settings.listen;
	assert(session_register(&service, &error) && listener_open(arena, &listener, &error));
	assert(keepalive_start(&error));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	assert(libmilter_calls_prepare(&error));
	assert(pthread_create(&thread, NULL, run_libmilter, NULL) == 0);
	assert(libmilter_calls_check(deadline_in_ms(600000)) && libmilter_calls_agree());
	assert(reception_start(&service, &error));
	on_exit(clean_up, NULL);
}

/* The MTA. */

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* One character of a line, which is taken off. */
static char unescape(struct str *line)
{
	char c = line->data[0];

	*line = str_from_offset(*line, 1);
	if (c != '\\' || line->len == 0)
		return c;
	c = line->data[0];
	if (c == 'x' && line->len >= 3 && hex(line->data[1]) >= 0 && hex(line->data[2]) >= 0) {
		c = (char)(hex(line->data[1]) << 4 | hex(line->data[2]));
		*line = str_from_offset(*line, 3);
		return c;
	}
	*line = str_from_offset(*line, 1);
	if (c >= '0' && c <= '7')
		return (char)(c - '0');
	return c == 'r' ? '\r' : c == 'n' ? '\n' : c;
}

static struct str stream_of(struct arena *arena, struct str script)
{
	struct strbuf stream;
	struct str line;

	strbuf_init(&stream, arena);
	while (str_next_piece(&script, '\n', &line)) {
		bool raw = line.len > 0 && line.data[0] == '!';
		struct strbuf data;
		char head[4];

		if (raw)
			line = str_from_offset(line, 1);
		strbuf_init(&data, arena);
		while (line.len > 0)
			strbuf_add_char(&data, unescape(&line));
		for (size_t i = 0; i < sizeof(head); i++)
			head[i] = (char)(data.len >> (24 - 8 * i));
		if (!raw && data.len > 0)
			strbuf_add(&stream, (struct str){ head, sizeof(head) });
		strbuf_add(&stream, strbuf_str(&data));
	}
	return strbuf_str(&stream);
}

static int connect_daemon(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0);
	/* Interrupted by such an alarm, too. */
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		assert(errno == EINTR);
	return fd;
}

/* poll(), whatever alarm clock a fuzzer has. */
static int wait_for(struct pollfd *polled)
{
	int ready;

	do
		ready = poll(polled, 1, WAIT_MS);
	while (ready < 0 && errno == EINTR);
	return ready;
}

/* Until the filter closes: the bytes, which stay until the next call for the same `out`. */
static size_t talk(struct str stream, size_t piece, char *out)
{
	int fd = connect_daemon();
	size_t len = 0, at = 0;
	bool closed = false;

	while (!closed) {
		struct pollfd polled = { fd, (short)(POLLIN | (at < stream.len ? POLLOUT : 0)), 0 };
		size_t n = stream.len - at < piece ? stream.len - at : piece;
		ssize_t got;

		if (at == stream.len)
			shutdown(fd, SHUT_WR);
		/* A session that hangs is a finding. */
		assert(wait_for(&polled) > 0);
		if ((polled.revents & POLLOUT) != 0 && n > 0) {
			got = send(fd, stream.data + at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
			at = got > 0                      ? at + (size_t)got
			     : got < 0 && errno == EAGAIN ? at
			                                  : stream.len;
		}
		if ((polled.revents & (POLLIN | POLLHUP)) == 0)
			continue;
		got = recv(fd, out + len, ANSWER_MAX - len, MSG_DONTWAIT);
		closed = got == 0 || (got < 0 && errno != EAGAIN);
		len += got > 0 ? (size_t)got : 0;
		assert(len < ANSWER_MAX);
	}
	close(fd);
	return len;
}

/* The commands of what came, one letter each; a packet that is cut off at the end is left out. */
static struct str commands_of(struct arena *arena, const char *out, size_t len)
{
	struct strbuf commands;

	strbuf_init(&commands, arena);
	while (len >= 5) {
		const unsigned char *head = (const unsigned char *)out;
		size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
		              head[3];

		assert(size > 0 && size < ANSWER_MAX);
		assert(strchr("Ocradtyimhpe+-2s", out[4]) != NULL && out[4] != '\0');
		if (size + 4 > len)
			break;
		strbuf_add_char(&commands, out[4]);
		out += size + 4;
		len -= size + 4;
	}
	return strbuf_str(&commands);
}

/* What the grammar lets through, from the beginning. */
static bool begins_well(struct str stream)
{
	struct packet_check check = { 0 };

	return stream.len >= 17 && packet_check(&check, stream.data, 17) == NULL;
}

static bool is_good(struct str stream)
{
	struct packet_check check = { 0 };

	return packet_check(&check, stream.data, stream.len) == NULL;
}

static void check_healthy(struct arena *arena)
{
	static char out[ANSWER_MAX];
	struct str commands =
		commands_of(arena, out, talk(stream_of(arena, STR(healthy)), SIZE_MAX, out));

	assert(str_starts(commands, STR("O")));
	assert(str_find_char(commands, 'm') > 0);
	assert(commands.data[commands.len - 1] == 'c');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole[ANSWER_MAX], pieces[ANSWER_MAX];
	static unsigned count;
	struct arena *arena;
	struct str stream, commands, again;

	if (service.slot == NULL)
		start_daemon();
	if (size > 4096)
		return 0;
	arena = arena_new();
	stream = stream_of(arena, (struct str){ (const char *)data, size });
	commands = commands_of(arena, whole, talk(stream, SIZE_MAX, whole));
	assert(arrivals_count() < COMING_MAX);
	if (!begins_well(stream))
		assert(commands.len == 0);
	/* Where it is closed for its grammar, answers that were under way may be lost. */
	if (count++ % 4 == 0 && is_good(stream)) {
		again = commands_of(arena, pieces, talk(stream, 1 + count % 7, pieces));
		assert(str_eq(commands, again));
	}
	if (count % CHECK_EVERY == 1)
		check_healthy(arena);
	arena_free(arena);
	return 0;
}
