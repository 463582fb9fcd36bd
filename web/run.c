/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/run.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "setup/account.h"
#include "setup/privileges.h"
#include "setup/seccomp.h"
#include "web/server.h"

/* How often it is looked whether rule files have changed. */
#define RULES_EVERY_S 30

struct running {
	struct arena *arena;
	const struct settings *settings;
	struct account account;
	struct link_key key;
	struct server *server;
	struct web web;
};

static int fail(int status, const struct error *error)
{
	log_error(NULL, "%s", error->text);
	return status;
}

static bool find_access(struct running *running, struct socket_access *access_r,
                        struct error *err_r)
{
	const struct settings *settings = running->settings;

	access_r->mode = (mode_t)settings->socket_mode;
	access_r->owner = (uid_t)-1;
	access_r->group = (gid_t)-1;
	if (settings->user.len > 0 &&
	    !account_find(running->arena, settings->user, &running->account, err_r))
		return false;
	if (!account_find_group(running->arena, settings->web_socket_group, &access_r->group,
	                        err_r))
		return false;
	if (running->account.change) {
		access_r->owner = running->account.uid;
		if (access_r->group == (gid_t)-1)
			access_r->group = running->account.gid;
	}
	return true;
}

static bool check_ways_in(const struct settings *settings, struct error *err_r)
{
	return settings->web_key_file.len > 0 || settings->web_staff_header.len > 0 ||
	       settings->web_account_header.len > 0 ||
	       error_set(err_r, "nobody could see anything: set web_key_file, for links, or "
	                        "web_staff_header or web_account_header");
}

static bool open_all(struct running *running, struct error *err_r)
{
	struct str address = settings_address(running->settings->web);
	struct socket_access access;

	if (address.len == 0)
		return error_set(err_r,
		                 "web is none: nothing to serve; write web unix:/path or web "
		                 "inet:127.0.0.1:8080");
	if (!check_ways_in(running->settings, err_r) || !find_access(running, &access, err_r))
		return false;
	running->server =
		server_open(running->arena, address, running->settings->web_remote, &access, err_r);
	return running->server != NULL;
}

static void restrict_calls(const struct settings *settings)
{
	struct error error;

	if (settings->seccomp && !seccomp_restrict(&error))
		log_warning(NULL, "system calls are not restricted: %s", error.text);
}

/* As the final user, so that what can't be read is told now. */
static bool prepare(struct running *running, struct error *err_r)
{
	const struct settings *settings = running->settings;
	struct web *web = &running->web;

	if (settings->web_key_file.len > 0) {
		if (!link_key_read(arena_cstr(running->arena, settings->web_key_file),
		                   &running->key, err_r))
			return false;
		web->visitors.key = &running->key;
	}
	web->visitors.epochs_path = arena_cstr(running->arena, settings->web_links_file);
	web->visitors.staff_header = settings->web_staff_header;
	web->visitors.account_header = settings->web_account_header;
	web->control = settings_address(settings->control);
	web->service = settings->service_name;
	web->customers_release = settings->web_customers_release;
	web->customers_lists = settings->web_customers_lists;
	web->required_score = settings->required_score;
	web->support_url = settings->support_url;
	web->settings = settings;
	web->readers = readers_new(arena_cstr(running->arena, settings->store));
	web->rules = rule_texts_new(settings);
	return true;
}

static void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

static void serve(struct running *running)
{
	const struct timespec every = { .tv_sec = RULES_EVERY_S };
	sigset_t signals;

	stop_signals(&signals);
	do
		rule_texts_refresh(running->web.rules);
	while (sigtimedwait(&signals, NULL, &every) < 0);
}

static int start_and_serve(struct running *running)
{
	struct error error;
	sigset_t signals;

	/* Before the first thread: they are all for the one that waits. */
	stop_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (!privileges_drop(&running->account, &error))
		return fail(EX_OSERR, &error);
	restrict_calls(running->settings);
	if (!prepare(running, &error))
		return fail(EX_CONFIG, &error);
	if (!server_start(running->server, &running->web, &error))
		return fail(EX_OSERR, &error);
	log_info(NULL, "serving %s", server_text(running->arena, running->server));
	serve(running);
	return EX_OK;
}

int run_web(struct arena *arena, const struct settings *settings)
{
	struct running running = { .arena = arena, .settings = settings };
	struct error error;
	int status;

	log_open("assay-web", settings->log);
	if (!open_all(&running, &error))
		return fail(EX_CONFIG, &error);
	status = start_and_serve(&running);
	if (!server_close(running.server))
		_exit(status);
	readers_free(running.web.readers);
	rule_texts_free(running.web.rules);
	return status;
}
