/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/reception.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/memory.h"
#include "milter/admission.h"
#include "milter/arrivals.h"
#include "milter/bounce.h"
#include "milter/connection_limits.h"
#include "milter/guest.h"
#include "milter/in_flight.h"
#include "milter/libmilter_io.h"
#include "milter/listener.h"
#include "milter/naps.h"
#include "milter/overload.h"

#define EVENTS_MAX 64
/* Connections that are taken before others are looked at. */
#define ACCEPT_MAX 64
#define READ_MAX   (16 * 1024)
/* As libmilter's: how long an MTA may say nothing. */
#define SILENCE_US  (INT64_C(7210) * 1000000)
#define SWEEP_US    (INT64_C(60) * 1000000)
#define ANSWERS_MAX 256
/* While libmilter has so many connections, others get to it with a message that has come: it goes
 * through all that it has for each packet of one. Below, it gets them at MAIL, so that the sender
 * is looked up meanwhile. */
#define CROWD    256
#define KEPT_MAX ((size_t)32 << 20)
/* Who sends as little at a time, so often without an end of a packet, as no MTA does, is left alone
 * for a while where there are so many of them. */
#define CRUMB_MAX      63
#define CRUMBS_MAX     3
#define CRUMBLERS_MANY 64

struct visitor {
	struct guest guest;
	int fd;
	bool is_here;   /* else libmilter has it */
	bool is_in_set; /* of epoll */
	int64_t since_us;
	struct visitor *next; /* that libmilter is to get */
	arrival arrival;      /* of its message */
	size_t kept;          /* bytes of it */
	bool gathers;         /* it was let in, and comes */
	unsigned crumbs;      /* that came one after the other */
	bool returns;
};

/*
 * A visitor who is here is the business of the thread that accepts alone. The lock is for those who
 * come and go: while libmilter has a connection, its threads give it back or end it.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct visitor *visitors[POOL_POLL_DESCRIPTORS];

static const struct service *service;
static atomic_bool runs;
static int set = -1;
static int sockets[SETUP_LISTEN_MAX];
static size_t socket_count;
static bool is_closed; /* no connection is taken */
static int64_t swept_us;
static struct visitor *first, **last = &first; /* that libmilter is to get */
static size_t kept;                            /* bytes of messages that haven't come */
static size_t crumblers;                       /* visitors with CRUMBS_MAX crumbs */

/* Events of sockets that listen, in the set. */
#define LISTENS (UINT64_C(1) << 32)

static bool watch(int operation, int fd, uint32_t events, uint64_t mark)
{
	struct epoll_event event = { .events = events, .data.u64 = (uint64_t)fd | mark };

	return epoll_ctl(set, operation, fd, &event) == 0;
}

static struct visitor *visitor_here(int fd)
{
	struct visitor *visitor;

	pthread_mutex_lock(&lock);
	visitor = visitors[fd];
	if (visitor != NULL && !visitor->is_here)
		visitor = NULL;
	pthread_mutex_unlock(&lock);
	return visitor;
}

/* Its number may be another's as soon as it is closed. */
static void forget(int fd)
{
	struct visitor *visitor;

	pthread_mutex_lock(&lock);
	visitor = visitors[fd];
	visitors[fd] = NULL;
	pthread_mutex_unlock(&lock);
	if (visitor == NULL)
		return;
	guest_deinit(&visitor->guest);
	free(visitor);
}

static void set_kept(struct visitor *visitor, size_t len)
{
	kept += len - visitor->kept;
	visitor->kept = len;
}

static void set_crumbs(struct visitor *visitor, unsigned crumbs)
{
	crumblers += (crumbs == CRUMBS_MAX) - (size_t)(visitor->crumbs == CRUMBS_MAX);
	visitor->crumbs = crumbs;
}

static void end_gathering(struct visitor *visitor)
{
	if (!visitor->gathers)
		return;
	visitor->gathers = false;
	set_kept(visitor, 0);
	arrivals_end(&visitor->arrival);
	in_flight_message_leaves();
}

