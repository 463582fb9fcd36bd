/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "bench/load.h"
#include "cli/milter_packets.h"

#define FIRST_INPUT   4096
#define SILENCE_MS    120000
#define EVENTS        64
#define AFTERMATH_US  100000
#define EACH_PAUSE_US 2000

enum phase {
	PHASE_OPENING,
	PHASE_GREETING,
	PHASE_MESSAGE,
};

struct connection {
	int fd; /* -1: closed */
	enum phase phase;
	const struct mail *mail;
	const struct script *script;
	size_t step, sent; /* of the script; of the step */
	bool awaiting;     /* the step was sent, its answer is to come */
	bool skip_body;
	bool later;     /* it is to be sent again later */
	size_t variant; /* what was negotiated */
	bool polls_output;
	size_t left; /* messages that this connection is to carry yet */
	int64_t begun_us, sent_us;
	char *input;
	size_t input_len, input_cap;
};

struct run {
	struct load *load;
	struct result *result;
	int epoll;
	struct sockaddr_storage peer;
	socklen_t peer_len;
	struct connection *connections;
	size_t due; /* messages, at a rate */
	size_t begun, done, wanted;
	int64_t first_due_us;
	int64_t started_us;
};

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "load: %s: %s\n", what, why);
	exit(EX_UNAVAILABLE);
}

