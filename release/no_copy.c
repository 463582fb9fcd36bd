/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/no_copy.h"

#include <stddef.h>

const char *no_copy_reason(const struct record *record, int64_t max_message_size)
{
	switch (record->kind) {
	case RECORD_DISCARDED_INFECTED:
		return "there is malware in it, and of that no copy is kept";
	case RECORD_DISCARDED:
		return record->size > max_message_size
		               ? "it is larger than max_message_size, and of such mail no copy is "
		                 "kept, for part of it was never seen"
		               : NULL;
	case RECORD_DELIVERED:
	case RECORD_FORWARDED:
	case RECORD_OBSERVED:
		return "it was not dropped";
	case RECORD_REJECTED:
	case RECORD_REJECTED_SRS:
		break;
	}
	return NULL;
}
