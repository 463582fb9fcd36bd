/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/model/plugin.h"
#include "rules/read/condition.h"
#include "rules/read/statement.h"

/* The version of SpamAssassin whose language this is; rule files ask for it. */
static const struct str language_version = STR_INIT(CONDITION_VERSION_TEXT);

struct open_if {
	const struct source_line *line;
	bool outer_skips;
};

struct reader {
	struct ruleset *set;
	struct problems *problems;
	const char *file;
	const char *root;           /* real path; includes stay below it */
	const struct reader *outer; /* that includes this one */
	unsigned depth;
	unsigned line_number;
	bool skip;
	bool skip_file; /* require_version asked for another */
	vec_of(struct open_if) ifs;
};

static void read_file(struct reader *r, const char *path, const struct source_position *from);

/* Cuts the comment, reads \# as #, trims. */
static struct str line_text(struct arena *arena, struct str raw)
{
	struct str text = raw;
	bool escaped = false;
	char *copy;
	size_t len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		if (raw.data[i] != '#')
			continue;
		if (i == 0 || raw.data[i - 1] != '\\') {
			text.len = i;
			break;
		}
		escaped = true;
	}
	text = str_trim(text);
	if (!escaped)
		return text;
	copy = arena_alloc(arena, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (!(text.data[i] == '\\' && i + 1 < text.len && text.data[i + 1] == '#'))
			copy[len++] = text.data[i];
	return (struct str){ copy, len };
}

/* The keyword in lower case, - read as _; *value is what follows it. */
static struct str take_keyword(struct arena *arena, struct str *value)
{
	struct str word = { value->data, 0 };
	char *keyword;

	while (word.len < value->len && !char_is_space(value->data[word.len]))
		word.len++;
	*value = str_trim_left(str_from_offset(*value, word.len));
	keyword = arena_alloc(arena, word.len);
	for (size_t i = 0; i < word.len; i++)
		keyword[i] = word.data[i] == '-' ? '_' : char_lower(word.data[i]);
	return (struct str){ keyword, word.len };
}

static void open_condition(struct reader *r, struct statement *statement, bool plugin)
{
	bool holds = false;

	vec_push(r->set->arena, &r->ifs, ((struct open_if){ statement->line, r->skip }));
	if (r->skip)
		return;
	if (statement->value.len == 0)
		statement_warn(statement, statement->value.data, "the condition is missing");
	else if (plugin)
		holds = plugin_is_loaded(r->set, statement->value);
	else
		holds = condition_holds(statement);
	r->skip = !holds;
}

/* A condition of a newer language: its `endif` must not end another. It doesn't hold here.
 */
static void open_unknown(struct reader *r, struct statement *statement)
{
	vec_push(r->set->arena, &r->ifs, ((struct open_if){ statement->line, r->skip }));
	if (!r->skip)
		statement_warn(statement, statement->line->text.data,
		               "'%.*s' is no known condition; it doesn't hold",
		               STR_FMT(statement->keyword));
	r->skip = true;
}

static void turn_condition(struct reader *r, struct statement *statement)
{
	if (r->ifs.len == 0)
		statement_warn(statement, statement->line->text.data, "'else' without an 'if'");
	else if (!r->ifs.items[r->ifs.len - 1].outer_skips)
		r->skip = !r->skip;
}

static void close_condition(struct reader *r, struct statement *statement)
{
	if (r->ifs.len == 0)
		statement_warn(statement, statement->line->text.data, "'endif' without an 'if'");
	else
		r->skip = r->ifs.items[--r->ifs.len].outer_skips;
}

/* The real path of what an include names, or NULL with the reason reported. */
static const char *include_path(struct reader *r, struct statement *statement)
{
	const char *slash = strrchr(r->file, '/');
	char joined[PATH_MAX], real[PATH_MAX];
	size_t root_len = r->root != NULL ? strlen(r->root) : 0;

	if (statement->value.len > 0 && statement->value.data[0] == '/')
		slash = NULL;
	if (snprintf(joined, sizeof(joined), "%.*s%.*s",
	             slash != NULL ? (int)(slash - r->file) + 1 : 0, r->file,
	             STR_FMT(statement->value)) >= (int)sizeof(joined) ||
	    realpath(joined, real) == NULL) {
		statement_warn(statement, statement->value.data, "can't find '%.*s' to include it",
		               STR_FMT(statement->value));
		return NULL;
	}
	if (r->root == NULL || strncmp(real, r->root, root_len) != 0 || real[root_len] != '/') {
		statement_warn(statement, statement->value.data,
		               "'%.*s' is outside the directory of these rules; it is not included",
		               STR_FMT(statement->value));
		return NULL;
	}
	return arena_cstr(r->set->arena, str_from(real));
}

