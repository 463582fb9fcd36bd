/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/write_all.h"

#include <errno.h>
#include <unistd.h>

bool write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t written = write(fd, text.data, text.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		text = str_from_offset(text, (size_t)written);
	}
	return true;
}