static void dismiss(struct visitor *visitor)
{
	int fd = visitor->fd;

	set_crumbs(visitor, 0);
	end_gathering(visitor);
	forget(fd);
	connection_limits_close(fd);
	close(fd);
}

/* Once something comes, it is told once. */
static void wait_for_more(struct visitor *visitor)
{
	int operation = visitor->is_in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	visitor->is_in_set = true;
	if (!watch(operation, visitor->fd, EPOLLIN | EPOLLONESHOT, 0))
		dismiss(visitor);
}

/* On one of libmilter's threads. What has been read already is worked on at once. */
static void take_back(int fd, const char *rest, size_t len)
{
	struct visitor *visitor;
	int operation;

	pthread_mutex_lock(&lock);
	visitor = visitors[fd];
	guest_add(&visitor->guest, rest, len);
	visitor->is_here = true;
	visitor->since_us = clock_monotonic_us();
	operation = visitor->is_in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	visitor->is_in_set = true;
	if (!watch(operation, fd, EPOLLIN | EPOLLONESHOT | (len > 0 ? EPOLLOUT : 0), 0))
		log_error(NULL, "epoll_ctl: %s", strerror(errno));
	pthread_mutex_unlock(&lock);
}

/* Answers. */

struct answers {
	char data[ANSWERS_MAX];
	size_t len;
};

