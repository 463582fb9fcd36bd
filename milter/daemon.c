/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/plural.h"
#include "base/trouble.h"
#include "milter/adapted_watch.h"
#include "milter/admission.h"
#include "milter/connection_limits.h"
#include "milter/control_server.h"
#include "milter/in_flight.h"
#include "milter/keepalive.h"
#include "milter/libmilter_calls.h"
#include "milter/link_asks.h"
#include "milter/list_state.h"
#include "milter/listener.h"
#include "milter/memory_limit.h"
#include "milter/metrics_server.h"
#include "milter/notify.h"
#include "milter/pid_file.h"
#include "milter/reception.h"
#include "milter/reload.h"
#include "milter/session.h"
#include "milter/srs_server.h"
#include "milter/stall.h"
#include "milter/watchdog.h"
#include "milter/workers.h"
#include "setup/privileges.h"
#include "setup/rules_in_force.h"
#include "setup/seccomp.h"
#include "setup/setup.h"
#include "store/lessons_place.h"

/*
 * The main thread starts everything and then waits for signals; libmilter runs in a thread of its
 * own. libmilter must not be the one to stop: it frees the sessions while its workers still use
 * them, and may take five seconds to notice. So the signals that it waits for never reach it
 * (libmilter_calls.h).
 */

/* For the first session with libmilter, which takes milliseconds. */
#define CHECK_MS 30000
/* Models are there in milliseconds; where they are not, mail doesn't wait for them. */
#define LESSONS_MS 1000
/* How long to wait for packets already sent, then for messages under way to end, and then for their
 * scans. */
#define SETTLE_MS       200
#define MESSAGES_END_MS 5000
#define SCANS_END_MS    20000
/* What it does between two looks at signals may wait for a disk. */
#define MAIN_MS 60000
/* For queued records, if scans don't end. */
#define FLUSH_MS 1000

/* The stack of each thread; a quarter is enough for all tests. */
#define STACK_BYTES (1024 * 1024)

/* The reserve for when the system has no memory left: enough for a thread and some large pieces. */
#define MEMORY_RESERVE (8 << 20)

struct daemon {
	const struct daemon_options *options;
	struct arena *arena; /* of the settings at start */
	struct setup setup;
	struct listener_options listener;
	struct service service;
	struct reload_context reload;
	pthread_t libmilter;
	bool serves; /* all threads were started */
};

static int wake_fd = -1;
static volatile sig_atomic_t stop_signal;
static atomic_bool libmilter_runs;
static atomic_int libmilter_result;

/* Reads the configuration and checks what can be checked without opening anything. */
static bool read_setup(struct daemon *daemon, struct problems *problems)
{
	struct setup *setup = &daemon->setup;
	struct socket_access *access = &daemon->listener.access;
	bool ok = setup_read(setup, daemon->arena, daemon->options->path, problems);

	daemon->listener.addresses = setup->settings.listen;
	access->mode = (mode_t)setup->settings.socket_mode;
	access->group = setup->socket_group;
	access->owner = setup->account.change ? setup->account.uid : (uid_t)-1;
	if (setup->account.change && access->group == (gid_t)-1)
		access->group = setup->account.gid;
	return ok;
}

int daemon_check(const struct daemon_options *options)
{
	struct arena *arena = arena_new();
	struct problems problems;
	struct ruleset_summary summary;
	struct setup_check check;
	struct setup setup;

	problems_init(&problems, arena);
	setup_read(&setup, arena, options->path, &problems);
	setup.force_rules = options->force;
	check = setup_check(&setup, &problems);
	setup_print_problems(&problems);
	if (check.ok) {
		ruleset_summarize(check.policy->ruleset, &summary);
		printf("%s: ok; %zu %s from %zu %s\n",
		       options->path != NULL ? options->path : "defaults", summary.rules,
		       plural(summary.rules, "rule", "rules"), summary.files,
		       plural(summary.files, "file", "files"));
	}
	policy_free(check.policy);
	arena_free(arena);
	return check.ok ? EX_OK : EX_CONFIG;
}

