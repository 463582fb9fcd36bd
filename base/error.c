/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *err_r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err_r->text, sizeof(err_r->text), format, args);
	va_end(args);
	return false;
}