/* Whether it is one of the files that led to this include. */
static bool is_being_read(const struct reader *r, const char *path)
{
	char real[PATH_MAX];

	for (; r != NULL; r = r->outer)
		if (realpath(r->file, real) != NULL && strcmp(real, path) == 0)
			return true;
	return false;
}

static void include(struct reader *r, struct statement *statement)
{
	struct source_position at = source_line_position(statement->line, statement->value.data);
	const char *path;

	struct reader inner = { .set = r->set,
		                .problems = r->problems,
		                .root = r->root,
		                .outer = r,
		                .depth = r->depth + 1 };

	if (r->depth >= READER_MAX_DEPTH) {
		statement_warn(statement, statement->value.data,
		               "files include one another more than %d deep", READER_MAX_DEPTH);
		return;
	}
	path = include_path(r, statement);
	if (path == NULL)
		return;
	if (is_being_read(r, path)) {
		statement_warn(statement, statement->value.data,
		               "the file includes itself; it is not read again");
		return;
	}
	if (r->set->includes++ < READER_MAX_INCLUDES)
		read_file(&inner, path, &at);
	else if (r->set->includes == READER_MAX_INCLUDES + 1)
		statement_warn(statement, statement->value.data,
		               "this is include number %d; no more are read",
		               READER_MAX_INCLUDES + 1);
}

static void require_version(struct reader *r, struct statement *statement)
{
	if (str_eq(statement->value, language_version) ||
	    str_eq(statement->value, STR("@@VERSION@@")))
		return;
	statement_warn(statement, statement->value.data,
	               "the file is for version %.*s of the rule language, this is %s; the rest of "
	               "it is left out",
	               STR_FMT(statement->value), CONDITION_VERSION_TEXT);
	r->skip_file = true;
}

/* Statements that control reading; false for any other. */
static bool run_control(struct reader *r, struct statement *statement)
{
	struct str keyword = statement->keyword;

	if (str_eq(keyword, STR("if")))
		open_condition(r, statement, false);
	else if (str_eq(keyword, STR("ifplugin")) || str_eq(keyword, STR("ifhandler")))
		open_condition(r, statement, true);
	else if (str_starts(keyword, STR("if")))
		open_unknown(r, statement);
	else if (str_eq(keyword, STR("else")))
		turn_condition(r, statement);
	else if (str_eq(keyword, STR("endif")))
		close_condition(r, statement);
	else if (r->skip)
		return true;
	else if (str_eq(keyword, STR("include")))
		include(r, statement);
	else if (str_eq(keyword, STR("require_version")))
		require_version(r, statement);
	else
		return false;
	return true;
}

static bool language_matches(struct str language)
{
	/* Descriptions in other languages are ignored, since reports are not translated. */
	return str_starts_ci(STR("en_US"), language);
}

static void read_line(struct reader *r, struct str raw)
{
	struct arena *arena = r->set->arena;
	struct str text = line_text(arena, raw);
	struct statement statement = { .set = r->set, .problems = r->problems };
	struct source_line *line;

	if (text.len == 0)
		return;
	line = arena_new_object(arena, struct source_line);
	*line = (struct source_line){ r->file, r->line_number, raw, text };
	statement.line = line;
	statement.value = text;
	statement.keyword = take_keyword(arena, &statement.value);
	if (str_eq(statement.keyword, STR("lang"))) {
		struct str language;

		if (!str_next_word(&statement.value, &language) || !language_matches(language))
			return;
		statement.value = str_trim_left(statement.value);
		statement.keyword = take_keyword(arena, &statement.value);
	}
	if (!run_control(r, &statement))
		statement_run(&statement);
}

static void read_text(struct reader *r, struct str text)
{
	struct str line;

	text = str_skip_byte_order_mark(text);
	while (!r->skip_file && str_next_line(&text, &line)) {
		r->line_number++;
		read_line(r, line);
	}
	while (r->ifs.len > 0) {
		const struct source_line *open = r->ifs.items[--r->ifs.len].line;
		struct source_position at = source_line_position(open, open->text.data);

		if (!r->skip_file)
			problems_add(r->problems, PROBLEM_MISTAKE, &at,
			             "this condition has no 'endif' in its file");
	}
	r->set->files++;
}

/* A file that was cut off may still be read without any mistake. */
static void check_end(struct reader *r, struct str text)
{
	struct source_position at = { r->file, r->line_number, 0 };

	if (text.len == 0 || text.data[text.len - 1] == '\n')
		return;
	r->set->open_ended_files++;
	problems_add(r->problems, PROBLEM_WARNING, &at,
	             "the file ends without a line end; if it was not cut off, add one");
}