static void on_stop_signal(int signal)
{
	const uint64_t one = 1;
	int saved = errno;

	stop_signal = signal;
	if (write(wake_fd, &one, sizeof(one)) < 0)
		stop_signal = signal;
	errno = saved;
}

static void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
}

/* Before the first thread: all signals that mean something to us wait until we are ready. */
static bool prepare_signals(struct error *err_r)
{
	struct sigaction action = { .sa_handler = on_stop_signal };
	sigset_t blocked;

	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return error_set(err_r, "eventfd: %s", strerror(errno));
	stop_signals(&blocked);
	reload_signals(&blocked);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	return true;
}

static void *run_libmilter(void *unused)
{
	const uint64_t one = 1;

	atomic_store(&libmilter_result, smfi_main());
	atomic_store(&libmilter_runs, false);
	if (write(wake_fd, &one, sizeof(one)) < 0)
		log_error(NULL, "can't wake the main thread: %s", strerror(errno));
	return unused;
}

static bool start_lookups(struct daemon *daemon, struct error *err_r)
{
	const struct policy *policy = policy_pin(daemon->service.slot);
	struct dns_settings dns = policy_dns_settings(policy);

	daemon->service.lookups = lookups_new(&dns, policy->settings.spf_timeout, err_r);
	policy_unpin(daemon->service.slot, policy);
	return daemon->service.lookups != NULL;
}

/* As the final user, so that files that a reload couldn't read fail now. */
static bool load_policy(struct daemon *daemon)
{
	const struct daemon_options *options = daemon->options;
	struct problems problems;
	struct policy *policy;

	problems_init(&problems, daemon->arena);
	policy = policy_load_soon(options->path, &problems);
	if (policy != NULL) {
		daemon->reload.rules = rules_in_force_of(policy, &problems);
		if (!options->force)
			rules_in_force_exist(&daemon->reload.rules, &policy->settings, &problems);
	}
	if (!reload_log_problems(&problems)) {
		policy_free(policy);
		return false;
	}
	rules_in_force_write(&policy->settings, options->path, &daemon->reload.rules);
	daemon->service.slot = policy_slot_new(policy);
	return true;
}

static size_t memory_for_messages(const struct settings *settings)
{
	size_t left = memory_limit_of_process();

	if (settings->max_memory == 0)
		return memory_limit_default();
	if ((size_t)settings->max_memory <= left)
		return (size_t)settings->max_memory;
	log_warning(NULL,
	            "max_memory: the limit of the process (ulimit -v) leaves %zu MB only, which is "
	            "what messages get",
	            left >> 20);
	return left;
}

static void tell_of_memory(bool is_short)
{
	if (is_short)
		log_error(NULL,
		          "out of memory: the reserve is in use, and new messages wait; lower "
		          "max_memory or raise the limit of the process");
	else
		log_info(NULL, "there is enough memory again");
}

/* After the rules are loaded, since their memory isn't available for messages. */
static void bound_memory(struct daemon *daemon)
{
	/* Sessions use it until the process ends. */
	static struct budget *memory;
	const struct settings *settings = &daemon->setup.settings;
	size_t reserve = SETTINGS_MEMORY_OF_MESSAGE * (size_t)settings->max_message_size;
	size_t limit;

	memory_keep_reserve(MEMORY_RESERVE, tell_of_memory);
	limit = memory_for_messages(settings);
	if (limit < reserve + (size_t)settings->max_message_size)
		log_warning(NULL,
		            "there are only %zu MB of memory for messages, which is too little for "
		            "large ones; lower max_message_size",
		            limit >> 20);
	memory = budget_new(limit, reserve);
	daemon->service.memory = memory;
}

