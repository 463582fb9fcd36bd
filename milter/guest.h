/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One connection of an MTA outside of a message: what has come on it is taken packet by packet, and
 * as much is kept as libmilter has to be told when a message begins: the negotiation, the client,
 * HELO, and their macros. Nothing is read or written here. Used by one thread at a time.
 */
#ifndef MILTER_GUEST_H
#define MILTER_GUEST_H

#include "base/str.h"
#include "milter/negotiation.h"
#include "milter/packet.h"

/* A packet as it came, or several; malloc'd. */
struct guest_bytes {
	char *data;
	size_t len;
};

enum guest_wish {
	GUEST_WAITS,      /* for more */
	GUEST_NEGOTIATES, /* `offer` came: to be answered, with what is agreed in `agreed` */
	GUEST_GOES_ON,    /* a step that is to be answered by SMFIR_CONTINUE */
	GUEST_HAS_MAIL,   /* a message begins: MAIL is next in the input */
	GUEST_LEAVES,     /* it said so */
	GUEST_IS_STRANGE, /* libmilter's affair: old versions, large packets, malformed ones */
};

struct guest {
	struct packet_check check;
	struct negotiation offer, agreed; /* version 0: not yet */
	struct guest_bytes opening, client_macros, client, helo_macros, helo;
	struct guest_bytes macros; /* since the last step */
	struct guest_bytes input;
	size_t input_at; /* what is before was taken */
	size_t seen;     /* of a message in the input, by whole_message_is_here() */
	bool let_in;     /* that message: what MAIL is to be answered was */
};

void guest_init(struct guest *guest);
void guest_deinit(struct guest *guest);

/* What has come. */
void guest_add(struct guest *guest, const char *data, size_t len);
/* Takes the next packet, but for GUEST_HAS_MAIL and GUEST_IS_STRANGE, whose packet stays. */
enum guest_wish guest_next(struct guest *guest);
/* MAIL is next, and is let in: whether the message has come, or as much of it as libmilter has to
 * answer; or so much that it is not to be kept here. The bytes of it that are kept in *kept_r. */
bool guest_has_message(struct guest *guest, size_t *kept_r);
/* Whether MAIL is to be answered before more of the message comes; then it was, as far as the guest
 * knows. */
bool guest_lets_in(struct guest *guest);
/* Bytes of a packet that has come in part. */
size_t guest_part(const struct guest *guest);
/* MAIL is next, and was answered by a refusal: takes it. */
void guest_refuse_mail(struct guest *guest);
/* The macro of the client, HELO or MAIL, "" where there is none; until the next packet. */
struct str guest_macro(const struct guest *guest, struct str name);

/* All that libmilter has to read from the start of a session: malloc'd. The input is taken. */
struct guest_bytes guest_tell(struct guest *guest);
/* Answers of libmilter to that which the MTA has had already. */
unsigned guest_answered(const struct guest *guest);

#endif
