/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_list_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/replace_file.h"
#include "base/strbuf.h"

#define HEAD "assay lists 1"

/* Far more lists than anybody asks. */
#define FILE_MAX (1 << 20)

/* Behind the zone, kinds, state and two flags of a line, in this order. */
static const struct {
	size_t at;
	bool is_time; /* kept as how long ago, for no two processes start the clock alike */
} numbers[] = {
	{ offsetof(struct dns_list_report, since_us), true },
	{ offsetof(struct dns_list_report, probe_us), true },
	{ offsetof(struct dns_list_report, probe_took_us), false },
	{ offsetof(struct dns_list_report, asked), false },
	{ offsetof(struct dns_list_report, listed), false },
	{ offsetof(struct dns_list_report, notices), false },
	{ offsetof(struct dns_list_report, timeouts), false },
	{ offsetof(struct dns_list_report, failures), false },
	{ offsetof(struct dns_list_report, refused), false },
	{ offsetof(struct dns_list_report, waited_us), false },
	{ offsetof(struct dns_list_report, longest_us), false },
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static int64_t get(const struct dns_list_report *report, size_t i)
{
	int64_t value;

	memcpy(&value, (const char *)report + numbers[i].at, sizeof(value));
	return value;
}

struct str dns_list_file_text(struct arena *arena, const struct dns_list_reports *reports,
                              int64_t now_us)
{
	const struct dns_list_report *report;
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_add(&text, STR(HEAD "\n"));
	vec_foreach (reports, report) {
		if (report->kinds == 0)
			continue;
		strbuf_printf(&text, "%.*s %u %d %d %d", STR_FMT(report->zone), report->kinds,
		              (int)report->trouble, report->probed, report->confirmed);
		for (size_t i = 0; i < NUMBERS; i++)
			strbuf_printf(&text, " %" PRId64,
			              numbers[i].is_time ? now_us - get(report, i)
			                                 : get(report, i));
		strbuf_add_char(&text, '\n');
	}
	return strbuf_str(&text);
}

/* A whole number that fits twice, so that times can be taken from one another. */
static bool read_number(struct str *line, int64_t *value_r)
{
	struct str word;
	uint64_t value;
	bool negative;

	if (!str_next_word(line, &word))
		return false;
	negative = str_starts(word, STR("-"));
	if (!str_to_uint(str_from_offset(word, negative), INT64_MAX / 2, &value))
		return false;
	*value_r = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

static bool read_line(struct str line, int64_t now_us, struct dns_list_report *report)
{
	int64_t first[4], value;

	if (!str_next_word(&line, &report->zone))
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!read_number(&line, &first[i]))
			return false;
	if (first[1] < 0 || first[1] >= DNS_LIST_TROUBLE_COUNT)
		return false;
	report->kinds = (unsigned)first[0];
	report->trouble = (enum dns_list_trouble)first[1];
	report->probed = first[2] != 0;
	report->confirmed = first[3] != 0;
	for (size_t i = 0; i < NUMBERS; i++) {
		if (!read_number(&line, &value))
			return false;
		if (numbers[i].is_time)
			value = now_us - value;
		memcpy((char *)report + numbers[i].at, &value, sizeof(value));
	}
	return str_trim(line).len == 0;
}

bool dns_list_file_parse(struct arena *arena, struct str text, int64_t now_us,
                         struct dns_list_reports *reports_r, struct error *err_r)
{
	struct str line;

	*reports_r = (struct dns_list_reports){ 0 };
	if (!str_next_line(&text, &line) || !str_eq(line, STR(HEAD)))
		return error_set(err_r, "it is no file of this program's about lists");
	while (str_next_line(&text, &line)) {
		struct dns_list_report report = { 0 };

		if (line.len == 0)
			continue;
		if (!read_line(line, now_us, &report))
			return error_set(err_r, "a line of it is damaged");
		vec_push(arena, reports_r, report);
	}
	return true;
}

bool dns_list_file_write(const char *path, const struct dns_list_reports *reports,
                         struct error *err_r)
{
	struct arena *arena = arena_new();
	struct str text = dns_list_file_text(arena, reports, clock_monotonic_us());
	bool ok = replace_file(path, text, 0644, 0, err_r);

	arena_free(arena);
	return ok;
}

/* The whole of a regular file; `text_r->data` NULL where it is none or too long. */
static struct str read_file(struct arena *arena, int fd, const struct stat *st)
{
	size_t len = 0, size = (size_t)st->st_size;
	char *text;

	if (!S_ISREG(st->st_mode) || st->st_size > FILE_MAX)
		return (struct str){ 0 };
	text = arena_alloc(arena, size);
	while (len < size) {
		ssize_t count = read(fd, text + len, size - len);

		if (count <= 0)
			break;
		len += (size_t)count;
	}
	return (struct str){ text, len };
}

bool dns_list_file_read(struct arena *arena, const char *path, struct dns_list_reports *reports_r,
                        int64_t *age_us_r, struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct timespec now;
	struct stat st;
	struct str text;

	if (fd < 0 || fstat(fd, &st) != 0) {
		error_set(err_r, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	*age_us_r = (now.tv_sec - st.st_mtim.tv_sec) * INT64_C(1000000) +
	            (now.tv_nsec - st.st_mtim.tv_nsec) / 1000;
	text = read_file(arena, fd, &st);
	close(fd);
	return dns_list_file_parse(arena, text, clock_monotonic_us() - *age_us_r, reports_r, err_r);
}
