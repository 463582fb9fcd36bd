/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/adapted.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "base/strbuf.h"
#include "forward/address.h"

#define HEAD     "assay adapted 1"
#define END      "end"
#define FILE_MAX (1 << 20)

int32_t adapted_threshold(int32_t configured, unsigned steps, int32_t floor)
{
	int64_t lowered = (int64_t)configured - (int64_t)steps * ADAPTED_STEP;

	if (lowered < floor)
		lowered = floor;
	return lowered < configured ? (int32_t)lowered : configured;
}

static struct str adapted_text(struct arena *arena, const struct adapted *adapted)
{
	const struct adapted_destination *d;
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_printf(&text, HEAD "\n%" PRId64 "\n", adapted->read_until_s);
	vec_foreach (adapted, d)
		strbuf_printf(&text,
		              "%.*s %u %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		              "\n",
		              STR_FMT(d->domain), d->steps, d->changed_s, d->forwards, d->disliked,
		              d->then_forwards, d->then_disliked);
	strbuf_add(&text, STR(END "\n"));
	return strbuf_str(&text);
}

static bool take_number(struct str *line, uint64_t max, uint64_t *number_r)
{
	struct str word;

	return str_next_word(line, &word) && str_to_uint(word, max, number_r);
}

static bool parse_line(struct arena *arena, struct str line, struct adapted_destination *d)
{
	uint64_t steps, changed;

	*d = (struct adapted_destination){ 0 };
	if (!str_next_word(&line, &d->domain) || !address_domain_valid(d->domain) ||
	    !take_number(&line, ADAPTED_STEPS_MAX, &steps) ||
	    !take_number(&line, INT64_MAX / 2, &changed) ||
	    !take_number(&line, INT64_MAX / 2, &d->forwards) ||
	    !take_number(&line, INT64_MAX / 2, &d->disliked) ||
	    !take_number(&line, INT64_MAX / 2, &d->then_forwards) ||
	    !take_number(&line, INT64_MAX / 2, &d->then_disliked))
		return false;
	d->domain = arena_str_lower(arena, d->domain);
	d->steps = (unsigned)steps;
	d->changed_s = (int64_t)changed;
	return str_trim(line).len == 0;
}

bool adapted_parse(struct arena *arena, struct str text, struct adapted *adapted_r,
                   struct error *err_r)
{
	struct str line;
	uint64_t until;

	*adapted_r = (struct adapted){ 0 };
	if (!str_next_line(&text, &line) || !str_eq(line, STR(HEAD)) ||
	    !str_next_line(&text, &line) || !str_to_uint(line, INT64_MAX / 2, &until))
		return error_set(err_r, "it is no file of assay health");
	adapted_r->read_until_s = (int64_t)until;
	while (str_next_line(&text, &line)) {
		struct adapted_destination d;

		if (str_eq(line, STR(END)))
			return true;
		if (adapted_r->len >= ADAPTED_MAX || !parse_line(arena, line, &d))
			return error_set(err_r, "a line of it is damaged");
		vec_push(arena, adapted_r, d);
	}
	return error_set(err_r, "its end is missing");
}

bool adapted_write(const char *path, const struct adapted *adapted, struct error *err_r)
{
	struct arena *arena = arena_new();
	bool ok = replace_file(path, adapted_text(arena, adapted), 0644, REPLACE_FILE_AS_DIRECTORY,
	                       err_r);

	arena_free(arena);
	return ok;
}

/* Of root, this account, or, where root asks, of the account whose directory it is in. */
static bool may_be_believed(struct arena *arena, const char *path, const struct stat *st)
{
	ptrdiff_t slash = str_rfind_char(str_from(path), '/');
	struct stat directory;

	if (!S_ISREG(st->st_mode) || st->st_size > FILE_MAX || (st->st_mode & 022) != 0)
		return false;
	if (st->st_uid == 0 || st->st_uid == geteuid())
		return true;
	return geteuid() == 0 && slash > 0 &&
	       stat(arena_cstr(arena, str_prefix(str_from(path), (size_t)slash)), &directory) ==
	               0 &&
	       directory.st_uid == st->st_uid && (directory.st_mode & 022) == 0;
}

static bool read_all(struct arena *arena, const char *path, int fd, struct str *text_r,
                     struct error *err_r)
{
	struct strbuf text;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) != 0 || !may_be_believed(arena, path, &st))
		return error_set(err_r, "others than the filter may write it");
	strbuf_init(&text, arena);
	while (text.len <= FILE_MAX && (got = read(fd, strbuf_reserve(&text, 4096), 4096)) > 0)
		text.len += (size_t)got;
	*text_r = strbuf_str(&text);
	return true;
}

bool adapted_read(struct arena *arena, const char *path, struct adapted *adapted_r,
                  struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct str text;
	bool ok;

	*adapted_r = (struct adapted){ 0 };
	if (fd < 0)
		return errno == ENOENT || error_set(err_r, "%s", strerror(errno));
	ok = read_all(arena, path, fd, &text, err_r) &&
	     adapted_parse(arena, text, adapted_r, err_r);
	close(fd);
	return ok;
}
