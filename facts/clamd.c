/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/clamd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/socket_address.h"

/* The z: commands and answers end with NUL. */
#define COMMAND      "zINSTREAM"
#define PING         "zPING"
#define PONG         "PONG"
#define LENGTH_BYTES 4
/* A socket of this host whose queue is full can't be waited for. */
#define QUEUE_FULL_MS 10

bool clamd_address_parse(struct arena *arena, const char *key, struct str text,
                         struct clamd_address *address_r, struct error *err_r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		                  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV },
			*found;
	struct sockaddr_un *local = (struct sockaddr_un *)&address_r->bound;
	struct socket_address address;

	*address_r = (struct clamd_address){ 0 };
	if (!socket_address_parse_behind(arena, key, CLAMD_SCHEME, text, &address, err_r))
		return false;
	if (address.family == AF_UNIX) {
		local->sun_family = AF_UNIX;
		memcpy(local->sun_path, address.path, strlen(address.path) + 1);
		address_r->len = sizeof(*local);
		return true;
	}
	if (getaddrinfo(address.host, address.port, &hints, &found) != 0)
		return error_set(err_r,
		                 "%.*s: write the host's IP address and the number of the port, as "
		                 "in " CLAMD_SCHEME "inet:127.0.0.1:3310",
		                 STR_FMT(address.text));
	memcpy(&address_r->bound, found->ai_addr, found->ai_addrlen);
	address_r->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

/* A socket that connects or has connected; -1 with errno. */
static int connect_to(const struct clamd_address *address)
{
	int fd = socket(address->bound.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int reason;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address->bound, address->len) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

static void finish(struct clamd *clamd, enum clamd_state state, int error)
{
	clamd->state = state;
	clamd->error = error;
	if (clamd->fd >= 0)
		close(clamd->fd);
	clamd->fd = -1;
}

static size_t tail_len(const struct clamd *clamd)
{
	return clamd->message.len > 0 ? LENGTH_BYTES : 0;
}

static bool is_all_sent(const struct clamd *clamd)
{
	return clamd->sent == clamd->head_len + clamd->message.len + tail_len(clamd);
}

/* Adds what of a piece, which begins at `start` of the stream, isn't sent yet. */
static void add_piece(const struct clamd *clamd, size_t start, const void *data, size_t len,
                      struct msghdr *pieces)
{
	size_t done = clamd->sent > start ? clamd->sent - start : 0;
	struct iovec *piece = &pieces->msg_iov[pieces->msg_iovlen];

	if (done >= len)
		return;
	piece->iov_base = (char *)data + done;
	piece->iov_len = len - done;
	pieces->msg_iovlen++;
}

/* Sends until the socket takes no more; false where the other side has gone. */
static bool send_more(struct clamd *clamd)
{
	static const char end[LENGTH_BYTES];

	while (!is_all_sent(clamd)) {
		struct iovec list[3];
		struct msghdr pieces = { .msg_iov = list };
		ssize_t sent;

		add_piece(clamd, 0, clamd->head, clamd->head_len, &pieces);
		add_piece(clamd, clamd->head_len, clamd->message.data, clamd->message.len, &pieces);
		add_piece(clamd, clamd->head_len + clamd->message.len, end, tail_len(clamd),
		          &pieces);
		sent = sendmsg(clamd->fd, &pieces, MSG_NOSIGNAL);
		if (sent >= 0)
			clamd->sent += (size_t)sent;
		else if (errno != EINTR)
			return errno == EAGAIN;
	}
	return true;
}

/* What came is all that comes, or enough. */
static void judge(struct clamd *clamd, bool ended)
{
	struct str bytes = { clamd->bytes, clamd->bytes_len };
	struct clamd_reply reply = clamd_reply_read(clamd->arena, bytes, ended);

	if (reply.outcome == CLAMD_PARTIAL)
		return;
	clamd->reply = reply;
	/* What is too large is refused before all of it is there. */
	if (reply.outcome == CLAMD_NONSENSE ||
	    (!is_all_sent(clamd) && reply.outcome != CLAMD_ERROR))
		finish(clamd, CLAMD_LIES, 0);
	else
		finish(clamd, CLAMD_ANSWERED, 0);
}

/* Takes what has come. */
static void receive(struct clamd *clamd)
{
	while (clamd->state == CLAMD_TALKS) {
		ssize_t got = recv(clamd->fd, clamd->bytes + clamd->bytes_len,
		                   sizeof(clamd->bytes) - clamd->bytes_len, 0);

		if (got > 0) {
			clamd->bytes_len += (size_t)got;
			judge(clamd, false);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == ENOTCONN))
			return;
		if (got < 0 && clamd->sent == 0)
			finish(clamd, CLAMD_AWAY, errno);
		else if (clamd->bytes_len == 0)
			finish(clamd, CLAMD_HUNG_UP, 0);
		else
			judge(clamd, true);
	}
}

