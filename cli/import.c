/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `assay import spamassassin`: what another filter was told, for this one. What rule files may say
 * goes into one of ours as it is, and is tried; users' lists go into the store; the rest is told.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/map.h"
#include "base/plural.h"
#include "base/replace_file.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/import_lines.h"
#include "cli/option.h"
#include "rules/model/plugin.h"
#include "setup/setup.h"
#include "store/people.h"

#define RULE_FILE    "rules.d/spamassassin.cf"
#define SETTING_FILE "spamassassin.conf"
/* How they are written. */
#define HOW (REPLACE_FILE_DURABLE | REPLACE_FILE_KEEP)

static const char help[] =
	"usage: assay import spamassassin DIR [OPTION]...\n"
	"\n"
	"Takes over what SpamAssassin was told: DIR/*.pre and DIR/*.cf with what they include, and users'\n"
	"preferences: DIR/ADDRESS/user_prefs, and DIR/user_prefs with --recipient. Prints what becomes of\n"
	"each line.\n"
	"\n"
	"      --to DIR          where to write " RULE_FILE ", which holds as it is, and\n"
	"                        " SETTING_FILE ", whose lines go into assay.conf (default:\n"
	"                        " ASSAY_SYSCONFDIR ")\n"
	"      --recipient ADDR  whose DIR/user_prefs is: an address or a domain\n"
	"      --user ADDR=FILE  preferences that are elsewhere; may be repeated\n"
	"      --unauthenticated welcomelist_from counts for whoever writes that sender into From, as\n"
	"                        SpamAssassin takes it; otherwise DKIM or SPF must show who it is\n"
	"  -n, --dry-run         write nothing: no file, no list\n"
	"      --force           replace the two files where they are there already\n"
	"  -c, --config FILE     the configuration, which names the store of the lists (default:\n"
	"                        " CLI_DEFAULT_CONF ")\n"
	"      --store URI       instead of the configuration's store\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 66 a file can't be read; 73 a file is there already, or\n"
	"can't be written; 75 the store can't be reached; 78 a mistake in the configuration.\n";

/* What was learned is in these. */
static const char *const learned_files[] = { "bayes_toks", "bayes_seen", "bayes.toks",
	                                     "bayes_journal" };

struct import {
	struct arena *arena;
	struct cli_conf conf;
	const char *directory, *to, *store, *recipient;
	vec_of(struct str) users; /* ADDRESS=FILE */
	bool unauthenticated, dry_run, force, help;
	struct settings settings;
	struct import_line_list site, personal;
	struct people_entry_list entries;
	struct str_list site_settings;
	struct strbuf sections; /* [recipient …] */
};

static int fail(const struct error *error, int status)
{
	fprintf(stderr, "assay import: %s\n", error->text);
	return status;
}

/* Arguments. */

