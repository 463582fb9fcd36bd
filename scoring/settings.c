/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/settings.h"

#include <assert.h>
#include <string.h>

#include "base/conf.h"
#include "base/suggest.h"
#include "forward/address.h"
#include "scoring/settings_check.h"
#include "scoring/settings_paths.h"
#include "scoring/settings_table.h"

struct settings_reader {
	struct arena *arena;
	struct settings *settings;
	struct problems *problems;
};

static const char *const section_kinds[] = { "recipient", "destination", "daemon" };

static const struct setting_key *find_key(struct str section, struct str name)
{
	for (size_t i = 0; i < settings_table_len; i++) {
		if (str_eq(section, str_from(settings_table[i].section)) &&
		    str_eq(name, str_from(settings_table[i].name)))
			return &settings_table[i];
	}
	return NULL;
}

static void apply_default(struct arena *arena, const struct setting_key *key, void *target)
{
	struct problems problems;
	struct conf conf = { 0 };
	struct str line = arena_printf(arena, "%s %s", key->name, key->default_text);

	problems_init(&problems, arena);
	conf_parse(arena, line, "default", &conf, &problems);
	setting_key_read(key, arena, &conf.items[0].lines.items[0], target, &problems);
	assert(problems.len == 0);
}

void settings_init(struct settings *settings, struct arena *arena)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < settings_table_len; i++) {
		const struct setting_key *key = &settings_table[i];

		if (key->section[0] != '\0')
			continue;
		if (key->type == SETTING_NETWORKS && key->default_text[0] == '\0')
			continue;
		apply_default(arena, key, settings);
	}
}

static bool unknown_key(struct settings_reader *reader, const struct conf_section *section,
                        const struct conf_line *line)
{
	struct suggestion near = { 0 };
	const char *elsewhere = NULL;

	for (size_t i = 0; i < settings_table_len; i++) {
		const struct setting_key *key = &settings_table[i];

		if (str_eq(section->kind, str_from(key->section)))
			suggest_consider(&near, line->key, key->name);
		else if (str_eq(line->key, str_from(key->name)))
			elsewhere = key->section;
	}
	if (near.word != NULL)
		return problems_add(reader->problems, PROBLEM_ERROR, &line->at,
		                    "unknown key \"%.*s\"; did you mean \"%s\"?",
		                    STR_FMT(line->key), near.word);
	if (elsewhere != NULL && elsewhere[0] == '\0')
		return problems_add(reader->problems, PROBLEM_ERROR, &line->at,
		                    "\"%.*s\" can't be set in a section; move it above the first "
		                    "[section]",
		                    STR_FMT(line->key));
	if (elsewhere != NULL)
		return problems_add(reader->problems, PROBLEM_ERROR, &line->at,
		                    "\"%.*s\" belongs in a section: write [%s NAME] above it",
		                    STR_FMT(line->key), elsewhere);
	return problems_add(reader->problems, PROBLEM_ERROR, &line->at,
	                    "unknown key \"%.*s\"; see assay.conf(5) for those that there are",
	                    STR_FMT(line->key));
}

static bool has_value(struct settings_reader *reader, const struct setting_key *key,
                      struct conf_line *line)
{
	/* The words alone, in [destination]. */
	if ((strcmp(key->name, "keep") == 0 || strcmp(key->name, "observe") == 0) &&
	    line->value.len == 0)
		line->value = STR("yes");
	if (line->value.len > 0 && line->value.data[0] == '=' && key->type != SETTING_CHOICE)
		return problems_add(reader->problems, PROBLEM_ERROR, &line->value_at,
		                    "\"=\" is not used here; write \"%s VALUE\"", key->name);
	if (line->value.len > 0 || key->type == SETTING_TEXT || key->type == SETTING_TAG ||
	    key->type == SETTING_TEMPLATE)
		return true;
	return problems_add(reader->problems, PROBLEM_ERROR, &line->value_at,
	                    "%s has no value; write %.*s", key->name,
	                    STR_FMT(setting_key_range(reader->arena, key)));
}

