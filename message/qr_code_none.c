/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For builds without zbar. */
#include "message/qr_code.h"

bool qr_codes_available(void)
{
	return false;
}

void qr_codes_find(struct arena *arena, const struct mime_part_list *parts, struct str_list *texts)
{
	(void)arena;
	(void)parts;
	(void)texts;
}
