/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The packets that an MTA sends in the milter protocol, version 6, and how it reaches a filter: for
 * `assay probe` and for the load generator of bench/. Results live in the arena that is given.
 */
#ifndef CLI_MILTER_PACKETS_H
#define CLI_MILTER_PACKETS_H

#include "base/error.h"
#include "base/strbuf.h"
#include "message/envelope.h"
#include "message/header.h"

/* Of the body in one packet. */
#define MILTER_BODY_CHUNK 65535
/* A reply with a whole header field is the longest that there is. */
#define MILTER_PACKET_MAX (1024 * 1024)

/* Protocol bits of the negotiation: stages that the filter doesn't want, or doesn't answer. */
enum milter_stage {
	MILTER_STAGE_NO_CONNECT = 0x1,
	MILTER_STAGE_NO_HELO = 0x2,
	MILTER_STAGE_NO_MAIL = 0x4,
	MILTER_STAGE_NO_RCPT = 0x8,
	MILTER_STAGE_NO_BODY = 0x10,
	MILTER_STAGE_NO_HEADERS = 0x20,
	MILTER_STAGE_NO_EOH = 0x40,
	MILTER_STAGE_QUIET_HEADER = 0x80,
	MILTER_STAGE_NO_DATA = 0x200,
	MILTER_STAGE_CAN_SKIP = 0x400,
	MILTER_STAGE_QUIET_CONNECT = 0x1000,
	MILTER_STAGE_QUIET_HELO = 0x2000,
	MILTER_STAGE_QUIET_MAIL = 0x4000,
	MILTER_STAGE_QUIET_RCPT = 0x8000,
	MILTER_STAGE_QUIET_DATA = 0x10000,
	MILTER_STAGE_QUIET_EOH = 0x40000,
	MILTER_STAGE_QUIET_BODY = 0x80000,
	MILTER_STAGE_LEADING_SPACE = 0x100000,
};
#define MILTER_STAGE_ALL 0x1fffffu

/*
 * Connects to "unix:/path", "local:/path", "inet:port@host" or "inet:host:port"; a bare path is a
 * unix socket's. The descriptor blocks. -1 with the reason.
 */
int milter_connect(const char *address, struct error *err_r);

/* Appends a packet. */
void milter_add_packet(struct strbuf *buf, char command, struct str payload);
/* The number at an offset of a packet's payload; 0 where it is too short. */
uint32_t milter_number_at(struct str payload, size_t offset);

/* Payloads. Of the negotiation: which of the `stages` bits the MTA offers. */
struct str milter_offer(struct arena *arena, uint32_t stages);
struct str milter_macros(struct arena *arena, char stage_command, const struct envelope *envelope);
struct str milter_client_payload(struct arena *arena, const struct envelope *envelope);
/* "<address>", as MAIL and RCPT have it. */
struct str milter_address(struct arena *arena, struct str address);
struct str milter_helo(struct arena *arena, const struct envelope *envelope);
/* `stages` are those that the filter chose. */
struct str milter_header(struct arena *arena, const struct header *header, uint32_t stages);
/* A body in SMTP's line ends. */
struct str milter_body(struct arena *arena, struct str body);

#endif
