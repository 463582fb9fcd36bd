/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/libmilter_calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

#include "base/condition.h"
#include "base/log.h"
#include "milter/libmilter_io.h"
#include "milter/listener.h"
#include "milter/negotiation.h"
#include "milter/packet.h"
#include "milter/reception.h"
#include "milter/workers.h"

/* Their declarations have attributes that aren't ours to repeat. */
ssize_t read(int fd, void *data, size_t len);
int poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t writev(int fd, const struct iovec *pieces, int count);
int close(int fd);
int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict len);
int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict len, int flags);

static int mta_end = -1;
static atomic_int offered = -1; /* libmilter's end, until it accepts it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t checked = PTHREAD_COND_INITIALIZER;
static bool checking;
static bool agrees; /* libmilter negotiates as is expected */

static void wait_until_checked(void)
{
	pthread_mutex_lock(&lock);
	while (checking)
		condition_wait(&checked, &lock, deadline_never());
	pthread_mutex_unlock(&lock);
}

ssize_t read(int fd, void *data, size_t len)
{
	return libmilter_io_read(fd, data, len);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	return libmilter_io_writev(fd, pieces, count);
}

int close(int fd)
{
	return libmilter_io_close(fd);
}

/* libmilter waits for a connection, and there is that of the check. Not inlined into poll(), whose
 * declaration says that it doesn't read what it is given. */
__attribute__((noinline)) static bool has_offer(struct pollfd *pollfd)
{
	return atomic_load_explicit(&offered, memory_order_relaxed) >= 0 &&
	       listener_is_libmilters(pollfd->fd);
}

__attribute__((noinline)) static bool is_accepting(const struct pollfd *pollfd)
{
	return listener_is_libmilters(pollfd->fd) && reception_runs();
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	if (count == 1 && has_offer(fds)) {
		fds->revents = POLLIN;
		return 1;
	}
	if (count == 1 && is_accepting(fds)) {
		int ready = reception_wait(timeout);

		fds->revents = ready ? POLLIN : 0;
		return ready;
	}
	return libmilter_io_poll(fds, count, timeout);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict len, int flags)
{
	int connection;

	if (!listener_is_libmilters(fd))
		return (int)syscall(SYS_accept4, fd, address, len, flags);
	connection = atomic_exchange(&offered, -1);
	if (connection < 0) {
		wait_until_checked();
		if (!reception_runs())
			return listener_accept(fd, address, len, flags);
		listener_give_address(address, len);
		return reception_take();
	}
	listener_give_address(address, len);
	libmilter_io_open(connection);
	return connection;
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict len)
{
	return accept4(fd, address, len, 0);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict argument)
{
	return workers_create(thread, attributes, run, argument);
}

/*
 * libmilter stops by signals that the main thread has (daemon.c), but the kernel gives the second
 * of two to whoever waits for it.
 */
int sigwait(const sigset_t *restrict signals, int *restrict signal_r)
{
	(void)signals;
	(void)signal_r;
	for (;;)
		pause();
}

/* The check. */

bool libmilter_calls_prepare(struct error *err_r)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return error_set(err_r, "socketpair: %s", strerror(errno));
	mta_end = ends[1];
	checking = true;
	atomic_store(&offered, ends[0]);
	return true;
}

static bool send_to_libmilter(const char *data, size_t len)
{
	return send(mta_end, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* The next `len` bytes; false where the end or the deadline comes first. */
static bool receive(char *data, size_t len, struct deadline deadline)
{
	for (size_t got = 0; got < len;) {
		struct pollfd input = { .fd = mta_end, .events = POLLIN };
		ssize_t n;

		if (poll(&input, 1, (int)deadline_left_ms(deadline)) <= 0)
			return false;
		n = recv(mta_end, data + got, len - got, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		got += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static uint32_t number_at(const char *data)
{
	uint32_t number;

	memcpy(&number, data, sizeof(number));
	return ntohl(number);
}

static struct negotiation negotiation_at(const char *packet)
{
	const char *data = packet + PACKET_HEAD_LEN;

	return (struct negotiation){ number_at(data), number_at(data + 4), number_at(data + 8) };
}

/* Whether what libmilter agreed to is what would be agreed here. */
static bool is_as_here(const char *offer, const char *answer)
{
	struct negotiation theirs = negotiation_at(offer), agreed = negotiation_at(answer);
	struct negotiation_answers answers = negotiation_answers(&agreed);
	struct negotiation here = negotiation_agree(&theirs, &answers);

	return !answers.body && here.version == agreed.version && here.actions == agreed.actions &&
	       here.steps == agreed.steps;
}

/* Version 6, and all actions and steps that there are. */
static bool negotiate(struct deadline deadline)
{
	static const char offer[] = "\0\0\0\15O\0\0\0\6\0\0\1\377\0\37\377\377";
	char answer[sizeof(offer) - 1];

	if (!send_to_libmilter(offer, sizeof(offer) - 1) ||
	    !receive(answer, sizeof(answer), deadline) || answer[4] != SMFIC_OPTNEG ||
	    !libmilter_io_has_seen_answer())
		return false;
	agrees = is_as_here(offer, answer);
	return true;
}

/*
 * Two packets at once: the second is kept while the first is worked on, so it is found only by
 * whoever asks by poll() and reads by read().
 */
static bool quit(struct deadline deadline)
{
	static const char packets[] = "\0\0\0\7Chost\0U\0\0\0\1Q";
	char end;

	return send_to_libmilter(packets, sizeof(packets) - 1) && !receive(&end, 1, deadline) &&
	       !deadline_passed(deadline) && libmilter_io_count() == 0;
}

static void end_check(void)
{
	int unused = atomic_exchange(&offered, -1);

	if (unused >= 0)
		close(unused);
	close(mta_end);
	pthread_mutex_lock(&lock);
	checking = false;
	pthread_cond_broadcast(&checked);
	pthread_mutex_unlock(&lock);
}

bool libmilter_calls_agree(void)
{
	return agrees;
}

bool libmilter_calls_check(struct deadline deadline)
{
	bool arrive = negotiate(deadline) && quit(deadline);

	if (!arrive) {
		libmilter_io_leave();
		log_warning(
			NULL,
			"this libmilter makes its system calls in a way that is not known here: "
			"what MTAs send isn't checked before it, and messages cost more");
	}
	end_check();
	return arrive;
}
