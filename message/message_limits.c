/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/message_limits.h"

struct message_limits message_default_limits(void)
{
	return (struct message_limits){
		.max_bytes = 10 * 1024 * 1024,
		.header = { .max_fields = 1000,
		            .max_field_bytes = 64 * 1024,
		            .max_bytes = 256 * 1024 },
		.max_parts = 1000,
		.max_depth = 20,
		.max_text_bytes = 4 * 1024 * 1024,
		.max_uris = 2000,
		.part_chars = 50000,
		.part_bytes = 500000,
		.total_chars = SIZE_MAX,
		.total_bytes = SIZE_MAX,
	};
}

const char *message_limit_name(enum message_limit limit)
{
	switch (limit) {
	case MESSAGE_LIMIT_BYTES:
		return "message-size";
	case MESSAGE_LIMIT_HEADERS:
		return "headers";
	case MESSAGE_LIMIT_HEADER_BYTES:
		return "header-size";
	case MESSAGE_LIMIT_PARTS:
		return "parts";
	case MESSAGE_LIMIT_DEPTH:
		return "depth";
	case MESSAGE_LIMIT_TEXT:
		return "text-size";
	case MESSAGE_LIMIT_URIS:
		return "uris";
	}
	return "unknown";
}
