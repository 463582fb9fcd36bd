/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/setup.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/socket_address.h"
#include "setup/named_files.h"
#include "setup/own_addresses.h"
#include "setup/secrets.h"
#include "store/lessons.h"
#include "store/store.h"

/* A port may have a name, of services(5). */
static void check_port(const struct settings *settings, const char *key, struct str text,
                       const char *port, struct problems *problems)
{
	if (port != NULL && !char_is_digit(port[0]) && getservbyname(port, "tcp") == NULL)
		problems_add(problems, PROBLEM_ERROR, settings_place(settings, key, text),
		             "%s %.*s: /etc/services has no port \"%s\"; write its number", key,
		             STR_FMT(text), port);
}

static void check_address(const struct settings *settings, const char *key, struct str text,
                          struct problems *problems)
{
	struct socket_address address;
	struct error error;

	if (!socket_address_parse(problems->arena, key, text, &address, &error))
		problems_add(problems, PROBLEM_ERROR, settings_place(settings, key, text), "%s",
		             error.text);
	else
		check_port(settings, key, text, address.port, problems);
}

/* Whoever can connect can reload, so there is no port for it. */
static void check_control(const struct settings *settings, struct problems *problems)
{
	struct str control = settings_address(settings->control);

	if (control.len == 0)
		return;
	if (str_starts(control, STR("unix:")) || str_starts(control, STR("local:")))
		check_address(settings, "control", control, problems);
	else
		problems_add(problems, PROBLEM_ERROR, settings_place(settings, "control", control),
		             "control %.*s: write unix:/path, such as "
		             "unix:/run/assay/control.sock, or none",
		             STR_FMT(control));
}

static void check_addresses(const struct settings *settings, struct problems *problems)
{
	const struct str *text;

	if (settings->listen.len == 0)
		problems_add(
			problems, PROBLEM_ERROR, NULL,
			"listen: no address; write for example listen unix:/run/assay/assay.sock");
	if (settings->listen.len > SETUP_LISTEN_MAX)
		problems_add(problems, PROBLEM_ERROR, NULL, "listen: at most %d addresses",
		             SETUP_LISTEN_MAX);
	vec_foreach (&settings->listen, text)
		check_address(settings, "listen", *text, problems);
	if (settings->srs_socketmap.len > 0)
		check_address(settings, "srs_socketmap", settings->srs_socketmap, problems);
	check_control(settings, problems);
	if (settings_address(settings->metrics).len > 0)
		check_address(settings, "metrics", settings->metrics, problems);
}

static void check_field_name(const struct settings *settings, const char *key, struct str name,
                             struct problems *problems)
{
	for (size_t i = 0; i < name.len; i++) {
		if (char_is_alnum(name.data[i]) || name.data[i] == '-' || name.data[i] == '_')
			continue;
		problems_add(problems, PROBLEM_ERROR, settings_place(settings, key, name),
		             "%s: \"%.*s\" is no name of a header field; write one like X-Staff",
		             key, STR_FMT(name));
		return;
	}
}

/* Links are made of it by what follows it, and stand in mail. */
static bool is_page_url(struct str url)
{
	bool tls = str_starts(url, STR("https://"));
	size_t host = strlen(tls ? "https://" : "http://");

	if (!tls && !str_starts(url, STR("http://")))
		return false;
	for (size_t i = host; i < url.len; i++)
		if (url.data[i] <= ' ' || url.data[i] >= 0x7f ||
		    strchr("?#\"<>\\^`{|}", url.data[i]) != NULL)
			return false;
	return url.len > host && char_is_alnum(url.data[host] == '[' ? '0' : url.data[host]);
}

