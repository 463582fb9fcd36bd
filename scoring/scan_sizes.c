/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/scan_sizes.h"

void scan_sizes_adopt(const struct site *site, struct message_limits *limits)
{
	if (site->body_part_chars > 0)
		limits->part_chars = site->body_part_chars;
	if (site->rawbody_part_bytes > 0)
		limits->part_bytes = site->rawbody_part_bytes;
	if (site->body_total_chars > 0)
		limits->total_chars = site->body_total_chars;
	if (site->rawbody_total_bytes > 0)
		limits->total_bytes = site->rawbody_total_bytes;
}

struct str scan_sizes_read(struct str raw, bool scanned)
{
	ptrdiff_t end = scanned ? -1 : str_find(raw, STR("\n\n"));

	return end >= 0 ? str_prefix(raw, (size_t)end + 2) : raw;
}