/* They are small: an MTA for which there is no room isn't reading. */
static bool send_answers(const struct visitor *visitor, struct answers *answers)
{
	size_t len = answers->len;

	answers->len = 0;
	return len == 0 ||
	       send(visitor->fd, answers->data, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

static bool answer(const struct visitor *visitor, struct answers *answers, char command,
                   const void *data, size_t len)
{
	uint32_t packet_len = htonl((uint32_t)len + 1);

	if (answers->len + PACKET_HEAD_LEN + len > sizeof(answers->data) &&
	    !send_answers(visitor, answers))
		return false;
	memcpy(answers->data + answers->len, &packet_len, sizeof(packet_len));
	answers->data[answers->len + sizeof(packet_len)] = command;
	answers->len += PACKET_HEAD_LEN;
	if (len > 0)
		memcpy(answers->data + answers->len, data, len);
	answers->len += len;
	return true;
}

/* Whether mail is to be turned away by MAIL FROM, soon or now. */
static bool turns_away(const struct visitor *visitor, bool now)
{
	const struct policy *policy;
	bool turns;

	if (!in_flight_try_enter())
		return false;
	policy = policy_pin(service->slot);
	turns = now ? overload_turn_away(policy, visitor->fd,
	                                 guest_macro(&visitor->guest, STR("{daemon_name}")))
	            : overload_is_near(policy, visitor->fd);
	policy_unpin(service->slot, policy);
	in_flight_leave();
	return turns;
}

static bool negotiate(struct visitor *visitor, struct answers *answers)
{
	const struct negotiation_answers wanted = {
		.mail = turns_away(visitor, false),
		.rcpt = bounce_expected(service),
	};
	struct negotiation agreed = negotiation_agree(&visitor->guest.offer, &wanted);
	const uint32_t numbers[] = { htonl(agreed.version), htonl(agreed.actions),
		                     htonl(agreed.steps) };

	visitor->guest.agreed = agreed;
	return answer(visitor, answers, SMFIC_OPTNEG, numbers, sizeof(numbers));
}

static bool is_turned_away(const struct visitor *visitor)
{
	return !visitor->guest.let_in && negotiation_answers(&visitor->guest.agreed).mail &&
	       turns_away(visitor, true);
}

static bool refuse_mail(struct visitor *visitor, struct answers *answers)
{
	static const char later[] = OVERLOAD_CODE " " OVERLOAD_STATUS " " OVERLOAD_TEXT;

	guest_refuse_mail(&visitor->guest);
	return answer(visitor, answers, SMFIR_REPLYCODE, later, sizeof(later));
}

/* Whether more of its message is to come before libmilter gets it. */
static bool is_to_wait(struct visitor *visitor)
{
	size_t len;

	if (libmilter_io_count() < CROWD || guest_has_message(&visitor->guest, &len) ||
	    kept - visitor->kept + len > KEPT_MAX)
		return false;
	set_kept(visitor, len);
	return true;
}

static bool let_in(struct visitor *visitor, struct answers *answers)
{
	if (!visitor->gathers) {
		visitor->gathers = true;
		visitor->arrival = arrivals_begin();
		in_flight_message_begins();
	}
	return !guest_lets_in(&visitor->guest) || answer(visitor, answers, SMFIR_CONTINUE, NULL, 0);
}

static void hand_over(struct visitor *visitor, bool returns)
{
	set_crumbs(visitor, 0);
	end_gathering(visitor);
	visitor->is_here = false;
	visitor->returns = returns;
	visitor->arrival = returns ? arrivals_begin() : 0;
	visitor->next = NULL;
	*last = visitor;
	last = &visitor->next;
}

/* What is to be done for it: false where it is not to be waited for, for it is gone. */
static bool attend(struct visitor *visitor, struct answers *answers)
{
	bool goes_on = true;

	while (goes_on) {
		enum guest_wish wish = guest_next(&visitor->guest);

		if (wish == GUEST_WAITS)
			return true;
		if (wish == GUEST_NEGOTIATES) {
			goes_on = negotiate(visitor, answers);
		} else if (wish == GUEST_GOES_ON) {
			goes_on = answer(visitor, answers, SMFIR_CONTINUE, NULL, 0);
		} else if (wish == GUEST_HAS_MAIL && is_turned_away(visitor)) {
			goes_on = refuse_mail(visitor, answers);
		} else if (wish == GUEST_HAS_MAIL && is_to_wait(visitor)) {
			if (let_in(visitor, answers))
				return true;
			break;
		} else if (wish == GUEST_LEAVES) {
			/* It may have asked before. */
			send_answers(visitor, answers);
			goes_on = false;
		} else {
			if (!send_answers(visitor, answers))
				break;
			hand_over(visitor, wish == GUEST_HAS_MAIL);
			return false;
		}
	}
	dismiss(visitor);
	return false;
}

/* What has come; false at the end. */
static bool receive(struct visitor *visitor)
{
	static char data[READ_MAX];
	ssize_t got = recv(visitor->fd, data, sizeof(data), MSG_DONTWAIT);

	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	guest_add(&visitor->guest, data, (size_t)got);
	visitor->since_us = clock_monotonic_us();
	return true;
}

static bool sends_crumbs(struct visitor *visitor, size_t part_before)
{
	size_t part = guest_part(&visitor->guest);

	if (part <= part_before || part - part_before > CRUMB_MAX)
		set_crumbs(visitor, 0);
	else if (visitor->crumbs < CRUMBS_MAX)
		set_crumbs(visitor, visitor->crumbs + 1);
	return visitor->crumbs == CRUMBS_MAX && crumblers >= CRUMBLERS_MANY;
}

static void serve(struct visitor *visitor)
{
	struct answers answers = { .len = 0 };
	size_t part = guest_part(&visitor->guest);
	/* What came before the end counts, also where it was read with a message. */
	bool is_open = receive(visitor);

	if (!attend(visitor, &answers))
		return;
	if (!send_answers(visitor, &answers) || !is_open)
		dismiss(visitor);
	else if (sends_crumbs(visitor, part))
		naps_add(visitor->fd);
	else
		wait_for_more(visitor);
}

/* Nobody is dismissed meanwhile, so they are those that they were. */
static void serve_after_naps(void)
{
	int fd;

	while ((fd = naps_take()) >= 0)
		serve(visitors[fd]);
}

/* Connections. */

static void welcome(int fd)
{
	struct visitor *visitor = memory_calloc(1, sizeof(*visitor));

	guest_init(&visitor->guest);
	visitor->fd = fd;
	visitor->is_here = true;
	visitor->since_us = clock_monotonic_us();
	pthread_mutex_lock(&lock);
	visitors[fd] = visitor;
	pthread_mutex_unlock(&lock);
	serve(visitor);
}

static void watch_sockets(uint32_t events)
{
	for (size_t i = 0; i < socket_count; i++)
		watch(EPOLL_CTL_MOD, sockets[i], events, LISTENS);
	is_closed = events == 0;
}

/* It was shut down, at the end of the process. */
static void close_socket(int socket)
{
	for (size_t i = 0; i < socket_count; i++)
		if (sockets[i] == socket)
			sockets[i] = -1;
	close(socket);
}

static void accept_some(int socket)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = listener_take(socket);

		if (fd < 0 && errno == EINVAL) {
			close_socket(socket);
			return;
		}
		if (fd < 0) {
			if (admission_pause_ms() > 0)
				watch_sockets(0);
			return;
		}
		welcome(fd);
	}
}

