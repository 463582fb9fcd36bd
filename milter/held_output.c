/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/held_output.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

/* How long libmilter waits for an MTA to read. */
#define WRITE_WAIT_S 7210

/* Not by poll(), which is ours (libmilter_calls.h). */
static int wait_for_room(struct pollfd *output)
{
	const struct timespec limit = { WRITE_WAIT_S, 0 };

	return ppoll(output, 1, &limit, NULL);
}

ssize_t held_output_add(struct held_output *held, const struct iovec *pieces, int count)
{
	size_t len = 0;

	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	while (held->cap < held->len + len) {
		held->cap = held->cap == 0 ? 1024 : held->cap * 2;
		held->data = memory_realloc(held->data, held->cap);
	}
	for (int i = 0; i < count; i++) {
		memcpy(held->data + held->len, pieces[i].iov_base, pieces[i].iov_len);
		held->len += pieces[i].iov_len;
	}
	return (ssize_t)len;
}

void held_output_drop(struct held_output *held)
{
	free(held->data);
	held->data = NULL;
	held->len = held->cap = 0;
}

/* As writev(), but waits no longer than libmilter does; may write less. */
static ssize_t write_pieces(int fd, struct iovec *pieces, size_t count)
{
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };

	for (;;) {
		struct pollfd output = { .fd = fd, .events = POLLOUT };
		ssize_t n = syscall(SYS_sendmsg, fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		int ready;

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		ready = wait_for_room(&output);
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready == 0 || (ready < 0 && errno != EINTR))
			return -1;
	}
}

/* The rest of what is held, where the MTA takes it slowly. */
static bool write_rest(int fd, struct held_output *held, size_t written)
{
	while (written < held->len) {
		struct iovec rest = { held->data + written, held->len - written };
		ssize_t n = write_pieces(fd, &rest, 1);

		if (n < 0)
			return false;
		written += (size_t)n;
	}
	held_output_drop(held);
	return true;
}

ssize_t held_output_write(int fd, struct held_output *held, const struct iovec *pieces, int count)
{
	struct iovec all[HELD_OUTPUT_PIECES + 1] = { { held->data, held->len } };
	ssize_t n;

	memcpy(all + 1, pieces, (size_t)count * sizeof(*pieces));
	n = write_pieces(fd, all, (size_t)count + 1);
	if (n < 0)
		return n;
	if ((size_t)n > held->len) {
		n -= (ssize_t)held->len;
		held_output_drop(held);
		return n;
	}
	return write_rest(fd, held, (size_t)n) ? write_pieces(fd, all + 1, (size_t)count) : -1;
}