static bool start_lessons(struct daemon *daemon, struct error *err_r)
{
	const struct settings *settings = &daemon->setup.settings;
	struct lessons_cache_settings cache =
		lessons_place_cache(lessons_place(daemon->arena, settings), settings);

	daemon->service.lessons = lessons_cache_start(&cache, err_r);
	return daemon->service.lessons != NULL;
}

static void free_service(struct service *service)
{
	lessons_cache_stop(service->lessons);
	copies_keeper_stop(service->copies);
	people_keeper_stop(service->people);
	recorder_stop(service->recorder);
	lookups_free(service->lookups);
	policy_slot_free(service->slot);
}

static int load(struct daemon *daemon)
{
	struct error error;

	if (!load_policy(daemon))
		return EX_CONFIG;
	daemon->service.max_message_size = (size_t)daemon->setup.settings.max_message_size;
	daemon->service.recorder =
		recorder_start(arena_cstr(daemon->arena, daemon->setup.settings.store), &error);
	if (daemon->service.recorder == NULL) {
		log_error(NULL, "store: %s", error.text);
		policy_slot_free(daemon->service.slot);
		return EX_UNAVAILABLE;
	}
	daemon->service.people = people_keeper_start(
		arena_cstr(daemon->arena, daemon->setup.settings.store), true, &error);
	people_keeper_keep(daemon->service.people, daemon->setup.settings.people_keep);
	if (!start_lookups(daemon, &error)) {
		log_error(NULL, "%s", error.text);
		people_keeper_stop(daemon->service.people);
		recorder_stop(daemon->service.recorder);
		policy_slot_free(daemon->service.slot);
		return EX_CONFIG;
	}
	if (!copies_keeper_start(&daemon->setup.settings, &daemon->service.copies, &error) ||
	    !start_lessons(daemon, &error)) {
		log_error(NULL, "%s", error.text);
		free_service(&daemon->service);
		return EX_OSERR;
	}
	memory_trim();
	bound_memory(daemon);
	recorder_keep(daemon->service.recorder, daemon->setup.settings.records_keep * 1000,
	              daemon->setup.settings.records_max_size);
	return EX_OK;
}

static int start_serving(const struct daemon *daemon)
{
	struct error error;

	if (!libmilter_calls_check(deadline_in_ms(CHECK_MS))) {
		if (listener_count() <= 1)
			return EX_OK;
		log_error(NULL, "listen: this libmilter can serve one socket only; name one");
		return EX_UNAVAILABLE;
	}
	if (!libmilter_calls_agree())
		log_warning(NULL, "this libmilter negotiates in a way that is not known here: "
		                  "idle connections and overload cost more");
	else if (!reception_start(&daemon->service, &error))
		log_warning(NULL, "connections are left to libmilter: %s", error.text);
	return EX_OK;
}

static int start_threads(struct daemon *daemon)
{
	struct error error;
	int failure;

	daemon->reload.path = daemon->options->path;
	daemon->reload.slot = daemon->service.slot;
	daemon->reload.started = &daemon->setup.settings;
	if (!libmilter_calls_prepare(&error) || !workers_start(&error) ||
	    !keepalive_start(&error) || !srs_server_start(&daemon->service, &error) ||
	    !reload_start(&daemon->reload, &error) || !watchdog_start(&error) ||
	    !link_asks_start(&daemon->service, &error)) {
		log_error(NULL, "%s", error.text);
		return EX_OSERR;
	}
	control_server_start(&daemon->service);
	metrics_server_start(&daemon->service);
	admission_init();
	connection_limits_init((size_t)daemon->setup.settings.max_connections,
	                       (size_t)daemon->setup.settings.max_connections_per_client);
	lessons_cache_settle(daemon->service.lessons, deadline_in_ms(LESSONS_MS));
	atomic_store(&libmilter_runs, true);
	failure = pthread_create(&daemon->libmilter, NULL, run_libmilter, NULL);
	if (failure != 0) {
		log_error(NULL, "can't start libmilter's thread: %s", strerror(failure));
		control_server_stop();
		metrics_server_stop();
		reload_stop();
		return EX_OSERR;
	}
	daemon->serves = true;
	return start_serving(daemon);
}

