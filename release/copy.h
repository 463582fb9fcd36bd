/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The copy of a message that was dropped: all that it takes to send it on after all. As a file it
 * is a line with its version, fields of a letter and a netstring, and the message as one Zstandard
 * frame (RFC 8878) with its checksum. Thread-safe.
 */
#ifndef RELEASE_COPY_H
#define RELEASE_COPY_H

#include "base/error.h"
#include "base/vec.h"

struct copy_recipient {
	struct str argument;      /* as in RCPT TO, without angle brackets */
	struct str address;       /* the same, of a bounce to a rewritten sender the original one */
	struct str original;      /* ORCPT, decoded; or empty */
	struct str destination;   /* the external address that decided; or empty */
	struct str_list accounts; /* the hosted recipients whose report it is on */
};

struct copy {
	struct str scan_id;
	int64_t time_us; /* when it was dropped, microseconds since 1970 */
	struct str sender;
	bool smtputf8;
	struct str listener; /* {daemon_name}, where it was dropped */
	struct str queue_id;
	int32_t score;                            /* thousandths */
	vec_of(struct copy_recipient) recipients; /* those that it was dropped for */
	struct str raw;                           /* the message; lines end in LF */
};

/* The largest file there is: of a message of the largest max_message_size. */
#define COPY_FILE_MAX ((size_t)1100 << 20)

/* Writes it whole to a descriptor; false with the reason. Blocks. */
bool copy_write(int fd, const struct copy *copy, struct error *err_r);

/* Reads it into the arena; the message may have `max` bytes. False, with what is wrong. */
bool copy_read(struct arena *arena, struct str data, size_t max, struct copy *copy_r,
               struct error *err_r);

#endif