static void connect_now(struct clamd *clamd)
{
	clamd->fd = connect_to(clamd->address);
	if (clamd->fd < 0 && errno != EAGAIN)
		finish(clamd, CLAMD_AWAY, errno);
}

/* All that can be done without waiting. */
static void go_on(struct clamd *clamd)
{
	bool there;
	int reason;

	if (clamd->fd < 0)
		connect_now(clamd);
	if (clamd->fd < 0)
		return;
	there = send_more(clamd);
	reason = errno;
	if (there || clamd->sent > 0)
		receive(clamd);
	if (there || clamd->state != CLAMD_TALKS)
		return;
	if (clamd->sent == 0)
		finish(clamd, CLAMD_AWAY, reason);
	else
		finish(clamd, CLAMD_HUNG_UP, 0);
}

struct clamd *clamd_begin(struct arena *arena, const struct clamd_address *address,
                          struct str message)
{
	struct clamd *clamd = arena_new_object(arena, struct clamd);
	uint32_t length = htonl((uint32_t)message.len);

	clamd->arena = arena;
	clamd->address = address;
	clamd->message = str_prefix(message, UINT32_MAX);
	clamd->fd = -1;
	memcpy(clamd->head, COMMAND, sizeof(COMMAND));
	/* An empty piece is the end. */
	memcpy(clamd->head + sizeof(COMMAND), &length, LENGTH_BYTES);
	clamd->head_len = sizeof(COMMAND) + LENGTH_BYTES;
	go_on(clamd);
	return clamd;
}

bool clamd_await(struct clamd *clamd, struct deadline deadline)
{
	for (;;) {
		struct pollfd ready = { .fd = clamd->fd, .events = POLLIN };
		int64_t left;

		if (clamd->state == CLAMD_TALKS)
			go_on(clamd);
		if (clamd->state != CLAMD_TALKS)
			return true;
		left = deadline_left_ms(deadline);
		if (left == 0)
			return false;
		ready.fd = clamd->fd;
		if (!is_all_sent(clamd))
			ready.events |= POLLOUT;
		if (clamd->fd < 0 && left > QUEUE_FULL_MS)
			left = QUEUE_FULL_MS;
		poll(&ready, 1, (int)left);
	}
}

void clamd_end(struct clamd *clamd)
{
	finish(clamd, clamd->state, clamd->error);
}

static bool wait_ready(int fd, short events, struct deadline deadline)
{
	struct pollfd ready = { fd, events, 0 };
	int64_t left = deadline_left_ms(deadline);

	return left > 0 && poll(&ready, 1, (int)left) == 1;
}

/* Whether the answer is PONG and its NUL. */
static bool is_pong(int fd, struct deadline deadline)
{
	char bytes[sizeof(PONG)];
	size_t len = 0;

	while (len < sizeof(bytes) && wait_ready(fd, POLLIN, deadline)) {
		ssize_t got = recv(fd, bytes + len, sizeof(bytes) - len, 0);

		if (got <= 0)
			return false;
		len += (size_t)got;
	}
	return len == sizeof(bytes) && memcmp(bytes, PONG, sizeof(PONG)) == 0;
}

bool clamd_answers(const struct clamd_address *address, struct deadline deadline)
{
	int fd = connect_to(address);
	bool answers;

	while (fd < 0 && errno == EAGAIN && deadline_left_ms(deadline) > 0) {
		poll(NULL, 0, QUEUE_FULL_MS);
		fd = connect_to(address);
	}
	if (fd < 0)
		return false;
	answers = wait_ready(fd, POLLOUT, deadline) &&
	          send(fd, PING, sizeof(PING), MSG_NOSIGNAL) == (ssize_t)sizeof(PING) &&
	          is_pong(fd, deadline);
	close(fd);
	return answers;
}