/* Never a reason not to serve mail. */
static bool open_control(const struct daemon *daemon)
{
	const struct account *account = &daemon->setup.account;

	control_server_open(daemon->arena, settings_address(daemon->setup.settings.control),
	                    account->change ? account->uid : (uid_t)-1,
	                    account->change ? account->gid : (gid_t)-1);
	metrics_server_open(daemon->arena, settings_address(daemon->setup.settings.metrics),
	                    &daemon->listener.access);
	return true;
}

static void restrict_calls(const struct settings *settings)
{
	struct error error;

	if (settings->seccomp && !seccomp_restrict(&error))
		log_warning(NULL, "system calls are not restricted: %s", error.text);
}

static int start(struct daemon *daemon)
{
	struct problems problems;
	struct error error;
	int code;

	problems_init(&problems, daemon->arena);
	if (!read_setup(daemon, &problems)) {
		/* So that mistakes in rules and maps are reported at the same time. */
		policy_free(policy_build(arena_new(), &daemon->setup.settings, &problems));
		reload_log_problems(&problems);
		return EX_CONFIG;
	}
	log_open("assayd", daemon->setup.settings.log);
	reload_log_problems(&problems);
	if (!prepare_signals(&error) || !session_register(&daemon->service, &error) ||
	    !listener_open(daemon->arena, &daemon->listener, &error) ||
	    !srs_server_open(daemon->arena, daemon->setup.settings.srs_socketmap,
	                     &daemon->listener.access, &error) ||
	    !open_control(daemon) || !pid_file_write(daemon->setup.settings.pid_file, &error) ||
	    !privileges_drop(&daemon->setup.account, &error)) {
		log_error(NULL, "%s", error.text);
		return EX_OSERR;
	}
	restrict_calls(&daemon->setup.settings);
	code = load(daemon);
	return code != EX_OK ? code : start_threads(daemon);
}

static void log_start(const struct daemon *daemon)
{
	const struct policy *policy = policy_pin(daemon->service.slot);
	struct ruleset_summary summary;
	const struct str *address;

	ruleset_summarize(policy->ruleset, &summary);
	policy_unpin(daemon->service.slot, policy);
	vec_foreach (&daemon->setup.settings.listen, address)
		log_info(NULL, "listening on %.*s", STR_FMT(*address));
	if (daemon->setup.settings.srs_socketmap.len > 0)
		log_info(NULL, "SRS tables on %.*s", STR_FMT(daemon->setup.settings.srs_socketmap));
	log_info(NULL, "assayd " ASSAY_VERSION " ready: %zu rules from %zu files, configuration %s",
	         summary.rules, summary.files,
	         daemon->options->path != NULL ? daemon->options->path : "built in");
}

static void wait_for_stop(const struct daemon *daemon)
{
	static struct stall_slot slot;
	struct pollfd wake = { .fd = wake_fd, .events = POLLIN };
	sigset_t signals;

	stop_signals(&signals);
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	stall_begin(&slot, "the main thread", MAIN_MS, NULL);
	while (stop_signal == 0 && atomic_load(&libmilter_runs)) {
		stall_step(&slot, "the main thread", MAIN_MS);
		adapted_watch_tick(daemon->service.slot);
		list_state_tick(daemon->service.lookups->dns, daemon->setup.settings.lists_file);
		poll(&wake, 1, LIST_STATE_TICK_MS);
		trouble_tick();
	}
	stall_end(&slot);
}

static bool libmilter_failed(void)
{
	return !atomic_load(&libmilter_runs) && atomic_load(&libmilter_result) != MI_SUCCESS;
}

