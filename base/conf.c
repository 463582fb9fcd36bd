/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"

#define READ_CHUNK 16384

struct conf_reader {
	struct arena *arena;
	const char *path;
	unsigned line;
	struct conf *conf;
	struct problems *problems;
};

static struct source_position position(const struct conf_reader *reader, struct str line,
                                       const char *at)
{
	return (struct source_position){ reader->path, reader->line,
		                         (unsigned)(at - line.data) + 1 };
}

static struct str without_comment(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '#' && (i == 0 || char_is_space(text.data[i - 1])))
			return str_trim_right(str_prefix(text, i));
	}
	return str_trim_right(text);
}

/* `text` begins with a quote. False if the quote never ends, or something follows it. */
static bool unquote(struct arena *arena, struct str text, struct str *value_r)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 1; i < text.len; i++) {
		char c = text.data[i];

		if (c == '"') {
			*value_r = strbuf_str(&buf);
			return without_comment(str_from_offset(text, i + 1)).len == 0;
		}
		if (c == '\\' && i + 1 < text.len &&
		    (text.data[i + 1] == '"' || text.data[i + 1] == '\\'))
			c = text.data[++i];
		strbuf_add_char(&buf, c);
	}
	return false;
}

static void read_section(struct conf_reader *reader, struct str line, struct str text)
{
	struct conf_section section = { .at = position(reader, line, text.data) };
	ptrdiff_t end = str_rfind_char(text, ']');
	struct str inside;

	if (end < 0 || without_comment(str_from_offset(text, (size_t)end + 1)).len > 0) {
		problems_add(reader->problems, PROBLEM_ERROR, &section.at,
		             "a section must stand alone on its line as [kind name]; close it with "
		             "\"]\"");
		end = end < 0 ? (ptrdiff_t)text.len : end;
	}
	inside = str_from_offset(str_prefix(text, (size_t)end), 1);
	if (!str_next_word(&inside, &section.kind))
		problems_add(reader->problems, PROBLEM_ERROR, &section.at,
		             "this section has no name; write for example [recipient example.com]");
	section.name = str_trim(inside);
	section.name_at = position(reader, line, section.name.data);
	vec_push(reader->arena, reader->conf, section);
}

static void read_assignment(struct conf_reader *reader, struct str line, struct str text)
{
	struct conf_line entry = { .at = position(reader, line, text.data) };
	struct str rest = text;

	str_next_word(&rest, &entry.key);
	rest = str_trim_left(rest);
	entry.value_at = position(reader, line, rest.data);
	entry.quoted = rest.len > 0 && rest.data[0] == '"';
	if (entry.quoted) {
		if (!unquote(reader->arena, rest, &entry.value)) {
			problems_add(
				reader->problems, PROBLEM_ERROR, &entry.value_at,
				"this quoted text must end with one \" at the end of the line; "
				"write \\\" for a quote inside");
			return;
		}
	} else {
		entry.value = without_comment(rest);
	}
	vec_push(reader->arena, &reader->conf->items[reader->conf->len - 1].lines, entry);
}

static bool is_clean(struct conf_reader *reader, struct str line)
{
	size_t step;

	for (size_t i = 0; i < line.len; i += step) {
		unsigned char c = (unsigned char)line.data[i];
		struct source_position at = position(reader, line, line.data + i);

		step = utf8_char_len(str_from_offset(line, i));
		if (step == 0)
			return problems_add(reader->problems, PROBLEM_ERROR, &at,
			                    "byte 0x%02x is not UTF-8; save the file as UTF-8", c);
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return problems_add(reader->problems, PROBLEM_ERROR, &at,
			                    "a control character (byte 0x%02x); remove it", c);
	}
	return true;
}

void conf_parse(struct arena *arena, struct str text, const char *path, struct conf *conf,
                struct problems *problems)
{
	struct conf_reader reader = { arena, path, 0, conf, problems };
	struct str line;

	text = str_skip_byte_order_mark(text);
	if (conf->len == 0)
		*vec_add(arena, conf) = (struct conf_section){ .at = { path, 1, 1 } };
	while (str_next_line(&text, &line)) {
		struct str trimmed = str_trim(line);

		reader.line++;
		if (trimmed.len == 0 || trimmed.data[0] == '#' || !is_clean(&reader, line))
			continue;
		if (trimmed.data[0] == '[')
			read_section(&reader, line, trimmed);
		else
			read_assignment(&reader, line, trimmed);
	}
}

bool conf_read_file(struct arena *arena, const char *path, struct str *text_r,
                    struct problems *problems)
{
	struct source_position at = { path, 0, 0 };
	FILE *file = fopen(path, "re");
	struct strbuf buf;
	size_t got;
	bool ok;

	if (file == NULL)
		return problems_add(problems, PROBLEM_ERROR, &at,
		                    "cannot be opened: %s; check the path and its permissions",
		                    strerror(errno));
	strbuf_init(&buf, arena);
	do {
		got = fread(strbuf_reserve(&buf, READ_CHUNK), 1, READ_CHUNK, file);
		buf.len += got;
	} while (got > 0 && buf.len <= CONF_FILE_MAX);
	ok = !ferror(file);
	fclose(file);
	*text_r = strbuf_str(&buf);
	if (!ok)
		return problems_add(problems, PROBLEM_ERROR, &at,
		                    "cannot be read; check that it is a file, and the disk");
	return buf.len <= CONF_FILE_MAX ||
	       problems_add(problems, PROBLEM_ERROR, &at,
	                    "is larger than %d bytes, too large for a configuration; name another",
	                    CONF_FILE_MAX);
}
