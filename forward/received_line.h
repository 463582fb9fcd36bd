/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What our own MTA wrote into its Received field (RFC 5321 section 4.4), for telling our hand from
 * others': facts/relays reads those of the world. Pure functions; thread-safe; what can't be read
 * is empty.
 */
#ifndef FORWARD_RECEIVED_LINE_H
#define FORWARD_RECEIVED_LINE_H

#include "base/vec.h"

struct received_line {
	bool has_client; /* "from CLIENT by HOST …", not "by HOST …" */
	struct str by;
	struct str id;
	struct str recipient; /* of "for <ADDRESS>", which is there where there is a single one */
};

/* `value` without line ends. All are slices of it. */
struct received_line received_line_read(struct str value);

#endif