/* The first connection finds out which address it is; the others go there without asking. */
static int dial(struct run *run)
{
	struct error err;
	int fd, on = 1;

	if (run->peer_len == 0) {
		fd = milter_connect(run->load->address, &err);
		if (fd < 0)
			die("connect", err.text);
		run->peer_len = sizeof(run->peer);
		if (getpeername(fd, (struct sockaddr *)&run->peer, &run->peer_len) != 0)
			die("getpeername", strerror(errno));
	} else {
		fd = socket(run->peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&run->peer, run->peer_len) != 0)
			die(run->load->address, strerror(errno));
	}
	if (run->peer.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void watch(struct run *run, struct connection *c, int operation, bool output)
{
	struct epoll_event event = { .events = EPOLLIN | (output ? EPOLLOUT : 0), .data.ptr = c };

	if (epoll_ctl(run->epoll, operation, c->fd, &event) != 0)
		die("epoll_ctl", strerror(errno));
	c->polls_output = output;
}

static void enter(struct connection *c, enum phase phase, const struct script *script)
{
	c->phase = phase;
	c->script = script;
	c->step = c->sent = 0;
	c->awaiting = c->skip_body = c->later = false;
}

static void open_connection(struct run *run, struct connection *c)
{
	c->begun_us = clock_monotonic_us();
	c->fd = dial(run);
	c->input_len = 0;
	c->left = run->load->protocol->one_message ? 1 : run->load->per_connection;
	watch(run, c, EPOLL_CTL_ADD, false);
	enter(c, PHASE_OPENING, &run->load->opening);
	c->mail = NULL;
}

static void close_connection(const struct run *run, struct connection *c)
{
	if (run->load->protocol == &protocol_milter && write(c->fd, "\0\0\0\1Q", 5) != 5)
		die("QUIT", strerror(errno));
	close(c->fd);
	c->fd = -1;
}

static void begin_message(struct run *run, struct connection *c, bool first)
{
	if (!first)
		c->begun_us = clock_monotonic_us();
	c->mail = &run->load->mails.items[run->begun++ % run->load->mails.len];
	c->left--;
	enter(c, PHASE_MESSAGE, &c->mail->scripts[c->variant]);
}

static void take_start(struct run *run)
{
	run->result->before = usage_of(run->load, false);
	run->started_us = clock_monotonic_us();
}

static void note_time(struct run *run, const struct connection *c)
{
	struct result *result = run->result;
	int64_t now = clock_monotonic_us();

	if (run->done == run->load->warm + (run->wanted - run->load->warm) * 3 / 4)
		result->pss_kib = usage_of(run->load, true).pss_kib;
	if (run->done++ >= run->load->warm && c->later) {
		result->later++;
	} else if (run->done > run->load->warm) {
		result->total_ms[result->count] = (double)(now - c->begun_us) / 1e3;
		result->end_ms[result->count++] = (double)(now - c->sent_us) / 1e3;
	}
	if (run->done == run->load->warm)
		take_start(run);
}

/* After the last step of a phase. False where the connection has ended. */
static bool next_phase(struct run *run, struct connection *c)
{
	bool more;

	if (c->phase == PHASE_OPENING) {
		enter(c, PHASE_GREETING, &run->load->greeting);
		return true;
	}
	if (c->phase == PHASE_MESSAGE)
		note_time(run, c);
	/* At a rate, begin_due() opens one for each message. */
	more = run->load->rate > 0 ? c->phase == PHASE_GREETING : run->begun < run->wanted;
	if (more && c->left > 0) {
		begin_message(run, c, c->phase == PHASE_GREETING);
		return true;
	}
	close_connection(run, c);
	if (more)
		open_connection(run, c);
	return more;
}

/* Sends the rest of the step; false where the socket takes no more now. */
static bool send_step(struct run *run, struct connection *c, struct str bytes)
{
	while (c->sent < bytes.len) {
		ssize_t n = send(c->fd, bytes.data + c->sent, bytes.len - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (!c->polls_output)
				watch(run, c, EPOLL_CTL_MOD, true);
			return false;
		}
		if (n < 0)
			die(c->mail != NULL ? c->mail->path : "write", strerror(errno));
		c->sent += (size_t)n;
	}
	if (c->polls_output)
		watch(run, c, EPOLL_CTL_MOD, false);
	return true;
}

static void advance(struct run *run, struct connection *c)
{
	while (!c->awaiting) {
		const struct step *step;

		if (c->step == c->script->len) {
			if (!next_phase(run, c))
				return;
			continue;
		}
		step = &c->script->items[c->step];
		if (c->later) {
			c->step = c->script->len;
			continue;
		}
		if (c->skip_body && step->body) {
			c->step++;
			continue;
		}
		if (!send_step(run, c, step->bytes))
			return;
		c->sent = 0;
		c->awaiting = step->answered;
		c->step++;
		if (c->awaiting)
			c->sent_us = clock_monotonic_us();
		if (c->awaiting && run->load->protocol->half_close)
			shutdown(c->fd, SHUT_WR);
	}
}

static bool read_input(struct connection *c)
{
	ssize_t n;

	if (c->input_len == c->input_cap) {
		c->input_cap = c->input_cap == 0 ? FIRST_INPUT : c->input_cap * 2;
		c->input = memory_realloc(c->input, c->input_cap);
	}
	n = read(c->fd, c->input + c->input_len, c->input_cap - c->input_len);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die(c->mail != NULL ? c->mail->path : "read", strerror(errno));
	if (n > 0)
		c->input_len += (size_t)n;
	return n == 0;
}

static void take_answers(struct run *run, struct connection *c, bool closed)
{
	enum taken taken;

	do {
		struct str input = { c->input, c->input_len };
		size_t used = 0;

		taken = run->load->protocol->take(run->load, input, closed, &used);
		if (taken == TAKEN_BAD || (taken == TAKEN_LATER && !run->load->take_later))
			die(c->mail != NULL ? c->mail->path : "negotiation",
			    closed ? "the filter closed the connection" : "the filter failed");
		c->input_len -= used;
		memmove(c->input, c->input + used, c->input_len);
		c->skip_body |= taken == TAKEN_SKIP;
		c->later |= taken == TAKEN_LATER;
		if (c->phase == PHASE_OPENING)
			c->variant = run->load->variant;
		if (taken != TAKEN_PART && taken != TAKEN_MORE)
			c->awaiting = false;
	} while (taken == TAKEN_PART && c->input_len > 0);
}

static void serve(struct run *run, struct connection *c, uint32_t events)
{
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		bool closed = read_input(c);

		if (!c->awaiting && closed)
			die(run->load->address, "the filter closed the connection");
		if (c->awaiting)
			take_answers(run, c, closed);
	}
	if (!c->awaiting)
		advance(run, c);
}

static struct connection *free_connection(struct run *run)
{
	for (size_t i = 0; i < run->load->connections; i++)
		if (run->connections[i].fd < 0)
			return &run->connections[i];
	return NULL;
}