static void log_stop(void)
{
	if (libmilter_failed())
		log_error(NULL, "libmilter gave up; see syslog's mail facility for its reason");
	else if (stop_signal != 0)
		log_info(NULL, "stopping: SIG%s", sigabbrev_np(stop_signal));
	else
		log_info(NULL, "stopping");
}

/* Scans that don't end still use everything, so nothing is freed. The writer gets a moment. */
static void leave_scans(const struct daemon *daemon)
{
	log_warning(NULL, "some scans didn't end; their messages are left to the MTA");
	poll(NULL, 0, FLUSH_MS);
	pid_file_remove(daemon->setup.settings.pid_file);
	log_info(NULL, "stopped");
	_exit(libmilter_failed() ? EX_SOFTWARE : EX_OK);
}

static void log_lookups(const struct lookups *lookups)
{
	struct dns_counters dns = dns_counters(lookups->dns);

	log_info(NULL,
	         "dns: %" PRIu64 " lookups, %" PRIu64 " from the cache, %" PRIu64
	         " joined others, %" PRIu64 " timed out, %" PRIu64 " failed",
	         dns.queries, dns.cache_hits, dns.joined, dns.timeouts, dns.failures);
}

/* What is in flight is finished as far as that takes seconds; the MTA keeps the rest. */
static int stop(struct daemon *daemon)
{
	notify_send("STOPPING=1");
	log_stop();
	listener_close(atomic_load(&libmilter_runs));
	control_server_stop();
	metrics_server_stop();
	watchdog_stop();
	poll(NULL, 0, SETTLE_MS);
	in_flight_wait_for_messages(deadline_in_ms(MESSAGES_END_MS));
	srs_server_stop();
	if (!in_flight_close(deadline_in_ms(SCANS_END_MS)))
		leave_scans(daemon);
	/* libmilter sends the verdict after the callback that is no longer counted. */
	poll(NULL, 0, SETTLE_MS);
	reload_stop();
	keepalive_stop();
	log_lookups(daemon->service.lookups);
	free_service(&daemon->service);
	pid_file_remove(daemon->setup.settings.pid_file);
	log_info(NULL, "stopped");
	return libmilter_failed() ? EX_SOFTWARE : EX_OK;
}

/* Bytes of one piece that are mapped by themselves, and at the end of a heap that are given back.
 */
#define MMAP_THRESHOLD (4 << 20)
#define TRIM_THRESHOLD (16 << 20)

/*
 * libmilter has a thread for each connection that is busy, and the C library up to eight heaps a
 * processor for them, each as large as the largest message that it had. As many as can be used at
 * once do: at 64 connections that took 40 MB instead of 80, at the same speed.
 */
static void bound_heaps(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	mallopt(M_ARENA_MAX, processors > 2 ? (int)processors : 2);
	/* Memory of one large message is kept for the next: giving it back and taking it again,
	 * page by page, was a fifth of the time of 1 MB of HTML. */
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
}

/*
 * libmilter's threads come and go with the load. The C library keeps 40 MB of their stacks to be
 * used again, which are five of the usual size: each further one was mapped anew.
 */
static void bound_stacks(void)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	if (pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0)
		pthread_setattr_default_np(&attributes);
	pthread_attr_destroy(&attributes);
}

static void notify_status(const char *status)
{
	char line[1000];

	snprintf(line, sizeof(line), "STATUS=%s", status);
	for (char *c = line; *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	notify_send(line);
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon daemon = { .options = options, .arena = arena_new() };
	int code;

	bound_heaps();
	bound_stacks();
	notify_open();
	daemon.service.configuration = options->path;
	daemon.service.started_us = clock_monotonic_us();
	code = start(&daemon);
	if (code == EX_OK) {
		log_start(&daemon);
		notify_send("READY=1");
		recorder_tell(daemon.service.recorder, notify_status);
		wait_for_stop(&daemon);
		code = stop(&daemon);
	} else if (daemon.serves) {
		stop(&daemon);
	}
	arena_free(daemon.arena);
	return code;
}
