/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/map.h"
#include "base/shown.h"
#include "base/strbuf.h"

#define NAME_MAX_BYTES 200
#define READ_BYTES     65536

struct reading {
	struct arena *arena;
	struct archive *archive;
	struct map *names;
	size_t bytes; /* unpacked so far */
	struct rule_set_files *files;
	struct str_list *skipped;
	struct error *err;
};

bool archive_available(void)
{
	return true;
}

static bool refuse(struct reading *reading, struct str name, const char *why)
{
	return error_set(reading->err, "the archive is refused: \"%.*s\" %s",
	                 STR_FMT(shown_text(reading->arena, str_prefix(name, NAME_MAX_BYTES))),
	                 why);
}

/* Why no well-meant archive has it; NULL where it may. */
static const char *hostile_name(struct str name)
{
	struct str piece;

	if (name.len == 0 || name.len > NAME_MAX_BYTES)
		return "has a name that is empty or too long";
	if (name.data[0] == '/')
		return "is an absolute path";
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.data[i] < ' ' || name.data[i] == 0x7f ||
		    name.data[i] == '\\')
			return "has a character in its name that no rule file has";
	while (str_next_piece(&name, '/', &piece))
		if (str_eq(piece, STR("..")))
			return "leads out of its directory";
	return NULL;
}

static const char *hostile_kind(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) != NULL || archive_entry_symlink(entry) != NULL ||
	    archive_entry_filetype(entry) == AE_IFLNK)
		return "is a link";
	if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR)
		return "is no plain file";
	return NULL;
}

static bool is_wanted(struct str name)
{
	static const struct str ends[] = { STR_INIT(".cf"), STR_INIT(".pre"), STR_INIT(".txt") };

	if (name.data[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && strchr("._+-", name.data[i]) == NULL)
			return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (name.len > ends[i].len && str_ends_ci(name, ends[i]))
			return true;
	return false;
}

/* The data of the entry, whatever its header says of the size. */
static bool read_data(struct reading *reading, struct str name, struct str *text_r)
{
	struct strbuf text;

	strbuf_init(&text, reading->arena);
	for (;;) {
		char *room = strbuf_reserve(&text, READ_BYTES);
		la_ssize_t got = archive_read_data(reading->archive, room, READ_BYTES);

		if (got < 0)
			return refuse(reading, name, "is damaged");
		if (got == 0)
			break;
		text.len += (size_t)got;
		reading->bytes += (size_t)got;
		if (text.len > ARCHIVE_FILE_MAX || reading->bytes > ARCHIVE_BYTES_MAX)
			return refuse(reading, name, "is larger than rule files are");
	}
	*text_r = strbuf_str(&text);
	return true;
}

static bool read_entry(struct reading *reading, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	struct str name = arena_str(reading->arena, str_from(path));
	const char *why = hostile_name(name);
	struct str text;

	if (why == NULL)
		why = hostile_kind(entry);
	if (why != NULL)
		return refuse(reading, name, why);
	while (str_starts(name, STR("./")))
		name = str_from_offset(name, 2);
	if (archive_entry_filetype(entry) == AE_IFDIR || name.len == 0)
		return true;
	if (map_get(reading->names, name) != NULL)
		return refuse(reading, name, "is there twice");
	map_set(reading->names, name, reading);
	/* Also of what is left out: it is unpacked all the same. */
	if (!read_data(reading, name, &text))
		return false;
	if (is_wanted(name))
		vec_push(reading->arena, reading->files, ((struct rule_set_file){ name, text }));
	else
		vec_push(reading->arena, reading->skipped, name);
	return true;
}

static bool read_entries(struct reading *reading)
{
	struct archive_entry *entry;
	size_t entries = 0;
	int status;

	while ((status = archive_read_next_header(reading->archive, &entry)) == ARCHIVE_OK) {
		if (++entries > ARCHIVE_ENTRIES_MAX)
			return error_set(reading->err,
			                 "the archive is refused: it has more than %d entries",
			                 ARCHIVE_ENTRIES_MAX);
		if (!read_entry(reading, entry))
			return false;
	}
	if (status != ARCHIVE_EOF)
		return error_set(reading->err, "the archive is damaged, or no tar.gz");
	if (reading->files->len == 0)
		return error_set(reading->err, "the archive has no rule files");
	return true;
}

bool archive_read_files(struct arena *arena, struct str archive, struct rule_set_files *files_r,
                        struct str_list *skipped_r, struct error *err_r)
{
	struct reading reading = {
		.arena = arena,
		.archive = archive_read_new(),
		.names = map_new(arena, MAP_IGNORE_CASE),
		.files = files_r,
		.skipped = skipped_r,
		.err = err_r,
	};
	bool ok;

	*files_r = (struct rule_set_files){ 0 };
	*skipped_r = (struct str_list){ 0 };
	if (reading.archive == NULL)
		return error_set(err_r, "there is no memory for the archive");
	archive_read_support_filter_gzip(reading.archive);
	archive_read_support_format_tar(reading.archive);
	ok = archive_read_open_memory(reading.archive, archive.data, archive.len) == ARCHIVE_OK
	             ? read_entries(&reading)
	             : error_set(err_r, "the archive is damaged, or no tar.gz");
	archive_read_free(reading.archive);
	return ok;
}