/* As assay web will find it. */
static void check_page(const struct settings *settings, struct problems *problems)
{
	struct str url = settings->web_url;

	if (settings_address(settings->web).len > 0)
		check_address(settings, "web", settings->web, problems);
	if (url.len > 0 && !is_page_url(url))
		problems_add(problems, PROBLEM_ERROR, settings_place(settings, "web_url", url),
		             "web_url \"%.*s\": write the whole address, without blanks, ? and #, "
		             "such as https://mail.example.com/assay",
		             STR_FMT(url));
	check_field_name(settings, "web_staff_header", settings->web_staff_header, problems);
	check_field_name(settings, "web_account_header", settings->web_account_header, problems);
}

static void check_store(struct arena *arena, const struct settings *settings,
                        struct problems *problems)
{
	struct error error;

	if (!store_check_uri(arena_cstr(arena, settings->store), &error))
		problems_add(problems, PROBLEM_ERROR,
		             settings_place(settings, "store", settings->store), "%s", error.text);
	if (settings->lessons.len > 0 &&
	    !lessons_check_uri(arena_cstr(arena, settings->lessons), &error))
		problems_add(problems, PROBLEM_ERROR, settings_place_of(settings, "lessons"), "%s",
		             error.text);
}

static void check_memory(const struct settings *settings, struct problems *problems)
{
	int64_t least = (SETTINGS_MEMORY_OF_MESSAGE + 1) * settings->max_message_size;

	if (settings->max_memory > 0 && settings->max_memory < least)
		problems_add(problems, PROBLEM_ERROR, settings_place_of(settings, "max_memory"),
		             "max_memory is too small for messages of max_message_size; at least "
		             "%lld, or 0",
		             (long long)least);
}

static void check_authservs(const struct settings *settings, struct problems *problems)
{
	const struct str *name;

	vec_foreach (&settings->trusted_authserv, name)
		if (str_eq(*name, STR("*")))
			problems_add(problems, PROBLEM_WARNING,
			             settings_place(settings, "trusted_authserv", *name),
			             "trusted_authserv * believes what senders write about "
			             "themselves; in a filter, name your own hosts");
}

/* As assay release will read them. */
static bool smtp_is_valid(const struct settings *settings, const char *key, struct str text,
                          struct problems *problems)
{
	struct socket_address address;
	struct error error;
	struct str inet;

	if (!str_starts(text, STR("smtp:")))
		return false;
	inet = arena_printf(problems->arena, "inet:%.*s",
	                    STR_FMT(str_from_offset(text, strlen("smtp:"))));
	if (!socket_address_parse(problems->arena, key, inet, &address, &error))
		return false;
	check_port(settings, key, text, address.port, problems);
	return true;
}

static void check_release(const struct settings *settings, struct problems *problems)
{
	struct str own = settings->release_transport;
	bool program = str_starts(own, STR("sendmail:/"));

	if (!smtp_is_valid(settings, "release_via", settings->release_via, problems))
		problems_add(problems, PROBLEM_ERROR, settings_place_of(settings, "release_via"),
		             "\"%.*s\" is no value for release_via; write smtp:HOST:PORT, a "
		             "listener of the MTA that the filter is attached to",
		             STR_FMT(settings->release_via));
	if (own.len > 0 && !program && !smtp_is_valid(settings, "release_transport", own, problems))
		problems_add(problems, PROBLEM_ERROR,
		             settings_place(settings, "release_transport", own),
		             "\"%.*s\" is no value for release_transport; write smtp:HOST:PORT or "
		             "sendmail:/usr/sbin/sendmail",
		             STR_FMT(own));
	if (program && settings->web_customers_release)
		problems_add(problems, PROBLEM_WARNING,
		             settings_place(settings, "release_transport", own),
		             "release_transport is a program, which the filter may not start: what "
		             "links release goes by release_via; name a listener, smtp:HOST:PORT");
}

static void check_copies(const struct settings *settings, struct problems *problems)
{
	check_release(settings, problems);
	if (settings->discarded_copies.age_ms > 0 && settings->seal_key_file.len == 0)
		problems_add(
			problems, PROBLEM_WARNING, settings_place_of(settings, "discarded_copies"),
			"discarded_copies: without seal_key_file nothing can be released, since "
			"the filter would drop it once more; make a key with assay key new");
}