/* "forward_discard_score keep" is another way to write "keep yes". */
static struct str keep_key(const struct conf_section *section, struct conf_line *line)
{
	if (str_eq(section->kind, STR("destination")) &&
	    str_eq(line->key, STR("forward_discard_score")) &&
	    str_eq_ci(line->value, STR("keep"))) {
		line->value = STR("yes");
		return STR("keep");
	}
	return line->key;
}

/* Writes the lines of a section into `target`; NULL: only looks for mistakes that don't need one.
 */
static void apply_lines(struct settings_reader *reader, const struct conf_section *section,
                        void *target)
{
	/* The line that set each key. */
	unsigned *seen = arena_calloc(reader->arena, settings_table_len, sizeof(*seen));
	struct conf_line *line;

	vec_foreach (&section->lines, line) {
		const struct setting_key *key = find_key(section->kind, keep_key(section, line));
		unsigned *first;

		if (key == NULL) {
			unknown_key(reader, section, line);
			continue;
		}
		if (!has_value(reader, key, line))
			continue;
		first = &seen[key - settings_table];
		if (*first > 0 && !key->repeatable) {
			problems_add(reader->problems, PROBLEM_ERROR, &line->at,
			             "%s is given twice, first in line %u; remove one of them",
			             key->name, *first);
			continue;
		}
		if (*first == 0 && (key->type == SETTING_LIST || key->type == SETTING_SERVERS ||
		                    key->type == SETTING_ZONES))
			*(struct str_list *)((char *)target + key->offset) = (struct str_list){ 0 };
		*first = line->at.line;
		setting_key_read(key, reader->arena, line, target, reader->problems);
	}
}

static bool section_is(const struct conf_section *section, const char *kind)
{
	return str_eq(section->kind, str_from(kind));
}

/* No sign that a domain can't have, as those of URLs; other scripts than Latin may be. */
static bool is_host_text(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if ((unsigned char)c < 0x80 && !char_is_alnum(c) && strchr("-._*", c) == NULL)
			return false;
	}
	return true;
}

static bool valid_name(struct settings_reader *reader, const struct conf_section *section,
                       struct str name)
{
	struct str rest = name;
	ptrdiff_t at = str_rfind_char(name, '@');
	bool is_recipient = section_is(section, "recipient");

	if (section_is(section, "daemon"))
		return true;
	if (at >= 0)
		rest = str_from_offset(name, (size_t)at + 1);
	if (at >= 0 && !is_recipient)
		return problems_add(reader->problems, PROBLEM_ERROR, &section->name_at,
		                    "\"%.*s\" is an address; a destination is a domain such as "
		                    "aol.com, *.example.com or *",
		                    STR_FMT(name));
	if (!is_recipient && str_eq(name, STR("*")))
		return true;
	if (!is_host_text(rest))
		return problems_add(reader->problems, PROBLEM_ERROR, &section->name_at,
		                    "\"%.*s\" is no domain%s; write the domain alone, as in "
		                    "[%.*s example.com]",
		                    STR_FMT(name), is_recipient ? " or address" : "",
		                    STR_FMT(section->kind));
	if (!is_recipient && str_starts(rest, STR("*.")))
		rest = str_from_offset(rest, 2);
	if (at == 0 || str_find_char(is_recipient ? name : rest, '*') >= 0 ||
	    !address_domain_valid(rest) || rest.data[rest.len - 1] == '.')
		return problems_add(reader->problems, PROBLEM_ERROR, &section->name_at,
		                    "\"%.*s\" is no domain%s; write for example [%.*s example.com]",
		                    STR_FMT(name), is_recipient ? " or address" : "",
		                    STR_FMT(section->kind));
	return true;
}

static struct recipient_settings recipient_defaults(const struct settings *settings)
{
	return (struct recipient_settings){ .enabled = true,
		                            .required_score = settings->required_score,
		                            .required_score_from = settings->required_score_from,
		                            .rewrite_subject = settings->rewrite_subject,
		                            .subject_tag = settings->subject_tag };
}

static struct destination_settings destination_defaults(const struct settings *settings)
{
	return (struct destination_settings){ .forward_discard_score =
		                                      settings->forward_discard_score,
		                              .forward_discard_score_from =
		                                      settings->forward_discard_score_from,
		                              .discard_needs = settings->discard_needs };
}

