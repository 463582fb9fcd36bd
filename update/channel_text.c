/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/channel_text.h"

#include "base/shown.h"
#include "base/strbuf.h"

#define SHOWN_MAX 100

static const struct str forbidden[] = {
	STR_INIT("loadplugin"),    STR_INIT("tryplugin"),         STR_INIT("include"),
	STR_INIT("dns_server"),    STR_INIT("nameserver"),        STR_INIT("clear_dns_servers"),
	STR_INIT("geodb_options"), STR_INIT("geodb_search_path"), STR_INIT("country_db_path"),
};

static bool is_forbidden(struct str line)
{
	struct str word;

	if (!str_next_word(&line, &word))
		return false;
	/* "lang fr STATEMENT" is STATEMENT for some. */
	if (str_eq_ci(word, STR("lang")) &&
	    (!str_next_word(&line, &word) || !str_next_word(&line, &word)))
		return false;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (str_eq_ci(word, forbidden[i]))
			return true;
	return false;
}

static void restrict_file(struct arena *arena, struct rule_set_file *file, struct str_list *ignored)
{
	struct str rest = file->text, piece;
	struct strbuf text;
	size_t number = 0, before = ignored->len;

	strbuf_init(&text, arena);
	while (str_next_piece(&rest, '\n', &piece)) {
		number++;
		if (is_forbidden(piece)) {
			strbuf_add(&text, STR("# not in force: "));
			vec_push(arena, ignored,
			         arena_printf(arena, "%.*s:%zu: %.*s", STR_FMT(file->name), number,
			                      STR_FMT(shown_text(arena, str_prefix(str_trim(piece),
			                                                           SHOWN_MAX)))));
		}
		strbuf_add(&text, piece);
		if (rest.data != NULL)
			strbuf_add_char(&text, '\n');
	}
	if (ignored->len > before)
		file->text = strbuf_str(&text);
}

void channel_text_restrict(struct arena *arena, struct rule_set_files *files,
                           struct str_list *ignored_r)
{
	struct rule_set_file *file;

	*ignored_r = (struct str_list){ 0 };
	vec_foreach (files, file)
		restrict_file(arena, file, ignored_r);
}
