/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay list`: senders whom a recipient, a domain or the whole site welcomes or blocks. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "cli/json_text.h"
#include "cli/option.h"
#include "setup/setup.h"
#include "store/people.h"
#include "store/store.h"

static const char help[] =
	"usage: assay list add welcome|block [OPTION]... PATTERN...\n"
	"       assay list remove welcome|block [OPTION]... PATTERN...\n"
	"       assay list show [welcome|block] [OPTION]...\n"
	"\n"
	"Keeps lists of senders in the store, for one recipient, one domain or the whole site. They\n"
	"hold from the next message on, beside those of rule files.\n"
	"\n"
	"PATTERN is an address, a domain (all of its addresses), or has * and ? in it. A welcome\n"
	"counts only where DKIM or SPF show that the mail is the sender's.\n"
	"\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --store URI       instead of the configuration's store\n"
	"      --recipient NAME  whose list: an address or a domain; without it, the site's, and of\n"
	"                        show, all\n"
	"      --unauthenticated the welcome counts for whoever writes this sender's address\n"
	"      --json            one JSON object per line\n"
	"\n"
	"Exit status: 0; 64 wrong arguments, 75 where the store can't be reached, 78 for an unusable\n"
	"configuration.\n";

enum list_action {
	LIST_ADD,
	LIST_REMOVE,
	LIST_SHOW,
};

struct list_options {
	struct arena *arena;
	const char *config;
	const char *store;
	enum list_action action;
	bool has_list;
	enum people_list list;
	struct str scope; /* empty: the site's */
	bool has_scope;
	bool unauthenticated;
	bool json;
	bool help;
	struct str_list patterns;
};

static const char *list_name(enum people_list list)
{
	return list == PEOPLE_BLOCKED ? "block" : "welcome";
}

/* Arguments. */

static int read_option(int option, struct list_options *options)
{
	struct error err;

	switch (option) {
	case 'c':
		options->config = optarg;
		return EX_OK;
	case 's':
		options->store = optarg;
		return EX_OK;
	case 'r':
		options->has_scope = true;
		if (people_scope(options->arena, str_from(optarg), &options->scope, &err))
			return EX_OK;
		return cli_usage_error("list", "--recipient %s", err.text);
	case 'u':
		options->unauthenticated = true;
		return EX_OK;
	case 'j':
		options->json = true;
		return EX_OK;
	case 'h':
		options->help = true;
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

static bool read_action(const char *word, struct list_options *options)
{
	static const char *const names[] = { "add", "remove", "show" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(word, names[i]) == 0) {
			options->action = (enum list_action)i;
			return true;
		}
	}
	return false;
}

static bool read_list(const char *word, struct list_options *options)
{
	options->has_list = true;
	options->list = strcmp(word, "block") == 0 ? PEOPLE_BLOCKED : PEOPLE_WELCOMED;
	return strcmp(word, "block") == 0 || strcmp(word, "welcome") == 0;
}

static int read_patterns(int count, char **words, struct list_options *options)
{
	struct error err;

	for (int i = 0; i < count; i++) {
		struct str pattern;

		if (!people_pattern(options->arena, str_from(words[i]), &pattern, &err))
			return cli_usage_error("list", "%s", err.text);
		vec_push(options->arena, &options->patterns, pattern);
	}
	return EX_OK;
}

static int read_words(int count, char **words, struct list_options *options)
{
	if (count == 0)
		return cli_usage_error("list", "say what to do: add, remove or show");
	if (!read_action(words[0], options))
		return cli_usage_error("list", "say add, remove or show, not \"%s\"", words[0]);
	if (count > 1 && !read_list(words[1], options))
		return cli_usage_error("list", "there is no list \"%s\"; write welcome or block",
		                       words[1]);
	if (options->action == LIST_SHOW)
		return count <= 2 ? EX_OK
		                  : cli_usage_error("list", "unexpected argument \"%s\"", words[2]);
	if (count < 3)
		return cli_usage_error("list", "say which list, welcome or block, and whom");
	if (options->unauthenticated &&
	    (options->action == LIST_REMOVE || options->list == PEOPLE_BLOCKED))
		return cli_usage_error("list", "--unauthenticated is for add welcome");
	return read_patterns(count - 2, words + 2, options);
}

static int read_arguments(int argc, char **argv, struct list_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "store", required_argument, NULL, 's' },
		{ "recipient", required_argument, NULL, 'r' },
		{ "unauthenticated", no_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EX_OK;

	optind = 1;
	while (status == EX_OK && (option = option_next("list", argc, argv, "c:h", names)) != -1)
		status = read_option(option, options);
	if (status != EX_OK || options->help)
		return status;
	return read_words(argc - optind, argv + optind, options);
}

/* Output. */

static json_t *json_entry(struct arena *arena, const struct people_entry *entry)
{
	json_t *object = json_object();

	json_object_set_new(object, "list", json_string(list_name(entry->list)));
	json_object_set_new(object, "recipient", json_text(arena, entry->scope));
	json_object_set_new(object, "pattern", json_text(arena, entry->pattern));
	json_object_set_new(object, "unauthenticated", json_boolean(entry->unauthenticated));
	return object;
}

static void print_json(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void print_entry(const struct list_options *options, const struct people_entry *entry)
{
	struct arena *arena = options->arena;

	if (options->json) {
		print_json(json_entry(arena, entry));
		return;
	}
	printf("%-8s %-28.*s %.*s%s\n", list_name(entry->list),
	       STR_FMT(entry->scope.len > 0 ? shown_text(arena, entry->scope)
	                                    : STR("(whole site)")),
	       STR_FMT(shown_text(arena, entry->pattern)),
	       entry->unauthenticated ? "  (also without DKIM or SPF)" : "");
}

static void print_change(const struct list_options *options, const struct people_entry *entry,
                         bool changed)
{
	bool adds = options->action == LIST_ADD;

	if (options->json) {
		json_t *object = json_entry(options->arena, entry);

		json_object_set_new(object, "changed", json_boolean(changed));
		print_json(object);
		return;
	}
	printf("%s: %.*s\n",
	       adds ? (changed ? "added" : "was there already")
	            : (changed ? "removed" : "was not there"),
	       STR_FMT(shown_text(options->arena, entry->pattern)));
}

/* What is asked for. */

static bool change(const struct list_options *options, struct people_store *store,
                   struct error *err_r)
{
	for (size_t i = 0; i < options->patterns.len; i++) {
		struct people_entry entry = {
			.scope = options->scope,
			.pattern = options->patterns.items[i],
			.list = options->list,
			.unauthenticated = options->unauthenticated,
		};
		bool changed;

		if (options->action == LIST_ADD ? !people_enter(store, &entry, &changed, err_r)
		                                : !people_remove(store, &entry, &changed, err_r))
			return false;
		print_change(options, &entry, changed);
	}
	return true;
}

/* On stderr, so that programs which read the lists see nothing in them. */
static void tell_empty(const struct list_options *options)
{
	if (!options->json)
		fputs(options->has_list || options->has_scope
		              ? "assay list: the list has nothing of that\n"
		              : "assay list: no list has anything\n",
		      stderr);
}

static bool show(const struct list_options *options, struct people_store *store,
                 struct error *err_r)
{
	static const enum people_list lists[] = { PEOPLE_WELCOMED, PEOPLE_BLOCKED };
	const struct str *scope = options->has_scope ? &options->scope : NULL;
	size_t shown = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct people_entry_list entries;

		if (options->has_list && options->list != lists[i])
			continue;
		if (!people_show(store, options->arena, lists[i], scope, &entries, err_r))
			return false;
		shown += entries.len;
		for (size_t k = 0; k < entries.len; k++)
			print_entry(options, &entries.items[k]);
	}
	if (shown == 0)
		tell_empty(options);
	return true;
}

static int run(const struct list_options *options, const char *uri)
{
	bool shows = options->action == LIST_SHOW;
	struct people_store *store;
	struct error err;
	bool ok;

	if (shows && !people_exist(uri)) {
		tell_empty(options);
		return EX_OK;
	}
	store = people_open(uri, shows ? PEOPLE_PEEK : PEOPLE_EDIT, &err);
	ok = store != NULL && (shows ? show(options, store, &err) : change(options, store, &err));
	people_close(store);
	if (!ok)
		fprintf(stderr, "assay list: store: %s\n", err.text);
	return ok ? EX_OK : EX_TEMPFAIL;
}

static int find_store(const struct list_options *options, const char **uri_r)
{
	const struct cli_conf conf = { .path = options->config };
	const char *path = cli_conf_path(&conf);
	struct problems problems;
	struct settings settings;
	struct error err;
	bool ok = true;

	*uri_r = options->store;
	if (*uri_r != NULL)
		return store_check_uri(*uri_r, &err) ? EX_OK
		                                     : cli_usage_error("list", "%s", err.text);
	problems_init(&problems, options->arena);
	settings_init(&settings, options->arena);
	if (path != NULL)
		ok = settings_read(&settings, options->arena, path, &problems);
	setup_print_problems(&problems);
	*uri_r = arena_cstr(options->arena, settings.store);
	if (ok && !store_check_uri(*uri_r, &err)) {
		fprintf(stderr, "assay list: %s\n", err.text);
		ok = false;
	}
	return ok ? EX_OK : EX_CONFIG;
}

int cli_list(int argc, char **argv)
{
	struct list_options options = { .arena = arena_new() };
	int status = read_arguments(argc, argv, &options);
	const char *uri;

	if (options.help)
		fputs(help, stdout);
	else if (status == EX_OK)
		status = find_store(&options, &uri);
	if (status == EX_OK && !options.help)
		status = run(&options, uri);
	arena_free(options.arena);
	return status;
}
