/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was read of an address field (RFC 5322 section 3.4). */
#ifndef MESSAGE_ADDRESS_FIELD_LIST_H
#define MESSAGE_ADDRESS_FIELD_LIST_H

#include <stdbool.h>

#include "base/vec.h"

/* One entry of an address field. */
struct address_field_entry {
	struct str name;    /* the display name, or a comment that stands for it; not decoded */
	struct str address; /* "user@host", or empty */
	struct str odd;     /* what angle brackets hold that is no address, or empty */
	bool has_name;      /* it may be empty */
	bool invalid;       /* it breaks the grammar, or its host is none */
};

struct address_field_list {
	vec_members(struct address_field_entry);
};

#endif
