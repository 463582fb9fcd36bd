/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay postfix`: attaches the filter to the Postfix of this host, and detaches it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "cli/cli.h"
#include "cli/config_block.h"
#include "cli/key_file.h"
#include "cli/option.h"
#include "cli/postfix_change.h"
#include "cli/postfix_plan.h"
#include "cli/postfix_socket.h"
#include "cli/program.h"
#include "setup/setup.h"

#define OWNER       "assay postfix attach"
#define RECORD_NAME "assay-attached.json"

static const char help[] =
	"usage: assay postfix attach [--hop] [OPTION]...\n"
	"       assay postfix detach [OPTION]...\n"
	"\n"
	"Attaches the filter to the Postfix of this host: shows each change of main.cf, master.cf and\n"
	"assay.conf, and makes it. Detaching undoes exactly that. Where something of the site's own\n"
	"stands in the way, that is told and nothing is changed.\n"
	"\n"
	"      --hop               the forward hop, too: what is forwarded can be dropped\n"
	"  -n, --dry-run           only show the changes\n"
	"  -c, --config FILE       the filter's configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --config-dir DIR    Postfix's directory with main.cf (default: Postfix's own)\n"
	"      --templates DIR     the files of contrib/postfix (default: " ASSAY_DATADIR
	"/postfix)\n"
	"      --no-reload         neither reload Postfix nor restart the filter\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 73 a change could not be made, and those before it were\n"
	"undone; 78 something stands in the way.\n";

struct postfix_run {
	struct arena *arena;
	struct postconf pc;
	struct postfix_site site;
	struct settings settings;
	struct problems problems;
	struct mta_change_list done; /* what the record says was changed before */
	struct str queue_directory;
	const char *conf_path;
	const char *record_path;
	bool dry_run;
	bool no_reload;
};

static int complain(const struct error *error, int status)
{
	fprintf(stderr, "assay postfix: %s\n", error->text);
	return status;
}

static bool look_at_postfix(struct postfix_run *run, struct error *error)
{
	struct str directory;

	if (!postconf_value(&run->pc, "config_directory", &directory, error) ||
	    !postconf_value(&run->pc, "queue_directory", &run->queue_directory, error))
		return false;
	run->site.queue_directory = run->queue_directory;
	run->site.directory = run->pc.directory != NULL ? str_from(run->pc.directory) : directory;
	run->record_path =
		arena_printf(run->arena, "%.*s/" RECORD_NAME, STR_FMT(run->site.directory)).data;
	return mta_change_load(run->arena, run->record_path, &run->done, error);
}

static bool look_at_filter(struct postfix_run *run)
{
	if (settings_read(&run->settings, run->arena, run->conf_path, &run->problems))
		return true;
	setup_print_problems(&run->problems);
	return false;
}

/* Writes another text of assay.conf, unless that would be wrong. */
static bool write_conf(struct postfix_run *run, struct str text, struct error *error)
{
	struct settings settings;
	struct problems problems;

	problems_init(&problems, run->arena);
	settings_init(&settings, run->arena);
	if (!settings_parse(&settings, run->arena, text, run->conf_path, &problems))
		return error_set(error, "%s: would be wrong then: %.*s", run->conf_path,
		                 STR_FMT(problems.items[0].text));
	return replace_file(run->conf_path, text, 0644, REPLACE_FILE_DURABLE | REPLACE_FILE_KEEP,
	                    error);
}

/* What systemd's unit makes at each start. */
static void make_socket_directory(struct postfix_run *run)
{
	const char *path =
		arena_printf(run->arena, "%.*s/assay", STR_FMT(run->queue_directory)).data;
	struct account account;
	struct error error;
	gid_t group;

	if (geteuid() != 0 || access(path, F_OK) == 0 ||
	    !account_find(run->arena,
	                  run->settings.user.len > 0 ? run->settings.user : STR("assay"), &account,
	                  &error) ||
	    !account_find_group(run->arena, STR("postfix"), &group, &error) ||
	    mkdir(path, 0750) != 0)
		return;
	if (chown(path, account.uid, group) != 0 || chmod(path, 02750) != 0)
		fprintf(stderr, "assay postfix: %s: %s\n", path, strerror(errno));
}

static bool make_key(struct postfix_run *run, const char *path, struct error *error)
{
	gid_t group;

	return access(path, F_OK) == 0 ||
	       (key_file_group(run->arena, &run->settings, &group, error) &&
	        key_file_make(path, group, error));
}

static bool systemd_runs(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* Postfix reads its files anew, and the filter its own, which it can't while it runs: sockets. */
static void bring_into_force(struct postfix_run *run, bool conf_changed)
{
	struct str_list restart = { 0 };
	struct error error;
	struct str output;

	if (run->no_reload)
		return;
	vec_push(run->arena, &restart, STR("systemctl"));
	vec_push(run->arena, &restart, STR("restart"));
	vec_push(run->arena, &restart, STR("assayd"));
	if (conf_changed && systemd_runs() && !program_run(run->arena, &restart, &output, &error))
		complain(&error, 0);
	else if (conf_changed && !systemd_runs())
		puts("Now restart assayd, which listens at another address from then on.");
	if (!postconf_postfix(&run->pc, "status", &error))
		puts("Postfix does not run; it takes the changes when it is started.");
	else if (!postconf_postfix(&run->pc, "reload", &error))
		complain(&error, 0);
}

/* What was changed before and now; the state before the first change is what counts. */
static struct mta_change_list join(struct postfix_run *run, const struct mta_change_list *now)
{
	struct mta_change_list all = { 0 };
	const struct mta_change *change;

	vec_foreach (&run->done, change) {
		const struct mta_change *newer = mta_change_find(now, change->kind, change->name);
		struct mta_change joined = *change;

		if (newer != NULL)
			joined.after = newer->after;
		vec_push(run->arena, &all, joined);
	}
	vec_foreach (now, change)
		if (mta_change_find(&run->done, change->kind, change->name) == NULL)
			vec_push(run->arena, &all, *change);
	return all;
}

static bool change_all(struct postfix_run *run, const struct mta_change_list *changes,
                       const struct postfix_socket *socket, struct error *error)
{
	struct str text;
	struct error second;

	if (!cli_read_file(run->arena, run->conf_path, &text, error) ||
	    !write_conf(run,
	                config_block_add(run->arena, text, OWNER, socket->keys, socket->sections),
	                error))
		return false;
	if (postfix_change_make(&run->pc, run->site.directory, changes, error))
		return true;
	if (!replace_file(run->conf_path, text, 0644, REPLACE_FILE_DURABLE | REPLACE_FILE_KEEP,
	                  &second))
		complain(&second, 0);
	return false;
}

/* The record is written first: what isn't in it can't be undone. */
static int carry_out(struct postfix_run *run, const struct mta_change_list *changes,
                     const struct postfix_socket *socket, const char *key)
{
	struct mta_change_list all = join(run, changes);
	struct error error, second;

	if (run->site.hop && run->settings.seal_key_file.len == 0 && !make_key(run, key, &error))
		return complain(&error, EX_CANTCREAT);
	if (!mta_change_save(&all, run->record_path, &error))
		return complain(&error, EX_CANTCREAT);
	if (!change_all(run, changes, socket, &error)) {
		if (run->done.len == 0)
			unlink(run->record_path);
		else if (!mta_change_save(&run->done, run->record_path, &second))
			complain(&second, 0);
		return complain(&error, EX_CANTCREAT);
	}
	make_socket_directory(run);
	bring_into_force(run, socket->keys.len > 0 || socket->sections.len > 0);
	puts("Attached; `assay postfix detach` undoes it.");
	return EX_OK;
}

static int attach(struct postfix_run *run)
{
	const char *slash = strrchr(run->conf_path, '/');
	const char *key =
		arena_printf(run->arena, "%.*sseal.key",
	                     slash != NULL ? (int)(slash - run->conf_path) + 1 : 0, run->conf_path)
			.data;
	struct postfix_socket socket =
		postfix_socket_choose(run->arena, &run->settings, run->queue_directory, key,
	                              run->site.hop, &run->problems);
	struct mta_change_list changes;

	run->site.socket = socket.name;
	changes = postfix_plan(&run->pc, &run->site, &run->problems);
	setup_print_problems(&run->problems);
	if (run->problems.errors > 0) {
		fputs("assay postfix: nothing was changed\n", stderr);
		return EX_CONFIG;
	}
	if (changes.len == 0 && socket.keys.len == 0 && socket.sections.len == 0) {
		puts("Nothing to change: the filter is attached.");
		return EX_OK;
	}
	puts(run->dry_run ? "Would be changed:" : "Changes:");
	if (socket.keys.len > 0 || socket.sections.len > 0)
		postfix_change_show_lines(run->conf_path,
		                          arena_printf(run->arena, "%.*s%.*s", STR_FMT(socket.keys),
		                                       STR_FMT(socket.sections)));
	postfix_change_show(run->arena, run->site.directory, &changes);
	fflush(stdout);
	return run->dry_run ? EX_OK : carry_out(run, &changes, &socket, key);
}

static bool undo_all(struct postfix_run *run, struct error *error)
{
	struct str text;

	for (size_t i = run->done.len; i > 0; i--)
		if (!postfix_change_undo(&run->pc, run->site.directory, &run->done.items[i - 1],
		                         error))
			return false;
	return cli_read_file(run->arena, run->conf_path, &text, error) &&
	       write_conf(run, config_block_remove(run->arena, text, OWNER), error);
}

/* Mail that waits for a transport of the hop has to find another way. */
static void requeue(struct postfix_run *run)
{
	struct str_list arguments = { 0 };
	struct error error;
	struct str output;

	if (run->no_reload || mta_change_find(&run->done, MTA_SERVICE, STR("fwdout/unix")) == NULL)
		return;
	vec_push(run->arena, &arguments, STR("postsuper"));
	if (run->pc.directory != NULL) {
		vec_push(run->arena, &arguments, STR("-c"));
		vec_push(run->arena, &arguments, str_from(run->pc.directory));
	}
	vec_push(run->arena, &arguments, STR("-r"));
	vec_push(run->arena, &arguments, STR("ALL"));
	if (!program_run(run->arena, &arguments, &output, &error))
		complain(&error, 0);
}

static int detach(struct postfix_run *run)
{
	struct error error;

	/* Without a change of Postfix there may be one of assay.conf. */
	if (access(run->record_path, F_OK) != 0) {
		puts("Nothing to undo: `assay postfix attach` has changed nothing here.");
		return EX_OK;
	}
	if (run->dry_run) {
		puts("Would be undone:");
		postfix_change_show(run->arena, run->site.directory, &run->done);
		return EX_OK;
	}
	if (!undo_all(run, &error))
		return complain(&error, EX_CANTCREAT);
	bring_into_force(run, true);
	requeue(run);
	if (unlink(run->record_path) != 0) {
		error_set(&error, "%s: cannot be removed: %s", run->record_path, strerror(errno));
		return complain(&error, EX_CANTCREAT);
	}
	puts("Detached.");
	return EX_OK;
}

static int start(struct postfix_run *run, const char *command)
{
	struct error error;

	if (!look_at_postfix(run, &error))
		return complain(&error, EX_CONFIG);
	if (!look_at_filter(run))
		return EX_CONFIG;
	return strcmp(command, "attach") == 0 ? attach(run) : detach(run);
}

static int run_in(struct arena *arena, int argc, char **argv)
{
	static const struct option options[] = {
		{ "hop", no_argument, NULL, 'H' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "config", required_argument, NULL, 'c' },
		{ "config-dir", required_argument, NULL, 'd' },
		{ "templates", required_argument, NULL, 't' },
		{ "no-reload", no_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct postfix_run run = { .arena = arena,
		                   .pc = { .arena = arena },
		                   .site = { .templates = STR(ASSAY_DATADIR "/postfix") },
		                   .conf_path = CLI_DEFAULT_CONF };
	int option;

	problems_init(&run.problems, arena);
	settings_init(&run.settings, arena);
	while ((option = option_next("postfix", argc, argv, "nc:h", options)) != -1) {
		if (option == 'H') {
			run.site.hop = true;
		} else if (option == 'n') {
			run.dry_run = true;
		} else if (option == 'c') {
			run.conf_path = optarg;
		} else if (option == 'd') {
			run.pc.directory = optarg;
		} else if (option == 't') {
			run.site.templates = str_from(optarg);
		} else if (option == 'R') {
			run.no_reload = true;
		} else if (option == 'h') {
			fputs(help, stdout);
			return EX_OK;
		} else {
			return EX_USAGE;
		}
	}
	if (optind == argc)
		return cli_usage_error("postfix", "say what to do: attach or detach");
	if (strcmp(argv[optind], "attach") != 0 && strcmp(argv[optind], "detach") != 0)
		return cli_usage_error("postfix", "unknown command \"%s\"; write attach or detach",
		                       argv[optind]);
	if (optind + 1 < argc)
		return cli_usage_error("postfix", "unexpected argument \"%s\"", argv[optind + 1]);
	return start(&run, argv[optind]);
}

int cli_postfix(int argc, char **argv)
{
	struct arena *arena = arena_new();
	int status = run_in(arena, argc, argv);

	arena_free(arena);
	return status;
}
