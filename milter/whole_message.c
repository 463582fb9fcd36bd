/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/whole_message.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "milter/packet.h"

/* Whether no answer is waited for, and more of the message comes. */
static bool goes_on_after(char command, uint32_t steps)
{
	switch (command) {
	case SMFIC_MACRO:
		return true;
	case SMFIC_MAIL:
		return (steps & SMFIP_NR_MAIL) != 0;
	case SMFIC_RCPT:
		return (steps & SMFIP_NR_RCPT) != 0;
	case SMFIC_DATA:
		return (steps & SMFIP_NR_DATA) != 0;
	case SMFIC_HEADER:
		return (steps & SMFIP_NR_HDR) != 0;
	case SMFIC_EOH:
		return (steps & SMFIP_NR_EOH) != 0;
	case SMFIC_BODY:
		return (steps & SMFIP_NR_BODY) != 0;
	default:
		return false;
	}
}

bool whole_message_is_here(const char *data, size_t len, const struct negotiation *agreed,
                           size_t *seen)
{
	while (len - *seen >= PACKET_HEAD_LEN) {
		uint32_t packet_len;

		memcpy(&packet_len, data + *seen, sizeof(packet_len));
		packet_len = ntohl(packet_len);
		if (packet_len == 0 || packet_len > PACKET_DATA_MAX + 1)
			return true;
		if (len - *seen - sizeof(packet_len) < packet_len)
			return false;
		if (!goes_on_after(data[*seen + sizeof(packet_len)], agreed->steps))
			return true;
		*seen += sizeof(packet_len) + packet_len;
	}
	return false;
}
