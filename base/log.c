/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/shown.h"

/* Longer lines are cut, as syslog servers would cut them anyway. */
#define LINE_MAX_BYTES 8000

static const char *log_ident = "assay";
static enum log_destination log_to = LOG_TO_STDERR;
static bool log_to_journal; /* stderr is one of its streams */

/* Is stderr the stream that systemd names by device and inode? (systemd.exec(5), sd-daemon(3)) */
static bool is_journal_stream(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == (dev_t)device &&
	       status.st_ino == (ino_t)inode;
}

void log_open(const char *ident, enum log_destination destination)
{
	log_ident = ident;
	log_to = destination;
	log_to_journal = destination == LOG_TO_STDERR && is_journal_stream();
	if (destination == LOG_TO_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* Bytes of what may not be shown become \ooo. Cuts what doesn't fit. */
static size_t escape(char *out, size_t room, const char *text)
{
	struct str rest = str_from(text);
	size_t len = 0;

	while (rest.len > 0 && len + 5 < room) {
		size_t step = shown_char_len(rest);

		if (step > 0)
			memcpy(out + len, rest.data, step);
		else
			snprintf(out + len, room - len, "\\%03o", (unsigned char)rest.data[0]);
		len += step > 0 ? step : 4;
		rest = str_from_offset(rest, step > 0 ? step : 1);
	}
	out[len] = '\0';
	return len;
}

/* A queue id: letters, digits and little else, so that it can't be taken for more of the line. */
static size_t escape_id(char *out, size_t room, const char *id)
{
	size_t len = 0;

	for (; *id != '\0' && len + 5 < room; id++) {
		if (char_is_alnum(*id) || strchr("-_./+@", *id) != NULL)
			out[len++] = *id;
		else
			len += (size_t)snprintf(out + len, room - len, "\\%03o",
			                        (unsigned char)*id);
	}
	return len;
}

static void write_line(int priority, const char *line)
{
	char with_ident[LINE_MAX_BYTES + 64];
	int len;

	if (log_to == LOG_TO_SYSLOG) {
		syslog(priority, "%s", line);
		return;
	}
	if (log_to_journal)
		len = snprintf(with_ident, sizeof(with_ident), "<%d>%s\n", priority, line);
	else
		len = snprintf(with_ident, sizeof(with_ident), "%s: %s\n", log_ident, line);
	if (len >= (int)sizeof(with_ident))
		len = (int)sizeof(with_ident) - 1;
	/* One write, so that lines of several threads don't mix. */
	if (write(STDERR_FILENO, with_ident, (size_t)len) < 0)
		return;
}

__attribute__((format(printf, 3, 0))) static void log_v(int priority, const char *id,
                                                        const char *format, va_list args)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	const char *level = priority == LOG_ERR       ? "error: "
	                    : priority == LOG_WARNING ? "warning: "
	                                              : "";
	size_t len = 0;

	vsnprintf(text, sizeof(text), format, args);
	if (id != NULL && *id != '\0') {
		len = escape_id(line, 128, id);
		len += (size_t)snprintf(line + len, sizeof(line) - len, ": ");
	}
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%s", level);
	escape(line + len, sizeof(line) - len, text);
	write_line(priority, line);
}

void log_info(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_v(LOG_INFO, id, format, args);
	va_end(args);
}

void log_warning(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_v(LOG_WARNING, id, format, args);
	va_end(args);
}

void log_error(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_v(LOG_ERR, id, format, args);
	va_end(args);
}
