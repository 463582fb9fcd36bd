/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/control_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/socket_address.h"
#include "base/strbuf.h"

/* More than any filter answers: with a thousand lists it is half a megabyte. */
#define ANSWER_MAX (16 << 20)

static enum control_reach not_reached(const struct socket_address *address, int reason,
                                      struct error *err_r)
{
	if (reason == EACCES || reason == EPERM) {
		error_set(err_r,
		          "%s: permission denied; ask as root or as a member of the group of the "
		          "filter's account",
		          address->path);
		return CONTROL_NOT_ALLOWED;
	}
	error_set(
		err_r,
		"%s: %s; start the filter (systemctl start assayd), or name the control socket of "
		"the one that runs (control in assay.conf)",
		address->path,
		reason == ENOENT || reason == ECONNREFUSED ? "no assayd answers there"
							   : strerror(reason));
	return CONTROL_NOT_THERE;
}

/* Whether the descriptor became ready. */
static bool wait_for(int fd, short events, struct deadline deadline)
{
	struct pollfd polled = { .fd = fd, .events = events };
	int64_t left;

	while ((left = deadline_left_ms(deadline)) > 0) {
		int ready = poll(&polled, 1, left > 60000 ? 60000 : (int)left);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
	return false;
}

static bool send_all(int fd, struct str text, struct deadline deadline)
{
	while (text.len > 0) {
		ssize_t sent = send(fd, text.data, text.len, MSG_NOSIGNAL);

		if (sent > 0)
			text = str_from_offset(text, (size_t)sent);
		else if (errno == EAGAIN ? !wait_for(fd, POLLOUT, deadline) : errno != EINTR)
			return false;
	}
	return true;
}

/* Everything until the end; false where that doesn't come, or not in time. */
static bool receive_all(int fd, struct strbuf *buf, struct deadline deadline)
{
	while (buf->len < ANSWER_MAX) {
		ssize_t got = recv(fd, strbuf_reserve(buf, 4096), 4096, 0);

		if (got > 0)
			buf->len += (size_t)got;
		else if (got == 0)
			return true;
		else if (errno == EAGAIN ? !wait_for(fd, POLLIN, deadline) : errno != EINTR)
			return false;
	}
	return false;
}

static bool converse(struct arena *arena, int fd, const struct control_request *request,
                     struct deadline deadline, struct str *answer_r)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	if (!send_all(fd, control_request_text(arena, request), deadline) ||
	    !send_all(fd, request->message, deadline) || !receive_all(fd, &buf, deadline))
		return false;
	*answer_r = strbuf_str(&buf);
	if (answer_r->len == 0 || answer_r->data[answer_r->len - 1] != '\n')
		return false;
	answer_r->len--;
	return true;
}

static int connect_to(const struct socket_address *address)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), reason;

	if (fd < 0)
		return -1;
	memcpy(un.sun_path, address->path, strlen(address->path) + 1);
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

enum control_reach control_client_ask(struct arena *arena, struct str address,
                                      const struct control_request *request,
                                      struct deadline deadline, struct str *answer_r,
                                      struct error *err_r)
{
	struct socket_address at;
	bool answered;
	int fd;

	if (!socket_address_parse(arena, "control", address, &at, err_r))
		return CONTROL_NOT_THERE;
	if (at.family != AF_UNIX) {
		error_set(err_r, "%.*s: a control socket is unix:/path", STR_FMT(at.text));
		return CONTROL_NOT_THERE;
	}
	fd = connect_to(&at);
	if (fd < 0)
		return not_reached(&at, errno, err_r);
	answered = converse(arena, fd, request, deadline, answer_r);
	close(fd);
	if (answered)
		return CONTROL_ANSWERED;
	error_set(err_r,
	          "%s: assayd doesn't answer; it is stopping, or hangs: look at its log "
	          "(journalctl -u assayd)",
	          at.path);
	return CONTROL_NO_ANSWER;
}
