/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/packet.h"

#include <arpa/inet.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

/* Version, actions and steps. Later versions may have more. */
#define NEGOTIATION_LEN 12
#define PORT_LEN        2
/* No number of strings. */
#define ANY UINT32_MAX

/* What follows a command. `skip` bytes are no text; then strings, each with a NUL at its end. */
struct packet_grammar {
	char command;
	bool text;         /* strings, else bytes */
	uint8_t skip;      /* of text: bytes in front of the strings */
	uint32_t min, max; /* strings, or bytes */
};

/* By their command. */
static const struct packet_grammar grammars[256] = {
	[SMFIC_OPTNEG] = { SMFIC_OPTNEG, false, 0, NEGOTIATION_LEN, PACKET_DATA_MAX },
	[SMFIC_MACRO] = { SMFIC_MACRO, true, 1, 0, ANY },
	[SMFIC_CONNECT] = { SMFIC_CONNECT, true, 0, 1, 2 },
	[SMFIC_HELO] = { SMFIC_HELO, true, 0, 1, 1 },
	[SMFIC_MAIL] = { SMFIC_MAIL, true, 0, 1, ANY },
	[SMFIC_RCPT] = { SMFIC_RCPT, true, 0, 1, ANY },
	[SMFIC_DATA] = { SMFIC_DATA, false, 0, 0, 0 },
	[SMFIC_HEADER] = { SMFIC_HEADER, true, 0, 2, 2 },
	[SMFIC_EOH] = { SMFIC_EOH, false, 0, 0, 0 },
	[SMFIC_BODY] = { SMFIC_BODY, false, 0, 1, PACKET_DATA_MAX },
	[SMFIC_BODYEOB] = { SMFIC_BODYEOB, false, 0, 0, PACKET_DATA_MAX },
	[SMFIC_ABORT] = { SMFIC_ABORT, false, 0, 0, 0 },
	[SMFIC_QUIT] = { SMFIC_QUIT, false, 0, 0, 0 },
	[SMFIC_QUIT_NC] = { SMFIC_QUIT_NC, false, 0, 0, 0 },
	[SMFIC_UNKNOWN] = { SMFIC_UNKNOWN, true, 0, 1, 1 },
};

static const struct packet_grammar *grammar_of(char command)
{
	const struct packet_grammar *grammar = &grammars[(unsigned char)command];

	return grammar->command != '\0' ? grammar : NULL;
}

static const char *check_order(struct packet_check *check, char command)
{
	if (check->over)
		return "something follows the end of the session";
	if (command == SMFIC_OPTNEG && check->negotiated)
		return "a second negotiation";
	if (command != SMFIC_OPTNEG && !check->negotiated)
		return "it doesn't begin with the negotiation";
	check->negotiated = true;
	check->over = command == SMFIC_QUIT;
	return NULL;
}

static const char *end_packet(struct packet_check *check)
{
	const struct packet_grammar *grammar = check->grammar;

	check->head_len = 0;
	if (!grammar->text)
		return NULL;
	if (check->in_string)
		return "a string without an end";
	if (check->skip > 0)
		return "a packet that is too short";
	if (check->strings < grammar->min)
		return "a packet with a string too few";
	if (grammar->command == SMFIC_MACRO && check->strings % 2 != 0)
		return "a macro without a value";
	if (grammar->command == SMFIC_CONNECT &&
	    check->strings != (check->tag == SMFIA_UNKNOWN ? 1 : 2))
		return "a client's address that is missing, or one too many";
	return NULL;
}

static const char *begin_packet(struct packet_check *check)
{
	const struct packet_grammar *grammar = grammar_of((char)check->head[4]);
	uint32_t length;
	const char *problem;

	memcpy(&length, check->head, sizeof(length));
	length = ntohl(length);
	if (grammar == NULL)
		return "an unknown command";
	if (length == 0 || length - 1 > PACKET_DATA_MAX)
		return "a packet of a length that isn't possible";
	problem = check_order(check, grammar->command);
	if (problem != NULL)
		return problem;
	check->grammar = grammar;
	check->left = length - 1;
	if (!grammar->text && (check->left < grammar->min || check->left > grammar->max))
		return "a packet that is too short or too long";
	check->skip = grammar->skip;
	check->at = check->strings = 0;
	check->in_string = check->unread = false;
	check->tag = '\0';
	return check->left == 0 ? end_packet(check) : NULL;
}

