/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/link_epochs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "base/strbuf.h"

#define FILE_MAX (16 * 1024 * 1024)

static bool read_all(struct arena *arena, int fd, struct strbuf *buf, int *errno_r)
{
	ssize_t len;

	strbuf_init(buf, arena);
	do {
		len = read(fd, strbuf_reserve(buf, 4096), 4096);
		*errno_r = len < 0 ? errno : EFBIG;
		if (len > 0)
			buf->len += (size_t)len;
	} while (len > 0 && buf->len <= FILE_MAX);
	return len == 0;
}

/* "" where there is none. */
static bool read_file(struct arena *arena, const char *path, struct str *text_r,
                      struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code = errno;
	struct strbuf buf;
	bool ok;

	*text_r = STR("");
	if (fd < 0 && code == ENOENT)
		return true;
	ok = fd >= 0 && read_all(arena, fd, &buf, &code);
	if (fd >= 0)
		close(fd);
	if (!ok)
		return error_set(err_r, "%s: cannot be read: %s; links are not believed meanwhile",
		                 path, strerror(code));
	*text_r = strbuf_str(&buf);
	return true;
}

static bool read_line(struct str line, struct str *account_r, uint32_t *epoch_r)
{
	struct str word, more;
	uint64_t value;

	if (!str_next_word(&line, account_r) || !str_next_word(&line, &word) ||
	    str_next_word(&line, &more) || !str_to_uint(word, UINT32_MAX - 1, &value))
		return false;
	*epoch_r = (uint32_t)value;
	return true;
}

/* The account's epoch; all other lines go to `others`, unless that is NULL. */
static bool scan(const char *path, struct str text, struct str account, uint32_t *epoch_r,
                 struct strbuf *others, struct error *err_r)
{
	struct str line, name;
	unsigned number = 0;
	uint32_t epoch;

	*epoch_r = 0;
	while (str_next_line(&text, &line)) {
		number++;
		if (str_trim(line).len == 0)
			continue;
		if (!read_line(line, &name, &epoch))
			return error_set(err_r,
			                 "%s:%u: is no line \"account number\"; mend it: links are "
			                 "not believed meanwhile",
			                 path, number);
		if (str_eq_ci(name, account))
			*epoch_r = epoch > *epoch_r ? epoch : *epoch_r;
		else if (others != NULL)
			strbuf_printf(others, "%.*s %u\n", STR_FMT(name), epoch);
	}
	return true;
}

bool link_epochs_of(const char *path, struct str account, uint32_t *epoch_r, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct str text;
	bool ok;

	ok = read_file(arena, path, &text, err_r) &&
	     scan(path, text, account, epoch_r, NULL, err_r);
	arena_free(arena);
	return ok;
}

enum link_state link_epochs_judge(const char *path, enum link_state state,
                                  const struct signed_link *content, struct error *err_r)
{
	uint32_t epoch;

	if (state != LINK_VALID)
		return state;
	if (!link_epochs_of(path, content->account, &epoch, err_r))
		return LINK_REVOKED;
	if (content->epoch >= epoch)
		return LINK_VALID;
	error_set(err_r, "the link was revoked");
	return LINK_REVOKED;
}

/* That of the file, which has the lock: files that are replaced can't. -1 with errno. */
static int open_directory(struct arena *arena, const char *path)
{
	struct str name = str_from(path);
	ptrdiff_t slash = str_rfind_char(name, '/');

	if (slash < 0)
		name = STR(".");
	else
		name = slash == 0 ? STR("/") : str_prefix(name, (size_t)slash);
	return open(arena_cstr(arena, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Others may read it: who had links is no secret of this host, and the page has an account of its
 * own. Who owned the file before still does. */
static bool replace(const char *path, struct str text, struct error *err_r)
{
	return replace_file(path, text, 0644, REPLACE_FILE_DURABLE | REPLACE_FILE_KEEP, err_r);
}

static bool raise_locked(struct arena *arena, const char *path, struct str account,
                         uint32_t *epoch_r, struct error *err_r)
{
	struct strbuf buf;
	struct str text;

	strbuf_init(&buf, arena);
	if (!read_file(arena, path, &text, err_r) ||
	    !scan(path, text, account, epoch_r, &buf, err_r))
		return false;
	++*epoch_r;
	strbuf_printf(&buf, "%.*s %u\n", STR_FMT(arena_str_lower(arena, account)), *epoch_r);
	return replace(path, strbuf_str(&buf), err_r);
}

/* A word, so that it is one in the file. */
static bool is_account(struct str account)
{
	struct str rest = account, word;

	return account.len <= LINK_ACCOUNT_MAX && str_next_word(&rest, &word) &&
	       str_eq(word, account);
}

bool link_epochs_raise(const char *path, struct str account, uint32_t *epoch_r, struct error *err_r)
{
	struct arena *arena;
	int directory;
	bool ok;

	if (!is_account(account))
		return error_set(err_r, "\"%.*s\" is no account; write an address or a domain",
		                 STR_FMT(account));
	arena = arena_new();
	directory = open_directory(arena, path);
	if (directory < 0 || flock(directory, LOCK_EX) != 0)
		ok = error_set(err_r, "%s: its directory cannot be locked: %s", path,
		               strerror(errno));
	else
		ok = raise_locked(arena, path, account, epoch_r, err_r);
	if (directory >= 0)
		close(directory);
	arena_free(arena);
	return ok;
}