static bool has_line(const struct conf_section *section, const char *key)
{
	const struct conf_line *line;

	vec_foreach (&section->lines, line) {
		if (str_eq(line->key, str_from(key)))
			return true;
	}
	return false;
}

/* Where a section has the key, else what is inherited. */
static const char *origin_of(struct settings_reader *reader, const struct conf_section *section,
                             const char *key, const char *inherited)
{
	const struct conf_line *line;

	vec_foreach (&section->lines, line) {
		if (str_eq(line->key, str_from(key)))
			return arena_printf(reader->arena, "%s:%u", line->at.file, line->at.line)
			        .data;
	}
	return inherited;
}

static void add_recipient(struct settings_reader *reader, const struct conf_section *section,
                          struct str name)
{
	struct recipient_settings *recipient =
		vec_add(reader->arena, &reader->settings->recipients);

	*recipient = settings_for_recipient(reader->settings, name);
	recipient->name = name;
	recipient->at = section->at;
	apply_lines(reader, section, recipient);
	recipient->has_required_score |= has_line(section, "required_score");
	recipient->required_score_from =
		origin_of(reader, section, "required_score", recipient->required_score_from);
	recipient->has_rewrite_subject |= has_line(section, "rewrite_subject");
	recipient->has_subject_tag |= has_line(section, "subject_tag");
}

static void add_destination(struct settings_reader *reader, const struct conf_section *section,
                            struct str name)
{
	struct destination_settings *destination =
		vec_add(reader->arena, &reader->settings->destinations);

	*destination = destination_defaults(reader->settings);
	destination->name = name;
	destination->at = section->at;
	apply_lines(reader, section, destination);
	destination->forward_discard_score_from = origin_of(
		reader, section, "forward_discard_score", destination->forward_discard_score_from);
	if (destination->keep && destination->observe)
		problems_add(reader->problems, PROBLEM_ERROR, &section->at,
		             "both keep and observe are set: mail can't be kept and be recorded "
		             "as dropped; remove one of them");
}

static void add_named(struct settings_reader *reader, const struct conf_section *section,
                      struct str name)
{
	struct settings *settings = reader->settings;

	if (section_is(section, "recipient")) {
		add_recipient(reader, section, name);
	} else if (section_is(section, "destination")) {
		add_destination(reader, section, name);
	} else {
		struct daemon_settings *daemon = vec_add(reader->arena, &settings->daemons);

		daemon->name = name;
		daemon->at = section->at;
		apply_lines(reader, section, daemon);
	}
}

/* The place where a section of this name was written before, or NULL. */
static const struct source_position *earlier(const struct settings *settings,
                                             const struct conf_section *section, struct str name)
{
	for (size_t i = 0; i < settings->recipients.len; i++) {
		if (section_is(section, "recipient") &&
		    str_eq(settings->recipients.items[i].name, name))
			return &settings->recipients.items[i].at;
	}
	for (size_t i = 0; i < settings->destinations.len; i++) {
		if (section_is(section, "destination") &&
		    str_eq(settings->destinations.items[i].name, name))
			return &settings->destinations.items[i].at;
	}
	for (size_t i = 0; i < settings->daemons.len; i++) {
		if (section_is(section, "daemon") && str_eq(settings->daemons.items[i].name, name))
			return &settings->daemons.items[i].at;
	}
	return NULL;
}

/* A section's name as it is compared: domains of destinations as A-labels. */
static struct str section_key(struct arena *arena, const struct conf_section *section,
                              struct str name)
{
	bool wildcard = str_starts(name, STR("*."));

	if (section_is(section, "daemon"))
		return name;
	if (!section_is(section, "destination") || str_find_char(name, '@') >= 0)
		return arena_str_lower(arena, name);
	return arena_printf(
		arena, "%s%.*s", wildcard ? "*." : "",
		STR_FMT(address_fold_domain(arena, str_from_offset(name, wildcard ? 2 : 0))));
}