static void find_accounts(struct setup *setup, struct arena *arena, struct problems *problems)
{
	const struct settings *settings = &setup->settings;
	const struct source_position *at = settings_place(settings, "user", settings->user);
	struct error error;

	if (!account_find(arena, settings->user, &setup->account, &error))
		problems_add(problems, PROBLEM_ERROR, at, "%s", error.text);
	if (setup->account.beyond_us)
		problems_add(problems, PROBLEM_WARNING, at,
		             "user %.*s: only root can change to it; running as user id %u",
		             STR_FMT(settings->user), (unsigned)geteuid());
	if (!account_find_group(arena, settings->socket_group, &setup->socket_group, &error))
		problems_add(problems, PROBLEM_ERROR,
		             settings_place(settings, "socket_group", settings->socket_group), "%s",
		             error.text);
}

bool setup_read(struct setup *setup_r, struct arena *arena, const char *path,
                struct problems *problems)
{
	size_t errors = problems->errors;

	*setup_r = (struct setup){ .path = path };
	settings_init(&setup_r->settings, arena);
	if (path != NULL) {
		settings_read(&setup_r->settings, arena, path, problems);
		secrets_check(&setup_r->settings, path, problems);
	}
	check_addresses(&setup_r->settings, problems);
	own_addresses_check(&setup_r->settings, problems);
	check_page(&setup_r->settings, problems);
	check_store(arena, &setup_r->settings, problems);
	check_memory(&setup_r->settings, problems);
	check_authservs(&setup_r->settings, problems);
	check_copies(&setup_r->settings, problems);
	find_accounts(setup_r, arena, problems);
	setup_r->rules = rules_in_force_read(&setup_r->settings, path);
	return problems->errors == errors;
}

void setup_replace_rules(struct setup *setup, struct str_list paths)
{
	settings_set_rules(&setup->settings, paths);
	setup->rules = (struct rules_in_force){ 0 };
}

static bool check_rules(const struct setup *setup, struct setup_check *check,
                        struct problems *problems)
{
	struct rules_in_force next = rules_in_force_of(check->policy, problems);

	check->tests = ruleset_run_tests(check->policy->ruleset, problems);
	return setup->force_rules ||
	       rules_in_force_judge(&setup->rules, &next, &setup->settings, problems);
}

/* What root can read, the filter need not be able to. */
static void become_filter(const struct setup *setup, struct problems *problems)
{
	struct error error;

	if (!setup->account.change)
		return;
	if (!account_become(&setup->account, &error))
		problems_add(problems, PROBLEM_WARNING, NULL, "files are judged as root would: %s",
		             error.text);
	else if (setup->path != NULL && access(setup->path, R_OK) != 0)
		problems_add(problems, PROBLEM_WARNING, NULL,
		             "%s: user %.*s can't read it (%s), so no reload will succeed; give it "
		             "to that user's group",
		             setup->path, STR_FMT(setup->account.name), strerror(errno));
}

struct setup_check setup_check(const struct setup *setup, struct problems *problems)
{
	struct setup_check check = { 0 };

	become_filter(setup, problems);
	named_files_check(&setup->settings, !setup->account.beyond_us, problems);
	check.policy = policy_build(arena_new(), &setup->settings, problems);
	if (check.policy != NULL)
		check.ok = check_rules(setup, &check, problems);
	check.ok = check.ok && problems->errors == 0;
	return check;
}

void setup_print_problems(const struct problems *problems)
{
	const struct problem *problem;

	vec_foreach (problems, problem)
		fprintf(stderr, "%.*s%s\n", STR_FMT(problem->text),
		        problem->severity == PROBLEM_WARNING ? " (warning)" : "");
}
