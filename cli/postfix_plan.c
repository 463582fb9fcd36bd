/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/postfix_plan.h"

#include <unistd.h>

#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/doctor_milters.h"
#include "cli/main_cf.h"

struct planner {
	const struct postconf *pc;
	const struct postfix_site *site;
	struct problems *problems;
	struct mta_change_list changes;
};

static bool failed(struct planner *p, const struct error *error)
{
	return problems_add(p->problems, PROBLEM_ERROR, NULL, "%s", error->text);
}

static void add_change(struct planner *p, enum mta_change_kind kind, struct str name,
                       bool was_there, struct str before, struct str after)
{
	struct mta_change change = { kind,      arena_str(p->pc->arena, name),
		                     was_there, before,
		                     after,     STR("") };
	struct str text, path;
	struct error error;

	if (kind == MTA_PARAMETER && was_there) {
		path = arena_printf(p->pc->arena, "%.*s/main.cf", STR_FMT(p->site->directory));
		if (!cli_read_file(p->pc->arena, path.data, &text, &error))
			failed(p, &error);
		else
			change.written = main_cf_entries(p->pc->arena, text, name);
	}
	if (!was_there || !str_eq(before, after))
		vec_push(p->pc->arena, &p->changes, change);
}

/* Ours first: what signs has to come after what adds fields. */
static struct str in_front(struct arena *arena, struct str ours, struct str theirs)
{
	if (theirs.len == 0 || str_find(theirs, ours) >= 0)
		return theirs.len == 0 ? ours : theirs;
	return arena_printf(arena, "%.*s, %.*s", STR_FMT(ours), STR_FMT(theirs));
}

static bool has_item(struct str list, struct str item)
{
	struct str piece;

	while (str_next_piece(&list, ',', &piece)) {
		if (str_has_word(piece, item))
			return true;
	}
	return false;
}

/* The words of both. */
static struct str with_words(struct arena *arena, struct str ours, struct str theirs)
{
	struct strbuf buf;
	struct str piece;

	strbuf_init(&buf, arena);
	strbuf_add(&buf, theirs);
	while (str_next_piece(&ours, ',', &piece)) {
		piece = str_trim(piece);
		if (!has_item(theirs, piece))
			strbuf_printf(&buf, "%s%.*s", buf.len > 0 ? ", " : "", STR_FMT(piece));
	}
	return strbuf_str(&buf);
}

static bool is_list_of_words(struct str name)
{
	return str_eq(name, STR("notify_classes")) ||
	       str_eq(name, STR("smtpd_discard_ehlo_keywords"));
}

static bool is_list_of_tables(struct str name)
{
	return str_ends_ci(name, STR("_header_checks")) || str_eq(name, STR("smtpd_milters"));
}

/* Whether a value of smtpd_milters, with its parameters expanded, has our socket, however it is
 * written. */
static bool names_ours(struct planner *p, struct str value)
{
	struct doctor_milters milters = doctor_milters_postfix(p->pc->arena, value);
	struct str ours = p->site->socket, whole = ours;

	if (str_starts(ours, STR("unix:")))
		whole = arena_printf(p->pc->arena, "unix:%.*s/%.*s",
		                     STR_FMT(p->site->queue_directory),
		                     STR_FMT(str_from_offset(ours, 5)));
	for (size_t i = 0; i < milters.len; i++)
		if (str_eq(milters.items[i].address, ours) ||
		    str_eq(milters.items[i].address, whole))
			return true;
	return false;
}

/* Twice, each message would be scanned twice. */
static bool is_attached(struct planner *p)
{
	struct error error;
	struct str value;

	if (!postconf_value(p->pc, "smtpd_milters", &value, &error))
		return !failed(p, &error);
	return names_ours(p, value);
}

/* A value that is the site's own and can't be joined with ours. */
static bool is_free(struct planner *p, struct str name, bool is_set, struct str before,
                    struct str ours)
{
	bool usual = str_eq(name, STR("default_transport")) && str_eq(before, STR("smtp"));

	if (!is_set || usual || str_eq(before, ours))
		return true;
	return problems_add(p->problems, PROBLEM_ERROR, NULL,
	                    "%.*s/main.cf: %.*s is \"%.*s\" already, and the hop needs it to be "
	                    "\"%.*s\"; see the README in %.*s for how to set up the hop by hand",
	                    STR_FMT(p->site->directory), STR_FMT(name), STR_FMT(before),
	                    STR_FMT(ours), STR_FMT(p->site->templates));
}