/* One section may name several domains; each gets a copy, and mistakes are told for the first. */
static void apply_section(struct settings_reader *reader, const struct conf_section *section,
                          bool addresses)
{
	struct str names = section->name, piece, name;
	struct settings_reader quiet = *reader;
	struct problems repeated;
	bool first_name = true;

	problems_init(&repeated, reader->arena);
	quiet.problems = &repeated;

	while (str_next_piece(&names, ',', &piece)) {
		while (str_next_word(&piece, &name)) {
			const struct source_position *first;
			struct str lower = section_key(reader->arena, section, name);

			if ((str_find_char(name, '@') >= 0) != addresses ||
			    !valid_name(reader, section, lower))
				continue;
			first = earlier(reader->settings, section, lower);
			if (first != NULL)
				problems_add(reader->problems, PROBLEM_ERROR, &section->at,
				             "%.*s %.*s is given twice, first in line %u; put the "
				             "lines into one section",
				             STR_FMT(section->kind), STR_FMT(name), first->line);
			else
				add_named(first_name ? reader : &quiet, section, lower);
			first_name = false;
		}
	}
}

static bool known_section(struct settings_reader *reader, const struct conf_section *section)
{
	struct suggestion near = { 0 };

	for (size_t i = 0; i < sizeof(section_kinds) / sizeof(section_kinds[0]); i++) {
		if (section_is(section, section_kinds[i])) {
			if (section->name.len > 0)
				return true;
			return problems_add(reader->problems, PROBLEM_ERROR, &section->at,
			                    "this section names nothing; write [%s NAME]",
			                    section_kinds[i]);
		}
		suggest_consider(&near, section->kind, section_kinds[i]);
	}
	return problems_add(reader->problems, PROBLEM_ERROR, &section->at,
	                    "unknown section [%.*s]; %s%s%s", STR_FMT(section->kind),
	                    near.word != NULL ? "did you mean ["
	                                      : "there are [recipient], "
	                                        "[destination] and [daemon",
	                    near.word != NULL ? near.word : "", near.word != NULL ? "]?" : "]");
}

/* An address inherits from its domain's section, so domains come first, wherever they stand. */
static void apply_sections(struct settings_reader *reader, const struct conf *conf)
{
	for (size_t i = 1; i < conf->len; i++) {
		if (conf->items[i].kind.len > 0 && known_section(reader, &conf->items[i]))
			apply_section(reader, &conf->items[i], false);
	}
	for (size_t i = 1; i < conf->len; i++) {
		if (conf->items[i].kind.len > 0 && conf->items[i].name.len > 0)
			apply_section(reader, &conf->items[i], true);
	}
}

static void note_places(struct settings_reader *reader, const struct conf_section *section)
{
	const struct conf_line *line;

	vec_foreach (&section->lines, line) {
		struct setting_place place = { line->key, line->value, line->value_at };

		vec_push(reader->arena, &reader->settings->places, place);
	}
}

/* Sections inherit them. */
static void note_origins(struct settings_reader *reader, const struct conf_section *section)
{
	struct settings *settings = reader->settings;

	settings->required_score_from =
		origin_of(reader, section, "required_score", settings->required_score_from);
	settings->forward_discard_score_from = origin_of(reader, section, "forward_discard_score",
	                                                 settings->forward_discard_score_from);
}

void settings_set_required_score(struct settings *settings, int32_t score, const char *from)
{
	settings->required_score = score;
	settings->required_score_from = from;
	for (size_t i = 0; i < settings->recipients.len; i++) {
		struct recipient_settings *recipient = &settings->recipients.items[i];

		if (recipient->has_required_score)
			continue;
		recipient->required_score = score;
		recipient->required_score_from = from;
	}
}

void settings_set_rules(struct settings *settings, struct str_list paths)
{
	settings->rules = paths;
	settings->local_rules = STR("");
}

void settings_set_rewrite_subject(struct settings *settings, bool rewrite)
{
	settings->rewrite_subject = rewrite;
	for (size_t i = 0; i < settings->recipients.len; i++) {
		if (!settings->recipients.items[i].has_rewrite_subject)
			settings->recipients.items[i].rewrite_subject = rewrite;
	}
}

void settings_set_subject_tag(struct settings *settings, struct str tag)
{
	settings->subject_tag = tag;
	for (size_t i = 0; i < settings->recipients.len; i++) {
		if (!settings->recipients.items[i].has_subject_tag)
			settings->recipients.items[i].subject_tag = tag;
	}
}

