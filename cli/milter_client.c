/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/milter_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "cli/milter_packets.h"

struct milter_client {
	int fd;
	uint32_t protocol; /* what the filter chose */
};

/* The state of one exchange. */
struct exchange {
	struct milter_client *client;
	struct arena *arena;
	struct milter_result *result;
	struct error *err;
	bool skip_body;
};

static bool io_failed(struct error *err_r, const char *what)
{
	return error_set(err_r, "%s the filter failed: %s", what,
	                 errno == EAGAIN ? "no answer in time" : strerror(errno));
}

static bool send_all(int fd, const void *data, size_t len, struct error *err_r)
{
	while (len > 0) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return io_failed(err_r, "writing to");
		data = (const char *)data + sent;
		len -= (size_t)sent;
	}
	return true;
}

static bool receive_all(int fd, void *data, size_t len, struct error *err_r)
{
	while (len > 0) {
		ssize_t got = recv(fd, data, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			return error_set(err_r, "the filter closed the connection");
		if (got < 0)
			return io_failed(err_r, "reading from");
		data = (char *)data + got;
		len -= (size_t)got;
	}
	return true;
}

static bool send_packet(const struct exchange *x, char command, struct str payload)
{
	struct strbuf buf;

	strbuf_init(&buf, x->arena);
	milter_add_packet(&buf, command, payload);
	return send_all(x->client->fd, buf.data, buf.len, x->err);
}

static bool receive_packet(const struct exchange *x, char *command_r, struct str *payload_r)
{
	uint32_t len;
	char *data;

	if (!receive_all(x->client->fd, &len, sizeof(len), x->err))
		return false;
	len = ntohl(len);
	if (len == 0 || len > MILTER_PACKET_MAX)
		return error_set(x->err, "the filter sent a packet of %u bytes; is it a milter?",
		                 len);
	data = arena_alloc(x->arena, len);
	if (!receive_all(x->client->fd, data, len, x->err))
		return false;
	*command_r = data[0];
	*payload_r = (struct str){ data + 1, len - 1 };
	return true;
}

static bool negotiate(const struct exchange *x)
{
	struct str payload;
	char command;

	if (!send_packet(x, 'O', milter_offer(x->arena, MILTER_STAGE_ALL)) ||
	    !receive_packet(x, &command, &payload))
		return false;
	if (command != 'O' || payload.len < 12)
		return error_set(x->err, "the filter doesn't negotiate; is it a milter?");
	x->client->protocol = milter_number_at(payload, 8);
	return true;
}

struct milter_client *milter_client_open(const char *address, int timeout_ms, struct error *err_r)
{
	struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct milter_client *client;
	struct exchange x = { .err = err_r };
	int fd = milter_connect(address, err_r);
	bool ok;

	if (fd < 0)
		return NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	client = memory_calloc(1, sizeof(*client));
	client->fd = fd;
	x.client = client;
	x.arena = arena_new();
	ok = negotiate(&x);
	arena_free(x.arena);
	if (ok)
		return client;
	milter_client_close(client);
	return NULL;
}

void milter_client_close(struct milter_client *client)
{
	static const char quit[] = { 0, 0, 0, 1, 'Q' };

	if (client == NULL)
		return;
	send(client->fd, quit, sizeof(quit), MSG_NOSIGNAL);
	close(client->fd);
	free(client);
}

/* The string at the front of a payload, up to its NUL. */
static struct str next_string(struct str *payload)
{
	struct str piece = STR("");

	str_next_piece(payload, '\0', &piece);
	if (payload->data == NULL)
		*payload = STR("");
	return piece;
}

static void add_header_edit(const struct exchange *x, char command, struct str payload)
{
	struct header_edit edit = { .kind = HEADER_APPEND, .index = 1 };

	if (command != 'h') {
		edit.index = milter_number_at(payload, 0);
		payload = str_from_offset(payload, sizeof(uint32_t));
		edit.kind = command == 'i' ? HEADER_INSERT : HEADER_CHANGE;
	}
	edit.name = next_string(&payload);
	edit.value = next_string(&payload);
	if (command == 'm' && edit.value.len == 0)
		edit.kind = HEADER_DELETE;
	if (x->client->protocol & MILTER_STAGE_LEADING_SPACE && edit.value.len > 0 &&
	    edit.value.data[0] == ' ')
		edit.value = str_from_offset(edit.value, 1);
	vec_push(x->arena, &x->result->edits, edit);
}

static struct str unbracketed(struct str address)
{
	if (address.len >= 2 && address.data[0] == '<' && address.data[address.len - 1] == '>')
		return (struct str){ address.data + 1, address.len - 2 };
	return address;
}

/* One packet of the filter; true where it ends the exchange of this stage. */
static bool take_reply(struct exchange *x, char command, struct str payload)
{
	struct milter_result *result = x->result;

	switch (command) {
	case 'h':
	case 'i':
	case 'm':
		add_header_edit(x, command, payload);
		return false;
	case '-':
		vec_push(x->arena, &result->deleted_recipients, unbracketed(next_string(&payload)));
		return false;
	case '+':
		vec_push(x->arena, &result->added_recipients, unbracketed(next_string(&payload)));
		return false;
	case 'e':
		result->new_sender = unbracketed(next_string(&payload));
		result->has_new_sender = true;
		return false;
	case 'a':
		result->answer = MILTER_ACCEPT;
		return true;
	case 'd':
		result->answer = MILTER_DISCARD;
		return true;
	case 'r':
		result->answer = MILTER_REJECT;
		return true;
	case 't':
		result->answer = MILTER_TEMPFAIL;
		return true;
	case 'y':
		result->reply = next_string(&payload);
		result->answer =
			str_starts(result->reply, STR("4")) ? MILTER_TEMPFAIL : MILTER_REJECT;
		return true;
	case 's':
		x->skip_body = true;
		return true;
	case 'c':
		return true;
	default: /* progress, and replies that this client ignores */
		return false;
	}
}

/* Sends a command and waits for its answer, unless the filter said that it gives none. True
 * where the filter wants to see more. */
static bool stage(struct exchange *x, char command, struct str payload, uint32_t unwanted,
                  uint32_t quiet)
{
	bool done = false;

	if (x->client->protocol & unwanted)
		return true;
	if (!send_packet(x, command, payload))
		return false;
	if (x->client->protocol & quiet)
		return true;
	while (!done) {
		struct str reply;

		if (!receive_packet(x, &command, &reply))
			return false;
		done = take_reply(x, command, reply);
	}
	return x->result->answer == MILTER_CONTINUE;
}

static bool send_macros(const struct exchange *x, char stage_command, const struct envelope *e)
{
	return send_packet(x, 'D', milter_macros(x->arena, stage_command, e));
}

static bool send_connect(struct exchange *x, const struct envelope *e)
{
	return send_macros(x, 'C', e) && stage(x, 'C', milter_client_payload(x->arena, e),
	                                       MILTER_STAGE_NO_CONNECT, MILTER_STAGE_QUIET_CONNECT);
}

static bool send_envelope(struct exchange *x, const struct envelope *e)
{
	if (!stage(x, 'H', milter_helo(x->arena, e), MILTER_STAGE_NO_HELO,
	           MILTER_STAGE_QUIET_HELO) ||
	    !send_macros(x, 'M', e) ||
	    !stage(x, 'M', milter_address(x->arena, e->sender), MILTER_STAGE_NO_MAIL,
	           MILTER_STAGE_QUIET_MAIL))
		return false;
	for (size_t i = 0; i < e->recipients.len; i++) {
		struct str recipient = milter_address(x->arena, e->recipients.items[i].address);

		if (!stage(x, 'R', recipient, MILTER_STAGE_NO_RCPT, MILTER_STAGE_QUIET_RCPT))
			return false;
	}
	return stage(x, 'T', STR(""), MILTER_STAGE_NO_DATA, MILTER_STAGE_QUIET_DATA);
}

static bool send_header(struct exchange *x, const struct header *header)
{
	return stage(x, 'L', milter_header(x->arena, header, x->client->protocol),
	             MILTER_STAGE_NO_HEADERS, MILTER_STAGE_QUIET_HEADER);
}

static bool send_message(struct exchange *x, struct str raw)
{
	struct header_list headers;
	bool overflow;
	size_t body_at;
	struct str body;

	header_parse(x->arena, raw, SIZE_MAX, &headers, &body_at, &overflow);
	for (size_t i = 0; i < headers.len; i++) {
		if (!send_header(x, &headers.items[i]))
			return false;
	}
	if (!stage(x, 'N', STR(""), MILTER_STAGE_NO_EOH, MILTER_STAGE_QUIET_EOH))
		return false;
	body = milter_body(x->arena, str_from_offset(raw, body_at));
	while (body.len > 0 && !x->skip_body) {
		if (!stage(x, 'B', str_prefix(body, MILTER_BODY_CHUNK), MILTER_STAGE_NO_BODY,
		           MILTER_STAGE_QUIET_BODY))
			return false;
		body = str_from_offset(body, MILTER_BODY_CHUNK);
	}
	return stage(x, 'E', STR(""), 0, 0);
}

bool milter_client_send(struct milter_client *client, struct arena *arena,
                        const struct envelope *envelope, struct str raw,
                        struct milter_result *result_r, struct error *err_r)
{
	struct exchange x = { client, arena, result_r, err_r, false };

	*result_r = (struct milter_result){ .answer = MILTER_CONTINUE };
	err_r->text[0] = '\0';
	if (send_connect(&x, envelope) && send_envelope(&x, envelope))
		send_message(&x, raw);
	return err_r->text[0] == '\0';
}