static void sweep(void)
{
	int64_t now = clock_monotonic_us();

	if (now - swept_us < SWEEP_US)
		return;
	swept_us = now;
	for (int fd = 0; fd < POOL_POLL_DESCRIPTORS; fd++) {
		struct visitor *visitor = visitor_here(fd);

		if (visitor != NULL && now - visitor->since_us > SILENCE_US)
			dismiss(visitor);
	}
}

static void take_events(int timeout_ms)
{
	struct epoll_event events[EVENTS_MAX];
	int pause_ms = is_closed ? admission_pause_ms() : 0, n;

	if (is_closed && pause_ms == 0)
		watch_sockets(EPOLLIN);
	n = epoll_wait(set, events, EVENTS_MAX,
	               naps_wait_ms(is_closed && pause_ms < timeout_ms ? pause_ms : timeout_ms));
	for (int i = 0; i < n; i++) {
		int fd = (int)(uint32_t)events[i].data.u64;
		struct visitor *visitor;

		if (events[i].data.u64 & LISTENS) {
			accept_some(fd);
			continue;
		}
		visitor = visitor_here(fd);
		if (visitor != NULL)
			serve(visitor);
	}
	serve_after_naps();
	sweep();
}

int reception_wait(int timeout_ms)
{
	struct deadline deadline = deadline_in_ms(timeout_ms);

	while (first == NULL && !deadline_passed(deadline))
		take_events((int)deadline_left_ms(deadline));
	return first != NULL;
}

int reception_take(void)
{
	struct visitor *visitor = first;
	struct libmilter_io_start start;
	struct guest_bytes told;

	if (visitor == NULL) {
		errno = EAGAIN;
		return -1;
	}
	first = visitor->next;
	if (first == NULL)
		last = &first;
	start.answered = guest_answered(&visitor->guest);
	start.agreed = visitor->guest.agreed;
	start.returns = visitor->returns;
	start.arrival = visitor->arrival; /* the session's, from now on */
	visitor->arrival = 0;
	told = guest_tell(&visitor->guest);
	start.data = told.data;
	start.len = told.len;
	libmilter_io_lend(visitor->fd, &start);
	return visitor->fd;
}

bool reception_runs(void)
{
	return atomic_load_explicit(&runs, memory_order_acquire);
}

bool reception_start(const struct service *shared, struct error *err_r)
{
	static const struct libmilter_io_lender lender = { .returned = take_back, .ended = forget };

	set = epoll_create1(EPOLL_CLOEXEC);
	if (set < 0)
		return error_set(err_r, "epoll_create1: %s", strerror(errno));
	socket_count = listener_take_over(sockets, err_r);
	if (socket_count == 0)
		return false;
	for (size_t i = 0; i < socket_count; i++)
		if (!watch(EPOLL_CTL_ADD, sockets[i], EPOLLIN, LISTENS))
			return error_set(err_r, "epoll_ctl: %s", strerror(errno));
	service = shared;
	swept_us = clock_monotonic_us();
	libmilter_io_set_lender(&lender);
	atomic_store_explicit(&runs, true, memory_order_release);
	return true;
}
