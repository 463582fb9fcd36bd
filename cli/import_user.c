/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/decimal.h"
#include "base/strbuf.h"
#include "cli/import_lines.h"

/* What required_score takes in assay.conf. */
#define REQUIRED_MAX (1000 * 1000)

static void refuse(struct import_line *line, struct str why)
{
	line->fate = IMPORT_REFUSED;
	line->note = why;
}

static void map(struct import_line *line, struct str what)
{
	line->fate = IMPORT_MAPPED;
	line->note = what;
}

static void take_out(struct str_list *settings, struct str key)
{
	struct str rest, other;
	size_t kept = 0;

	for (size_t i = 0; i < settings->len; i++) {
		rest = settings->items[i];
		str_next_word(&rest, &other);
		if (!str_eq(key, other))
			settings->items[kept++] = settings->items[i];
	}
	settings->len = kept;
}

/* "KEY VALUE"; of several lines with one key, the last holds, as in SpamAssassin. */
static void set(struct arena *arena, struct str_list *settings, struct str setting)
{
	struct str rest = setting, key;

	str_next_word(&rest, &key);
	take_out(settings, key);
	vec_push(arena, settings, setting);
}

/* Statements whose addresses are welcomed or blocked. */
struct list_statement {
	const char *keyword;
	enum people_list list;
	bool with_host;   /* each address is followed by a host or a domain */
	bool shown;       /* SpamAssassin asks SPF or DKIM, as we do */
	const char *more; /* what is otherwise than there */
};

static const struct list_statement lists[] = {
	{ "welcomelist_from", PEOPLE_WELCOMED, false, false, NULL },
	{ "welcomelist_auth", PEOPLE_WELCOMED, false, true, NULL },
	{ "welcomelist_from_spf", PEOPLE_WELCOMED, false, true, "DKIM counts, too" },
	{ "welcomelist_from_dkim", PEOPLE_WELCOMED, true, true, "SPF counts, too" },
	{ "welcomelist_from_rcvd", PEOPLE_WELCOMED, true, true,
	  "DKIM or SPF count in place of the host" },
	{ "blocklist_from", PEOPLE_BLOCKED, false, false, NULL },
};

static const struct list_statement *find_list(struct str keyword)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (str_eq(keyword, str_from(lists[i].keyword)))
			return &lists[i];
	return NULL;
}

static bool add_entry(struct arena *arena, const struct list_statement *statement, struct str word,
                      struct import_user *user, struct error *err_r)
{
	struct people_entry entry = { .scope = user->recipient, .list = statement->list };

	if (!people_pattern(arena, word, &entry.pattern, err_r))
		return false;
	entry.unauthenticated =
		statement->list == PEOPLE_WELCOMED && !statement->shown && user->unauthenticated;
	vec_push(arena, &user->entries, entry);
	return true;
}

static struct str list_note(struct arena *arena, const struct list_statement *statement,
                            const struct import_user *user)
{
	bool welcomes = statement->list == PEOPLE_WELCOMED;
	const char *more = statement->more;

	if (welcomes && !statement->shown)
		more = user->unauthenticated ? "whoever writes it into From"
		                             : "where DKIM or SPF shows that it is he";
	return arena_printf(arena, "assay list add %s --recipient %.*s%s%s%s",
	                    welcomes ? "welcome" : "block", STR_FMT(user->recipient),
	                    more != NULL ? " (" : "", more != NULL ? more : "",
	                    more != NULL ? ")" : "");
}

static void add_to_list(struct arena *arena, const struct list_statement *statement,
                        struct import_line *line, struct import_user *user)
{
	struct str rest = line->value, word, host;
	size_t before = user->entries.len;
	struct error error;

	map(line, list_note(arena, statement, user));
	while (str_next_word(&rest, &word)) {
		if (!add_entry(arena, statement, word, user, &error)) {
			user->entries.len = before;
			refuse(line, arena_str(arena, str_from(error.text)));
			return;
		}
		/* One address and its host are a line. */
		if (statement->with_host && str_next_word(&rest, &host) && rest.len == 0)
			return;
	}
	if (user->entries.len == before)
		refuse(line, STR("there is no address"));
}

/* Those before it in the file are taken back. */
static void remove_from_list(struct arena *arena, struct import_line *line,
                             struct import_user *user)
{
	struct str rest = line->value, word, pattern;
	size_t kept = 0, removed = 0;
	struct error error;

