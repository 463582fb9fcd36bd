/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A message, put together from the pieces in which the MTA hands it over: header fields, then
 * body chunks. The result is what a file of the message would hold: lines end in LF, and a Received
 * field for the SMTP session stands on top, which MTAs don't show to filters. Embedded in a
 * session; its memory is given back after each message.
 */
#ifndef MILTER_MAIL_BUFFER_H
#define MILTER_MAIL_BUFFER_H

#include "base/str.h"

struct mail_buffer {
	char *data;
	size_t len, cap;
	size_t limit;  /* bytes of header fields and body that are kept */
	uint64_t size; /* bytes that were given */
	bool in_body;
	bool pending_cr; /* the last chunk ended in CR, which may be half a line end */
	bool truncated;  /* more was given than is kept */
};

void mail_buffer_init(struct mail_buffer *mail, size_t limit);
void mail_buffer_deinit(struct mail_buffer *mail);

/* The memory that the buffer has once this many bytes are appended: in data, with what it has now.
 */
size_t mail_buffer_room_for(const struct mail_buffer *mail, size_t more);
/* Keeps nothing of what is still to come. */
void mail_buffer_stop(struct mail_buffer *mail);

/* Appends a field. The value's folds are LF and white space; `lead_space`: the value begins with
 * the white space that followed the colon, else one space is put there. */
void mail_buffer_header(struct mail_buffer *mail, const char *name, const char *value,
                        bool lead_space);
/* Appends to the body; CRLF becomes LF, wherever chunks are cut. */
void mail_buffer_body(struct mail_buffer *mail, const char *data, size_t len);

/* What is kept so far, from byte `from` on; valid until more is appended. */
struct str mail_buffer_kept(const struct mail_buffer *mail, size_t from);

/* The message with `received`, a whole field with its line end, in front. Valid until deinit. */
struct str mail_buffer_finish(struct mail_buffer *mail, struct str received);

/* The longest `received`. */
#define MAIL_BUFFER_RECEIVED_MAX 4096

#endif
