/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/front_client.h"

#include "forward/received_line.h"
#include "forward/seal.h"

const struct relay *front_client_find(const struct header_list *headers, struct str host,
                                      const struct relay_list *relays)
{
	const struct header *received = seal_front_received(headers, host);
	const struct relay *first = NULL;

	if (received == NULL || relays->unreadable > 0)
		return NULL;
	for (size_t i = relays->len; i > 0; i--)
		if (!relays->items[i - 1].is_connection)
			first = &relays->items[i - 1];
	if (first == NULL || !received_line_read(received->unfolded).has_client ||
	    str_find(received->unfolded, first->ip) < 0)
		return NULL;
	return first;
}