	while (str_next_word(&rest, &word)) {
		if (!people_pattern(arena, word, &pattern, &error))
			continue;
		kept = 0;
		for (size_t i = 0; i < user->entries.len; i++)
			if (str_eq(user->entries.items[i].pattern, pattern))
				removed++;
			else
				user->entries.items[kept++] = user->entries.items[i];
		user->entries.len = kept;
	}
	if (removed > 0)
		map(line, STR("the entry is taken out again"));
	else {
		line->fate = IMPORT_NO_EFFECT;
		line->note = STR("there is no such entry before it");
	}
}

static void take_score(struct arena *arena, struct import_line *line, struct import_user *user)
{
	int32_t thousandths;
	char text[DECIMAL_TEXT_SIZE];

	if (!decimal_parse(line->value, &thousandths) || thousandths < 0 ||
	    thousandths > REQUIRED_MAX) {
		refuse(line, STR("it takes a number from 0 to 1000"));
		return;
	}
	set(arena, &user->settings,
	    arena_printf(arena, "required_score %s", decimal_format(thousandths, text)));
	map(line,
	    arena_printf(arena, "required_score in [recipient %.*s]", STR_FMT(user->recipient)));
}

/* "\"[SPAM] \"", with what needs it escaped. */
static struct str quoted(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add_char(&buf, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			strbuf_add_char(&buf, '\\');
		strbuf_add_char(&buf, text.data[i]);
	}
	strbuf_add(&buf, STR(" \""));
	return strbuf_str(&buf);
}

static void take_rewrite(struct arena *arena, struct import_line *line, struct import_user *user)
{
	struct str rest = line->value, field;

	if (!str_next_word(&rest, &field) || !str_eq_ci(field, STR("subject"))) {
		refuse(line, STR("of a user, only the Subject is rewritten"));
		return;
	}
	rest = str_trim(rest);
	if (str_find_char(rest, '_') >= 0) {
		refuse(line, STR("tags such as _SCORE_ are not for single users"));
		return;
	}
	take_out(&user->settings, rest.len > 0 ? STR("rewrite_subject") : STR("subject_tag"));
	set(arena, &user->settings,
	    rest.len > 0 ? arena_printf(arena, "subject_tag %.*s", STR_FMT(quoted(arena, rest)))
	                 : STR("rewrite_subject no"));
	map(line, arena_printf(arena, "%s in [recipient %.*s]",
	                       rest.len > 0 ? "subject_tag" : "rewrite_subject no",
	                       STR_FMT(user->recipient)));
}

static void decide(struct arena *arena, struct import_line *line, struct import_user *user)
{
	const struct list_statement *list = find_list(line->keyword);

	if (line->fate != IMPORT_TAKEN)
		return; /* an include */
	if (list != NULL)
		add_to_list(arena, list, line, user);
	else if (str_starts(line->keyword, STR("unwelcomelist_")) ||
	         str_starts(line->keyword, STR("unblocklist_")))
		remove_from_list(arena, line, user);
	else if (str_eq(line->keyword, STR("required_score")) ||
	         str_eq(line->keyword, STR("required_hits")))
		take_score(arena, line, user);
	else if (str_eq(line->keyword, STR("rewrite_header")))
		take_rewrite(arena, line, user);
	else if (str_eq(line->keyword, STR("report_safe"))) {
		line->fate = IMPORT_NO_EFFECT;
		line->note = STR("messages are never wrapped in a report");
	} else
		refuse(line,
		       STR("there are no rules or settings of single users; in rules.d it would "
		           "hold for all"));
}

void import_user_lines(struct arena *arena, struct import_line_list *lines,
                       struct import_user *user)
{
	struct import_line *line;

	vec_foreach (lines, line)
		decide(arena, line, user);
}

bool import_setting(struct arena *arena, struct import_line *line, struct str_list *settings)
{
	static const struct {
		const char *keyword, *key;
	} names[] = { { "time_limit", "scan_timeout" }, { "spf_timeout", "spf_timeout" } };
	uint64_t seconds;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_eq(line->keyword, str_from(names[i].keyword)))
			continue;
		if (!str_to_uint(line->value, 3600, &seconds) || seconds == 0) {
			refuse(line, arena_printf(arena, "%s takes 1s to 1h", names[i].key));
			return true;
		}
		set(arena, settings,
		    arena_printf(arena, "%s %us", names[i].key, (unsigned)seconds));
		map(line,
		    arena_printf(arena, "%s %us in assay.conf", names[i].key, (unsigned)seconds));
		return true;
	}
	return false;
}