static void plan_parameter(struct planner *p, struct str name, struct str ours)
{
	struct arena *arena = p->pc->arena;
	struct str before, theirs, after = ours;
	struct error error;
	bool is_set;

	if (!postconf_is_set(p->pc, name, &is_set, &before, &error)) {
		failed(p, &error);
		return;
	}
	if (str_eq(name, STR("smtpd_milters")) && is_attached(p))
		return;
	if (is_list_of_tables(name)) {
		after = in_front(arena, ours, before);
	} else if (is_list_of_words(name)) {
		theirs = is_set ? before : STR("");
		after = with_words(arena, ours, theirs);
	} else if (!is_free(p, name, is_set, before, ours)) {
		return;
	}
	add_change(p, MTA_PARAMETER, name, is_set, before, after);
}

static struct str replaced(struct arena *arena, struct str text, struct str from, struct str to)
{
	struct strbuf buf;
	ptrdiff_t at;

	strbuf_init(&buf, arena);
	while ((at = str_find(text, from)) >= 0) {
		strbuf_add(&buf, str_prefix(text, (size_t)at));
		strbuf_add(&buf, to);
		text = str_from_offset(text, (size_t)at + from.len);
	}
	strbuf_add(&buf, text);
	return strbuf_str(&buf);
}

/* A file of contrib/postfix, with the socket and the directory of this site. */
static bool read_template(struct planner *p, const char *name, struct str *text_r)
{
	struct arena *arena = p->pc->arena;
	const struct postfix_site *site = p->site;
	struct str path = arena_printf(arena, "%.*s/%s", STR_FMT(site->templates), name);
	struct error error;

	if (!cli_read_file(arena, path.data, text_r, &error))
		return failed(p, &error);
	*text_r = replaced(arena, *text_r, STR("unix:assay/assay.sock"), site->socket);
	*text_r = replaced(arena, *text_r, STR("/etc/postfix/"),
	                   arena_printf(arena, "%.*s/", STR_FMT(site->directory)));
	return true;
}

/* Without comments; a line that begins with a blank goes on with the one before. */
static struct str_list logical_lines(struct arena *arena, struct str text)
{
	struct str_list lines = { 0 };
	struct str line;

	while (str_next_line(&text, &line)) {
		struct str words = str_trim(line);

		if (words.len == 0 || words.data[0] == '#')
			continue;
		if (words.data == line.data || lines.len == 0)
			vec_push(arena, &lines, words);
		else
			lines.items[lines.len - 1] =
				arena_printf(arena, "%.*s %.*s",
			                     STR_FMT(lines.items[lines.len - 1]), STR_FMT(words));
	}
	return lines;
}

static void plan_parameters(struct planner *p, const char *template)
{
	struct str_list lines;
	struct str text;

	if (!read_template(p, template, &text))
		return;
	lines = logical_lines(p->pc->arena, text);
	for (size_t i = 0; i < lines.len; i++) {
		struct str value = lines.items[i], name;

		str_next_piece(&value, '=', &name);
		plan_parameter(p, str_trim(name), str_trim(value));
	}
}

static struct str nth_word(struct str text, unsigned n)
{
	struct str word = STR("");

	for (unsigned i = 0; i <= n; i++)
		if (!str_next_word(&text, &word))
			return STR("");
	return word;
}

/* The words of a line of master.cf with one blank between them, chrooted as this site's smtpd is.
 */
static struct str service_line(struct planner *p, struct str line, struct str chrooted)
{
	struct strbuf buf;
	struct str word;

	strbuf_init(&buf, p->pc->arena);
	for (unsigned i = 0; str_next_word(&line, &word); i++) {
		if (i > 0)
			strbuf_add_char(&buf, ' ');
		strbuf_add(&buf, i == 4 && chrooted.len > 0 ? chrooted : word);
	}
	return strbuf_str(&buf);
}

static void plan_service(struct planner *p, struct str line)
{
	struct str name = arena_printf(p->pc->arena, "%.*s/%.*s", STR_FMT(nth_word(line, 0)),
	                               STR_FMT(nth_word(line, 1)));
	struct error error;
	struct str before;

	if (!postconf_service(p->pc, name, &before, &error))
		failed(p, &error);
	else if (before.len > 0 && !str_eq(before, line))
		problems_add(p->problems, PROBLEM_ERROR, NULL,
		             "%.*s/master.cf: there is a service %.*s already; the README in %.*s "
		             "tells how to set up the hop by hand, with another port",
		             STR_FMT(p->site->directory), STR_FMT(name),
		             STR_FMT(p->site->templates));
	else
		add_change(p, MTA_SERVICE, name, before.len > 0, before, line);
}

