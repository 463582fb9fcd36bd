/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/mail_buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Room for a small message at once; larger ones double it. */
#define FIRST_ROOM (16 * 1024)

void mail_buffer_init(struct mail_buffer *mail, size_t limit)
{
	*mail = (struct mail_buffer){ .limit = limit };
}

void mail_buffer_deinit(struct mail_buffer *mail)
{
	free(mail->data);
	*mail = (struct mail_buffer){ 0 };
}

static size_t cap_for(const struct mail_buffer *mail, size_t wanted)
{
	size_t cap = mail->cap;

	if (wanted <= cap)
		return cap;
	if (cap < FIRST_ROOM)
		cap = FIRST_ROOM;
	while (cap < wanted)
		cap *= 2;
	return cap;
}

static size_t kept(const struct mail_buffer *mail)
{
	return mail->data != NULL ? mail->len - MAIL_BUFFER_RECEIVED_MAX : 0;
}

struct str mail_buffer_kept(const struct mail_buffer *mail, size_t from)
{
	if (mail->data == NULL)
		return STR("");
	return str_from_offset((struct str){ mail->data + MAIL_BUFFER_RECEIVED_MAX, kept(mail) },
	                       from);
}

size_t mail_buffer_room_for(const struct mail_buffer *mail, size_t more)
{
	size_t left = mail->limit - kept(mail);

	return cap_for(mail, MAIL_BUFFER_RECEIVED_MAX + kept(mail) + (more < left ? more : left));
}

void mail_buffer_stop(struct mail_buffer *mail)
{
	mail->limit = kept(mail);
}

/* The text begins after a gap that mail_buffer_finish() fills from its end. */
static void reserve(struct mail_buffer *mail, size_t more)
{
	size_t cap;

	if (mail->data == NULL)
		mail->len = MAIL_BUFFER_RECEIVED_MAX;
	cap = cap_for(mail, mail->len + more);
	if (cap == mail->cap)
		return;
	mail->cap = cap;
	mail->data = memory_realloc(mail->data, mail->cap);
}

static void append(struct mail_buffer *mail, const char *data, size_t len)
{
	size_t room;

	reserve(mail, 0);
	room = mail->limit - (mail->len - MAIL_BUFFER_RECEIVED_MAX);
	if (len > room) {
		mail->truncated = true;
		len = room;
	}
	if (len == 0)
		return;
	reserve(mail, len);
	memcpy(mail->data + mail->len, data, len);
	mail->len += len;
}

void mail_buffer_header(struct mail_buffer *mail, const char *name, const char *value,
                        bool lead_space)
{
	size_t name_len = strlen(name), value_len = strlen(value);

	mail->size += name_len + value_len + (lead_space ? 3 : 4);
	append(mail, name, name_len);
	append(mail, lead_space ? ":" : ": ", lead_space ? 1 : 2);
	append(mail, value, value_len);
	append(mail, "\n", 1);
}

static void begin_body(struct mail_buffer *mail)
{
	if (mail->in_body)
		return;
	mail->in_body = true;
	mail->size += 2;
	append(mail, "\n", 1);
}

void mail_buffer_body(struct mail_buffer *mail, const char *data, size_t len)
{
	const char *end = data + len, *cr;

	begin_body(mail);
	mail->size += len;
	if (len > 0 && mail->pending_cr && *data != '\n')
		append(mail, "\r", 1);
	if (len > 0)
		mail->pending_cr = false;
	while (data < end && !mail->truncated) {
		cr = memchr(data, '\r', (size_t)(end - data));
		if (cr == NULL)
			cr = end;
		append(mail, data, (size_t)(cr - data));
		data = cr;
		if (data == end)
			break;
		if (data + 1 == end)
			mail->pending_cr = true;
		else if (data[1] != '\n')
			append(mail, "\r", 1);
		data++;
	}
}

struct str mail_buffer_finish(struct mail_buffer *mail, struct str received)
{
	char *start;

	assert(received.len <= MAIL_BUFFER_RECEIVED_MAX);
	begin_body(mail);
	if (mail->pending_cr)
		append(mail, "\r", 1);
	mail->pending_cr = false;
	start = mail->data + MAIL_BUFFER_RECEIVED_MAX - received.len;
	memcpy(start, received.data, received.len);
	return (struct str){ start, mail->len - MAIL_BUFFER_RECEIVED_MAX + received.len };
}
