/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grammar of what an MTA sends to a filter: packets of a length, a command and its data, as
 * mfdef.h of libmilter names them. libmilter takes much of it on trust: macros without a value and
 * strings without an end make it read memory that isn't the packet's. So a connection is checked as
 * a stream, in pieces of any size, before libmilter gets the last byte of a packet. There is one
 * checker for each connection, used by one thread at a time. It holds no memory, and nothing fails.
 */
#ifndef MILTER_PACKET_H
#define MILTER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The data of one packet. Postfix sends a header field in one piece, up to header_size_limit. */
#define PACKET_DATA_MAX (256 * 1024 - 1)

/* Length and command. */
#define PACKET_HEAD_LEN 5

struct packet_grammar;

/* Zeroed at first. */
struct packet_check {
	const struct packet_grammar *grammar; /* of the packet */
	unsigned char head[PACKET_HEAD_LEN];
	uint8_t head_len;
	bool negotiated; /* SMFIC_OPTNEG has come */
	bool over;       /* SMFIC_QUIT has come */
	bool in_string;  /* of the packet: a string has begun and not ended */
	bool unread;     /* of the packet: nobody reads the rest */
	char tag;        /* of an address: its family */
	uint8_t skip;    /* bytes that are no text come next */
	uint32_t left;   /* bytes of the packet that are missing */
	uint32_t at;     /* bytes of text that have come */
	uint32_t strings;
};

/* The next `len` bytes: NULL, or what is wrong with them, for the log. After that the connection
 * can't be read any further. */
const char *packet_check(struct packet_check *check, const char *data, size_t len);

/* Whether a packet that has come in part or whole begins a message, by MAIL or its macros, or ends
 * the session. */
bool packet_begins_or_quits(const char *data, size_t len);

/* The command of the packet that is being read or, between two, was read last; '\0': of none. */
char packet_command(const struct packet_check *check);

#endif