static int read_option(struct import *import, int option)
{
	switch (option) {
	case 'c':
		import->conf.path = optarg;
		return -1;
	case 't':
		import->to = optarg;
		return -1;
	case 'r':
		import->recipient = optarg;
		return -1;
	case 'u':
		vec_push(import->arena, &import->users, str_from(optarg));
		return -1;
	case 's':
		import->store = optarg;
		return -1;
	case 'U':
		import->unauthenticated = true;
		return -1;
	case 'n':
		import->dry_run = true;
		return -1;
	case 'f':
		import->force = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

static int read_arguments(struct import *import, int argc, char **argv)
{
	static const struct option names[] = {
		{ "to", required_argument, NULL, 't' },
		{ "recipient", required_argument, NULL, 'r' },
		{ "user", required_argument, NULL, 'u' },
		{ "unauthenticated", no_argument, NULL, 'U' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "force", no_argument, NULL, 'f' },
		{ "config", required_argument, NULL, 'c' },
		{ "store", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int status = -1, option;

	while (status < 0 && (option = option_next("import", argc, argv, "nc:h", names)) != -1)
		status = read_option(import, option);
	if (status >= 0)
		return status;
	if (optind == argc)
		return cli_usage_error("import", "say from what: spamassassin");
	if (strcmp(argv[optind], "spamassassin") != 0)
		return cli_usage_error("import", "nothing is known of \"%s\"; write spamassassin",
		                       argv[optind]);
	if (argc - optind < 2)
		return cli_usage_error("import", "say which directory, as /etc/spamassassin");
	if (argc - optind > 2)
		return cli_usage_error("import", "unexpected argument \"%s\"", argv[optind + 2]);
	import->directory = argv[optind + 1];
	return -1;
}

/* Users. */

static bool add_user(struct import *import, struct str address, const char *path,
                     struct error *err_r)
{
	struct import_user user = { .unauthenticated = import->unauthenticated };
	struct import_line_list lines = { 0 };
	struct error why;

	if (!people_scope(import->arena, address, &user.recipient, &why))
		return error_set(err_r, "%s: whose is it? %s", path, why.text);
	if (!import_read_file(import->arena, path, &lines, err_r))
		return false;
	import_user_lines(import->arena, &lines, &user);
	for (size_t i = 0; i < lines.len; i++)
		vec_push(import->arena, &import->personal, lines.items[i]);
	for (size_t i = 0; i < user.entries.len; i++)
		vec_push(import->arena, &import->entries, user.entries.items[i]);
	if (user.settings.len > 0)
		strbuf_printf(&import->sections, "\n# %s\n[recipient %.*s]\n",
		              arena_cstr(import->arena, shown_text(import->arena, str_from(path))),
		              STR_FMT(user.recipient));
	for (size_t i = 0; i < user.settings.len; i++)
		strbuf_printf(&import->sections, "%.*s\n", STR_FMT(user.settings.items[i]));
	return true;
}

static int is_address(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strchr(entry->d_name, '@') != NULL;
}

/* DIR/ADDRESS/user_prefs. */
static bool add_folders(struct import *import, struct error *err_r)
{
	struct dirent **entries;
	int count = scandir(import->directory, &entries, is_address, alphasort);
	bool ok = count >= 0;

	if (!ok)
		return error_set(err_r, "%s: can't be read: %s", import->directory,
		                 strerror(errno));
	for (int i = 0; i < count; i++) {
		struct str name = arena_str(import->arena, str_from(entries[i]->d_name));
		struct str path = arena_printf(import->arena, "%s/%.*s/user_prefs",
		                               import->directory, STR_FMT(name));

		if (ok && access(path.data, F_OK) == 0)
			ok = add_user(import, name, path.data, err_r);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

/* DIR/user_prefs, whose owner has to be told. */
static bool add_own(struct import *import, struct error *err_r)
{
	struct str path = arena_printf(import->arena, "%s/user_prefs", import->directory);

	if (access(path.data, F_OK) != 0)
		return import->recipient == NULL ||
		       error_set(err_r, "%s: %s", path.data, strerror(errno));
	if (import->recipient == NULL)
		return error_set(err_r, "%s: say whose it is by --recipient ADDRESS", path.data);
	return add_user(import, str_from(import->recipient), path.data, err_r);
}

static bool add_named(struct import *import, struct error *err_r)
{
	for (size_t i = 0; i < import->users.len; i++) {
		struct str text = import->users.items[i];
		ptrdiff_t equals = str_find_char(text, '=');
		const char *path;

		if (equals <= 0)
			return error_set(err_r, "--user takes ADDRESS=FILE");
		path = arena_cstr(import->arena, str_from_offset(text, (size_t)equals + 1));
		if (!add_user(import, str_prefix(text, (size_t)equals), path, err_r))
			return false;
	}
	return true;
}

/* Site. */

static bool is_foreign_plugin(const struct import_line *line)
{
	return (str_eq(line->keyword, STR("loadplugin")) ||
	        str_eq(line->keyword, STR("tryplugin"))) &&
	       !str_starts(line->value, STR(PLUGIN_PREFIX));
}

/* What needs no trying. */
static void decide_site(struct import *import)
{
	struct import_line *line;

	vec_foreach (&import->site, line) {
		if (line->fate != IMPORT_TAKEN)
			continue;
		if (str_eq(line->keyword, STR("require_version"))) {
			line->fate = IMPORT_NO_EFFECT;
			line->note = STR("the language of rules is that of 4.0");
		} else if (is_foreign_plugin(line)) {
			line->fate = IMPORT_NO_EFFECT;
			line->note =
				STR("Perl of your own is not run; `ifplugin` doesn't hold for it");
		} else {
			import_setting(import->arena, line, &import->site_settings);
		}
	}
}

/* By its line in our rule file. */
static struct import_line *line_written(struct import *import, struct map *written, unsigned number)
{
	return map_get(written, arena_printf(import->arena, "%u", number));
}

static struct map *index_lines(struct import *import)
{
	struct map *written = map_new(import->arena, MAP_EXACT);
	struct import_line *line;

	vec_foreach (&import->site, line)
		if (line->written > 0)
			map_set(written, arena_printf(import->arena, "%u", line->written), line);
	return written;
}

/* "PATH:LINE:COLUMN: what" of our rule file. */
static void take_problem(struct import *import, struct map *written, const char *path,
                         const struct problem *problem)
{
	struct str rest = problem->text, place = arena_printf(import->arena, "%s:", path), number;
	struct import_line *line;
	uint64_t value;
	ptrdiff_t end;

	if (!str_starts(rest, place))
		return;
	rest = str_from_offset(rest, place.len);
	if (!str_next_piece(&rest, ':', &number) || !str_to_uint(number, 1u << 30, &value))
		return;
	line = line_written(import, written, (unsigned)value);
	end = str_find(rest, STR(": "));
	if (line == NULL || line->fate != IMPORT_TAKEN)
		return;
	if (problem->severity == PROBLEM_WARNING)
		return;
	line->fate = IMPORT_REFUSED;
	line->note = end >= 0 ? str_from_offset(rest, (size_t)end + 2) : str_trim(rest);
	line->note = arena_str(import->arena, line->note);
}

static void take_off(struct import *import, struct map *written, const char *path,
                     const struct ruleset_note *note)
{
	struct import_line *line;

	if (note->chosen || note->at.file == NULL || strcmp(note->at.file, path) != 0)
		return;
	line = line_written(import, written, note->at.line);
	if (line == NULL || line->fate != IMPORT_TAKEN)
		return;
	line->fate = IMPORT_NO_EFFECT;
	line->note = str_from(note->reason);
}

static void take_ignored(struct import *import, const char *path, const struct ruleset_note *note)
{
	struct import_line *line;

	vec_foreach (&import->site, line) {
		struct str keyword = line->keyword;

		if (line->fate != IMPORT_TAKEN || line->written == 0 ||
		    !str_eq(keyword, note->name) ||
		    (note->some &&
		     (line->written != note->at.line || strcmp(note->at.file, path) != 0)))
			continue;
		line->fate = IMPORT_NO_EFFECT;
		line->note = str_from(note->reason);
	}
}

/* Why the configuration's own rules can't be loaded; what is wrong in the file at `path` is not
 * why. */
static struct str reason_of(const struct problems *problems, const char *path)
{
	const struct problem *problem;

	vec_foreach (problems, problem)
		if (problem->severity != PROBLEM_WARNING &&
		    !str_starts(problem->text, str_from(path)))
			return problem->text;
	return problems->items[problems->len - 1].text;
}

/* Reads the rule file after the rules that it will stand behind, and notes what is said of it. */
static bool try_rules(struct import *import, const char *path, struct error *err_r)
{
	struct ruleset_options options = { .paths = import->settings.rules,
		                           .network_tests = true,
		                           .local_resolver = true,
		                           .scanners = 1,
		                           .cache_directory = import->settings.cache_directory,
		                           .cached_only = true };
	struct ruleset_note_list off = { 0 }, ignored = { 0 };
	struct map *written = index_lines(import);
	struct problems problems;
	struct ruleset *set;

	vec_push(import->arena, &options.paths, str_from(path));
	problems_init(&problems, import->arena);
	set = ruleset_load(&options, &problems);
	for (size_t i = 0; i < problems.len; i++)
		take_problem(import, written, path, &problems.items[i]);
	if (set == NULL)
		return error_set(err_r,
		                 "the configuration's rules, behind which those taken over will "
		                 "stand, can't be loaded: %.*s; name the configuration with -c",
		                 STR_FMT(reason_of(&problems, path)));
	ruleset_list_off(set, import->arena, &off);
	ruleset_list_ignored(set, import->arena, &ignored);
	for (size_t i = 0; i < off.len; i++)
		take_off(import, written, path, &off.items[i]);
	for (size_t i = 0; i < ignored.len; i++)
		take_ignored(import, path, &ignored.items[i]);
	for (size_t i = 0; i < import->site.len; i++)
		import->site.items[i].note = arena_str(import->arena, import->site.items[i].note);
	ruleset_free(set);
	return true;
}

/* What is refused is not in the file that is written. */
static bool settle_rules(struct import *import, struct str *text_r, struct error *err_r)
{
	char path[] = "/tmp/assay-import-XXXXXX";
	int fd = mkstemp(path);
	struct str text = import_rule_text(import->arena, &import->site);
	bool ok;

	if (fd < 0)
		return error_set(err_r, "%s: can't be made: %s", path, strerror(errno));
	close(fd);
	ok = replace_file(path, text, 0600, HOW, err_r) && try_rules(import, path, err_r);
	unlink(path);
	*text_r = import_rule_text(import->arena, &import->site);
	return ok;
}

/* Writing. */

static struct str setting_text(struct import *import)
{
	struct strbuf buf;

	strbuf_init(&buf, import->arena);
	strbuf_add(&buf,
	           STR("# What SpamAssassin was told here, as settings: copy these lines into "
	               "assay.conf.\n"));
	for (size_t i = 0; i < import->site_settings.len; i++)
		strbuf_printf(&buf, "%.*s\n", STR_FMT(import->site_settings.items[i]));
	strbuf_add(&buf, strbuf_str(&import->sections));
	return strbuf_str(&buf);
}

static bool may_write(const struct import *import, const char *path, struct error *err_r)
{
	if (import->force || access(path, F_OK) != 0)
		return true;
	return error_set(
		err_r, "%s: is there already, and nothing was changed; --force replaces it", path);
}

static bool write_files(struct import *import, struct str rules, struct error *err_r)
{
	const char *rule_path = arena_printf(import->arena, "%s/" RULE_FILE, import->to).data;
	const char *setting_path = arena_printf(import->arena, "%s/" SETTING_FILE, import->to).data;
	const char *folder = arena_printf(import->arena, "%s/rules.d", import->to).data;

	if (!may_write(import, rule_path, err_r) || !may_write(import, setting_path, err_r))
		return false;
	if (mkdir(import->to, 0755) != 0 && errno != EEXIST)
		return error_set(err_r, "%s: can't be made: %s", import->to, strerror(errno));
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		return error_set(err_r, "%s: can't be made: %s", folder, strerror(errno));
	if (!replace_file(rule_path, rules, 0644, HOW, err_r) ||
	    !replace_file(setting_path, setting_text(import), 0644, HOW, err_r))
		return false;
	printf("written: %s\nwritten: %s\n", rule_path, setting_path);
	return true;
}

static bool enter_lists(struct import *import, struct error *err_r)
{
	const char *uri = import->store != NULL ? import->store
	                                        : arena_cstr(import->arena, import->settings.store);
	struct people_store *store;
	size_t added = 0;
	bool ok = true;

	if (import->entries.len == 0)
		return true;
	store = people_open(uri, PEOPLE_EDIT, err_r);
	for (size_t i = 0; ok && store != NULL && i < import->entries.len; i++) {
		bool changed;

		ok = people_enter(store, &import->entries.items[i], &changed, err_r);
		added += ok && changed;
	}
	people_close(store);
	if (store != NULL && ok)
		printf("added to lists: %zu %s; %zu %s there already\n", added,
		       plural(added, "entry", "entries"), import->entries.len - added,
		       plural(import->entries.len - added, "was", "were"));
	return store != NULL && ok;
}

static bool has_learned(const struct import *import)
{
	for (size_t i = 0; i < sizeof(learned_files) / sizeof(learned_files[0]); i++)
		if (access(arena_printf(import->arena, "%s/%s", import->directory, learned_files[i])
		                   .data,
		           F_OK) == 0)
			return true;
	for (size_t i = 0; i < import->site.len; i++)
		if (str_starts(import->site.items[i].keyword, STR("bayes_")))
			return true;
	return false;
}

static void print_next(const struct import *import)
{
	puts("\nNext:");
	if (import->site_settings.len > 0 || import->sections.len > 0)
		printf("  copy the lines of %s/" SETTING_FILE " into assay.conf\n", import->to);
	puts("  assay check-config");
	printf("%s",
	       has_learned(import)
	               ? "  what SpamAssassin's Bayes learned is not readable as mail; teach anew "
	                 "from the same folders:\n"
	               : "  teach it from the folders that you have:\n");
	puts("  assay learn --spam --maildir ~/Maildir/.Junk\n"
	     "  assay learn --ham --maildir ~/Maildir");
}

static int carry_out(struct import *import)
{
	struct import_line_list all = { 0 };
	struct error error;
	struct str rules;

	decide_site(import);
	if (!settle_rules(import, &rules, &error))
		return fail(&error, EX_CONFIG);
	for (size_t i = 0; i < import->site.len; i++)
		vec_push(import->arena, &all, import->site.items[i]);
	for (size_t i = 0; i < import->personal.len; i++)
		vec_push(import->arena, &all, import->personal.items[i]);
	import_print(import->arena, &all);
	if (import->dry_run) {
		puts("Nothing was written.");
		return EX_OK;
	}
	if (!write_files(import, rules, &error))
		return fail(&error, EX_CANTCREAT);
	if (!enter_lists(import, &error))
		return fail(&error, EX_TEMPFAIL);
	print_next(import);
	return EX_OK;
}

static int run(struct import *import)
{
	const char *path = cli_conf_path(&import->conf);
	struct problems problems;
	struct error error;

	problems_init(&problems, import->arena);
	settings_init(&import->settings, import->arena);
	if (path != NULL && !settings_read(&import->settings, import->arena, path, &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	if (!import_read_directory(import->arena, import->directory, &import->site, &error) ||
	    !add_own(import, &error) || !add_folders(import, &error) || !add_named(import, &error))
		return fail(&error, EX_NOINPUT);
	if (import->site.len + import->personal.len == 0) {
		error_set(&error, "%s: has no *.pre, *.cf or user_prefs with anything in it",
		          import->directory);
		return fail(&error, EX_NOINPUT);
	}
	return carry_out(import);
}

int cli_import(int argc, char **argv)
{
	struct import *import;
	struct arena *arena = arena_new();
	int status;

	import = arena_new_object(arena, struct import);
	import->arena = arena;
	import->to = ASSAY_SYSCONFDIR;
	strbuf_init(&import->sections, arena);
	status = read_arguments(import, argc, argv);
	if (status < 0)
		status = run(import);
	arena_free(arena);
	return status;
}
