/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classes of recipients in words. */
#ifndef TESTS_UNIT_CLASS_NAME_H
#define TESTS_UNIT_CLASS_NAME_H

#include "forward/forward.h"

static inline const char *class_name(enum recipient_class class)
{
	static const char *const names[] = {
		[RECIPIENT_UNKNOWN] = "unknown",     [RECIPIENT_HOSTED] = "hosted",
		[RECIPIENT_FORWARDED] = "forwarded", [RECIPIENT_BOTH] = "both",
		[RECIPIENT_RELAYED] = "relayed",
	};

	return names[class];
}

#endif