static int64_t due_us(const struct run *run)
{
	return run->first_due_us + (int64_t)run->due * 1000000 / (int64_t)run->load->rate;
}

/* Whatever became of those before: all that are due. Counted from when each was. */
static void begin_due(struct run *run)
{
	while (run->due < run->wanted && due_us(run) <= clock_monotonic_us()) {
		struct connection *c = free_connection(run);
		int64_t due = due_us(run);

		if (c == NULL) {
			run->due++;
			run->result->unsent += run->done++ >= run->load->warm;
			continue;
		}
		open_connection(run, c);
		run->due++;
		c->begun_us = due;
		c->left = 1;
		advance(run, c);
	}
}

static int until_due_ms(const struct run *run)
{
	int64_t left = run->due < run->wanted ? due_us(run) - clock_monotonic_us() : SILENCE_MS;

	return left < 0 ? 0 : (int)((left + 999) / 1000);
}

static void play_at_rate(struct run *run)
{
	struct epoll_event events[EVENTS];

	run->first_due_us = clock_monotonic_us();
	while (run->done < run->wanted) {
		int n = epoll_wait(run->epoll, events, EVENTS, until_due_ms(run));

		for (int i = 0; i < n; i++)
			serve(run, events[i].data.ptr, events[i].events);
		begin_due(run);
	}
}

static void play(struct run *run)
{
	struct epoll_event events[EVENTS];

	for (size_t i = 0; i < run->load->connections; i++) {
		run->connections[i].fd = -1;
		if (i < run->wanted && run->load->rate == 0)
			open_connection(run, &run->connections[i]);
	}
	if (run->load->rate > 0) {
		play_at_rate(run);
		return;
	}
	for (size_t i = 0; i < run->load->connections && i < run->wanted; i++)
		advance(run, &run->connections[i]);
	while (run->done < run->wanted) {
		int n = epoll_wait(run->epoll, events, EVENTS, SILENCE_MS);

		if (n == 0)
			die(run->load->address, "no answer for two minutes");
		for (int i = 0; i < n; i++)
			serve(run, events[i].data.ptr, events[i].events);
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void release(struct run *run)
{
	for (size_t i = 0; i < run->load->connections; i++) {
		if (run->connections[i].fd >= 0)
			close(run->connections[i].fd);
		free(run->connections[i].input);
	}
	free(run->connections);
	close(run->epoll);
}

void load_run(struct load *load, struct result *result_r)
{
	struct run run = { .load = load, .result = result_r };

	*result_r = (struct result){ 0 };
	run.wanted = load->warm + load->messages;
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	run.connections = memory_calloc(load->connections, sizeof(*run.connections));
	result_r->total_ms = memory_calloc(load->messages, sizeof(double));
	result_r->end_ms = memory_calloc(load->messages, sizeof(double));
	if (load->warm == 0)
		take_start(&run);
	play(&run);
	result_r->wall_s = (double)(clock_monotonic_us() - run.started_us) / 1e6;
	/* What the filter does after its answer is part of the message. */
	if (load->filters.len > 0)
		usleep(load->each ? EACH_PAUSE_US : AFTERMATH_US);
	result_r->after = usage_of(load, false);
	release(&run);
	qsort(result_r->total_ms, result_r->count, sizeof(double), by_size);
	qsort(result_r->end_ms, result_r->count, sizeof(double), by_size);
}

void load_run_each(struct load *load)
{
	struct mail_list all = load->mails;

	load->connections = load->per_connection = load->messages = 1;
	load->warm = 0;
	for (size_t i = 0; i < all.len; i++) {
		struct result result;

		load->mails.items = &all.items[i];
		/* The negotiation makes the scripts of all mails; later runs find theirs made. */
		load->mails.len = load->ready ? 1 : all.len;
		load_run(load, &result);
		printf("%9.3f ms CPU %9.3f ms %10zu bytes %s\n",
		       (result.after.cpu_s - result.before.cpu_s) * 1e3, result.total_ms[0],
		       all.items[i].raw.len, all.items[i].path);
		free(result.total_ms);
		free(result.end_ms);
	}
	load->mails = all;
}