static void plan_services(struct planner *p)
{
	struct str_list lines;
	struct str text, smtpd = STR("");
	struct error error;

	if (!read_template(p, "master.cf.forward", &text))
		return;
	if (!postconf_service(p->pc, STR("smtp/inet"), &smtpd, &error))
		failed(p, &error);
	lines = logical_lines(p->pc->arena, text);
	for (size_t i = 0; i < lines.len; i++)
		plan_service(p, service_line(p, lines.items[i], nth_word(smtpd, 4)));
}

static void plan_file(struct planner *p, const char *name)
{
	struct arena *arena = p->pc->arena;
	struct str path = arena_printf(arena, "%.*s/%s", STR_FMT(p->site->directory), name);
	bool there = access(path.data, F_OK) == 0;
	struct str before = STR(""), after;
	struct error error;

	if (!read_template(p, name, &after))
		return;
	if (there && !cli_read_file(arena, path.data, &before, &error))
		failed(p, &error);
	else
		add_change(p, MTA_FILE, path, there, before, after);
}

/* "smtp/inet/NAME": where mail comes in from outside, or behind postscreen, for which another value
 * than that of main.cf holds. */
static bool is_front(struct str key, struct str name)
{
	struct str service;

	if (!str_ends_ci(key, name) || key.len <= name.len)
		return false;
	service = str_prefix(key, key.len - name.len);
	return str_eq(service, STR("smtp/inet/")) || str_ends_ci(service, STR("/pass/"));
}

/* What master.cf says of its own, for which main.cf has no say. */
static void look_at_fronts(struct planner *p)
{
	struct str lines, line, key, value;
	struct error error;

	if (!postconf_overrides(p->pc, &lines, &error)) {
		failed(p, &error);
		return;
	}
	while (str_next_line(&lines, &line)) {
		str_next_piece(&line, '=', &key);
		key = str_trim(key);
		value = str_trim(line);
		if (is_front(key, STR("smtpd_milters")) && !names_ours(p, value))
			problems_add(
				p->problems, PROBLEM_ERROR, NULL,
				"%.*s/master.cf: %.*s is \"%.*s\", so main.cf does not hold "
				"there; put { %.*s, default_action=accept } in front of it, or "
				"remove it: postconf -PX %.*s",
				STR_FMT(p->site->directory), STR_FMT(key), STR_FMT(value),
				STR_FMT(p->site->socket), STR_FMT(key));
		if (is_front(key, STR("receive_override_options")) &&
		    str_find(value, STR("no_milters")) >= 0)
			problems_add(p->problems, PROBLEM_ERROR, NULL,
			             "%.*s/master.cf: %.*s has no_milters, so no mail that comes "
			             "there would be scanned; take that out of it",
			             STR_FMT(p->site->directory), STR_FMT(key));
	}
}

/* What takes mail elsewhere before default_transport, which leads to the hop, is asked. */
static void look_at_ways_around(struct planner *p)
{
	static const char *const names[][2] = {
		{ "sender_dependent_default_transport_maps",
		  "takes the mail of its senders past the hop, so their forwards are not filtered; leave "
		  "it out, or only name senders whose mail is none that is forwarded" },
		{ "transport_maps",
		  "takes mail for domains elsewhere that it names past the hop, so "
		  "forwards to them are not filtered; name only your own" },
		{ "sender_dependent_relayhost_maps",
		  "does not hold on the way out of the hop, which takes relayhost alone; see the README" },
	};
	struct error error;
	struct str value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!postconf_value(p->pc, names[i][0], &value, &error))
			failed(p, &error);
		else if (value.len > 0)
			problems_add(p->problems, PROBLEM_WARNING, NULL, "%.*s/main.cf: %s %s",
			             STR_FMT(p->site->directory), names[i][0], names[i][1]);
	}
}

struct mta_change_list postfix_plan(const struct postconf *pc, const struct postfix_site *site,
                                    struct problems *problems)
{
	struct planner p = { pc, site, problems, { 0 } };

	if (site->hop) {
		plan_file(&p, "assay-seal.regexp");
		plan_services(&p);
		plan_parameters(&p, "main.cf.forward");
		look_at_ways_around(&p);
	}
	plan_parameters(&p, "main.cf.milter");
	look_at_fronts(&p);
	return p.changes;
}