bool settings_parse(struct settings *settings, struct arena *arena, struct str text,
                    const char *path, struct problems *problems)
{
	struct settings_reader reader = { arena, settings, problems };
	size_t errors_before = problems->errors;
	struct conf conf = { 0 };

	conf_parse(arena, text, path, &conf, problems);
	apply_lines(&reader, &conf.items[0], settings);
	note_places(&reader, &conf.items[0]);
	note_origins(&reader, &conf.items[0]);
	apply_sections(&reader, &conf);
	if (problems->errors == errors_before)
		settings_check(settings, problems);
	return problems->errors == errors_before;
}

bool settings_read(struct settings *settings, struct arena *arena, const char *path,
                   struct problems *problems)
{
	struct str text;
	bool ok;

	settings->path = arena_cstr(arena, str_from(path));
	ok = conf_read_file(arena, path, &text, problems) &&
	     settings_parse(settings, arena, text, settings->path, problems);

	settings_paths_resolve(settings, arena);
	return ok;
}

static const struct recipient_settings *find_recipient(const struct settings *settings,
                                                       struct str name)
{
	for (size_t i = 0; i < settings->recipients.len; i++) {
		if (str_eq_ci(settings->recipients.items[i].name, name))
			return &settings->recipients.items[i];
	}
	return NULL;
}

/* True where "user+extension@domain" is `name`'s "user@domain". */
static bool same_without_extension(struct str address, struct str name)
{
	ptrdiff_t at = str_rfind_char(address, '@'), plus = str_find_char(address, '+');

	return plus > 0 && at > plus &&
	       str_eq_ci(str_prefix(address, (size_t)plus),
	                 str_prefix(name, name.len - (address.len - (size_t)at))) &&
	       str_ends_ci(name, str_from_offset(address, (size_t)at));
}

struct recipient_settings settings_for_recipient(const struct settings *settings,
                                                 struct str address)
{
	const struct recipient_settings *found = find_recipient(settings, address);
	ptrdiff_t at = str_rfind_char(address, '@');

	for (size_t i = 0; found == NULL && i < settings->recipients.len; i++) {
		const struct recipient_settings *candidate = &settings->recipients.items[i];

		if (candidate->name.len < address.len &&
		    same_without_extension(address, candidate->name))
			found = candidate;
	}
	if (found == NULL && at >= 0)
		found = find_recipient(settings, str_from_offset(address, (size_t)at + 1));
	return found != NULL ? *found : recipient_defaults(settings);
}

/* Length of the part of `pattern` that decided, + 1; 0: it doesn't match. Longer is closer. */
static size_t destination_match(struct str pattern, struct str domain)
{
	if (str_eq_ci(pattern, domain))
		return SIZE_MAX;
	if (str_eq(pattern, STR("*")))
		return 1;
	if (str_starts(pattern, STR("*.")) && domain.len > pattern.len - 1 &&
	    str_ends_ci(domain, str_from_offset(pattern, 1)))
		return pattern.len;
	return 0;
}

struct destination_settings settings_for_destination(const struct settings *settings,
                                                     struct str domain)
{
	struct destination_settings best = destination_defaults(settings);
	size_t best_match = 0;

	for (size_t i = 0; i < settings->destinations.len; i++) {
		size_t match = destination_match(settings->destinations.items[i].name, domain);

		if (match > best_match) {
			best_match = match;
			best = settings->destinations.items[i];
		}
	}
	return best;
}

enum listener_role settings_role(const struct settings *settings, struct str daemon_name)
{
	for (size_t i = 0; i < settings->daemons.len; i++) {
		if (str_eq_ci(settings->daemons.items[i].name, daemon_name))
			return settings->daemons.items[i].role;
	}
	return ROLE_FRONT;
}

bool settings_has_hop(const struct settings *settings)
{
	for (size_t i = 0; i < settings->daemons.len; i++)
		if (settings->daemons.items[i].role == ROLE_FORWARD)
			return true;
	return false;
}

struct str settings_address(struct str value)
{
	return str_eq(value, STR("none")) ? STR("") : value;
}

const struct setting_key *settings_key(size_t i)
{
	return i < settings_table_len ? &settings_table[i] : NULL;
}