void reader_read_text(struct ruleset *set, const char *file, const char *root, struct str text,
                      struct problems *problems)
{
	struct reader r = { .set = set, .problems = problems, .file = file, .root = root };

	read_text(&r, text);
}

static bool slurp(struct arena *arena, const char *path, struct str *text_r, time_t *changed_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *data;
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)READER_MAX_FILE) {
		if (!S_ISREG(st.st_mode))
			errno = EINVAL;
		else
			errno = EFBIG;
		close(fd);
		return false;
	}
	*changed_r = st.st_mtime;
	data = arena_alloc(arena, (size_t)st.st_size);
	while (len < (size_t)st.st_size && (n = read(fd, data + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	close(fd);
	*text_r = (struct str){ data, len };
	return true;
}

/* Whatever the files are called and wherever they are, the same texts have the same id. */
static void identify(struct ruleset *set, struct str text, time_t changed)
{
	set->id = (set->id ^ str_hash(text)) * UINT64_C(0x9e3779b97f4a7c15);
	if (changed > set->newest)
		set->newest = changed;
}

static void read_file(struct reader *r, const char *path, const struct source_position *from)
{
	struct source_position at = { path, 0, 0 };
	struct str text;
	time_t changed;

	r->file = arena_cstr(r->set->arena, str_from(path));
	if (r->set->bytes_read > READER_MAX_BYTES)
		return;
	if (slurp(r->set->arena, path, &text, &changed)) {
		identify(r->set, text, changed);
		r->set->bytes_read += text.len;
		if (r->set->bytes_read > READER_MAX_BYTES)
			problems_add(r->problems, PROBLEM_ERROR, &at,
			             "the rule files have more than %u MiB in all; leave some out",
			             READER_MAX_BYTES >> 20);
		read_text(r, text);
		check_end(r, text);
	} else {
		problems_add(r->problems, PROBLEM_ERROR, from != NULL ? from : &at,
		             "can't read %s: %s", path, strerror(errno));
	}
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool has_suffix(const char *name, const char *suffix)
{
	return name[0] != '.' && str_ends_ci(str_from(name), str_from(suffix));
}

static bool list_directory(struct arena *arena, const char *path, const char *suffix,
                           struct str_list *names_r)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL)
		if (has_suffix(entry->d_name, suffix))
			vec_push(arena, names_r, arena_str(arena, str_from(entry->d_name)));
	closedir(dir);
	if (names_r->len > 0)
		qsort(names_r->items, names_r->len, sizeof(*names_r->items), by_name);
	return true;
}

/* Reads a path's files of one suffix; returns how many. */
static size_t read_path(struct ruleset *set, const char *path, const char *suffix,
                        struct problems *problems)
{
	struct source_position at = { path, 0, 0 };
	struct reader r = { .set = set, .problems = problems };
	struct str_list names = { 0 };
	char real[PATH_MAX];
	const char *root;
	struct stat st;
	size_t count = 0;

	if (realpath(path, real) == NULL || stat(path, &st) != 0) {
		if (strcmp(suffix, ".cf") == 0)
			problems_add(problems, PROBLEM_ERROR, &at, "can't read: %s",
			             strerror(errno));
		return 0;
	}
	if (!S_ISDIR(st.st_mode)) {
		bool pre = has_suffix(path, ".pre");

		if (pre != (strcmp(suffix, ".pre") == 0))
			return 0;
		*strrchr(real, '/') = '\0';
		r.root = arena_cstr(set->arena, str_from(real));
		read_file(&r, path, NULL);
		return 1;
	}
	if (!list_directory(set->arena, path, suffix, &names)) {
		problems_add(problems, PROBLEM_ERROR, &at, "can't read: %s", strerror(errno));
		return 0;
	}
	root = arena_cstr(set->arena, str_from(real));
	for (size_t i = 0; i < names.len; i++) {
		struct str file =
			arena_printf(set->arena, "%s/%.*s", path, STR_FMT(names.items[i]));

		r = (struct reader){ .set = set, .problems = problems, .root = root };
		read_file(&r, file.data, NULL);
		count++;
	}
	return count;
}

void reader_read_paths(struct ruleset *set, const struct str_list *paths, struct problems *problems)
{
	size_t pre_files = 0;

	for (size_t i = 0; i < paths->len; i++)
		pre_files +=
			read_path(set, arena_cstr(set->arena, paths->items[i]), ".pre", problems);
	if (pre_files == 0)
		plugin_load_defaults(set);
	for (size_t i = 0; i < paths->len; i++)
		read_path(set, arena_cstr(set->arena, paths->items[i]), ".cf", problems);
}