static const char *take_family(struct packet_check *check, char family)
{
	check->tag = family;
	if (family == SMFIA_UNKNOWN)
		check->unread = true;
	else if (family == SMFIA_INET || family == SMFIA_INET6 || family == SMFIA_UNIX)
		check->skip = PORT_LEN;
	else
		return "a client's address of an unknown family";
	return NULL;
}

/* The stage of macros; the family of an address, and its port. */
static const char *take_skipped(struct packet_check *check, char c)
{
	check->skip--;
	if (check->grammar->command == SMFIC_MACRO)
		return grammar_of(c) != NULL ? NULL : "macros of an unknown command";
	return check->tag == '\0' ? take_family(check, c) : NULL;
}

static const char *end_string(struct packet_check *check)
{
	const struct packet_grammar *grammar = check->grammar;

	if (++check->strings > grammar->max)
		return "a packet with a string too many";
	if (grammar->command == SMFIC_HEADER && check->at == 0)
		return "a header field without a name";
	if (grammar->command == SMFIC_CONNECT && check->strings == 1)
		check->skip = 1;
	return NULL;
}

/* Up to the next NUL, or all. */
static size_t take_string(struct packet_check *check, const char *data, size_t len,
                          const char **problem_r)
{
	const char *stop = memchr(data, '\0', len);
	size_t n = stop != NULL ? (size_t)(stop - data) : len;

	check->at += (uint32_t)n;
	check->in_string = stop == NULL;
	if (stop == NULL)
		return len;
	*problem_r = end_string(check);
	return n + 1;
}

static const char *take_text(struct packet_check *check, const char *data, size_t len)
{
	const char *end = data + len, *problem = NULL;

	while (data < end && problem == NULL && !check->unread) {
		if (check->skip > 0)
			problem = take_skipped(check, *data++);
		else
			data += take_string(check, data, (size_t)(end - data), &problem);
	}
	return problem;
}

/* Up to the end of the head; the number of bytes. */
static size_t take_head(struct packet_check *check, const char *data, size_t len,
                        const char **problem_r)
{
	size_t n = PACKET_HEAD_LEN - (size_t)check->head_len;

	if (n > len)
		n = len;
	memcpy(check->head + check->head_len, data, n);
	check->head_len += (uint8_t)n;
	if (check->head_len == PACKET_HEAD_LEN)
		*problem_r = begin_packet(check);
	return n;
}

static const char *take_data(struct packet_check *check, const char *data, size_t len)
{
	const char *problem = check->grammar->text ? take_text(check, data, len) : NULL;

	check->left -= (uint32_t)len;
	if (problem != NULL || check->left > 0)
		return problem;
	return end_packet(check);
}

const char *packet_check(struct packet_check *check, const char *data, size_t len)
{
	const char *problem = NULL;

	while (len > 0 && problem == NULL) {
		size_t n;

		if (check->head_len < PACKET_HEAD_LEN) {
			n = take_head(check, data, len, &problem);
		} else {
			n = len < check->left ? len : check->left;
			problem = take_data(check, data, n);
		}
		data += n;
		len -= n;
	}
	return problem;
}

bool packet_begins_or_quits(const char *data, size_t len)
{
	if (len < PACKET_HEAD_LEN)
		return false;
	switch (data[PACKET_HEAD_LEN - 1]) {
	case SMFIC_MAIL:
	case SMFIC_QUIT:
		return true;
	case SMFIC_MACRO:
		return len > PACKET_HEAD_LEN && data[PACKET_HEAD_LEN] == SMFIC_MAIL;
	default:
		return false;
	}
}

char packet_command(const struct packet_check *check)
{
	return check->grammar != NULL ? check->grammar->command : '\0';
}
