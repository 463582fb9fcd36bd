/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What who forges replies has to guess. */
#include <string.h>
#include <sys/random.h>

#include "facts/dns_client_private.h"

uint16_t dns_client_random(struct dns_client *client)
{
	uint16_t number;

	/* Up to 256 octets never come short or interrupted (getrandom(2)). */
	if (client->chance_left == 0 &&
	    getrandom(client->chance, sizeof(client->chance), 0) == sizeof(client->chance))
		client->chance_left = sizeof(client->chance);
	client->chance_left -= sizeof(number);
	memcpy(&number, client->chance + client->chance_left, sizeof(number));
	return number;
}

void dns_client_mix_case(struct dns_client *client, struct dns_packet_question *question)
{
	uint16_t chance = 0;
	unsigned left = 0;

	for (size_t i = 0; i < question->len; i++) {
		unsigned char c = question->name[i];

		if (left == 0) {
			chance = dns_client_random(client);
			left = 16;
		}
		if (c >= 'a' && c <= 'z' && (chance & 1) != 0)
			question->name[i] = (unsigned char)(c - 'a' + 'A');
		chance >>= 1;
		left--;
	}
}
