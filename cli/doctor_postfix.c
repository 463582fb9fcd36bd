/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Postfix does with the filter, by its configuration. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor_mta.h"
#include "cli/postconf.h"

#define RELOAD "; postfix reload"
/* Where mail is sent by users of this site, it need not be scanned. */
#define SUBMISSION_PORTS " submission submissions smtps 587 465 "

/* All that value_of() and main_value() are called with. */
static const char *const names[] = {
	"compatibility_level",
	"default_transport",
	"mail_owner",
	"milter_command_timeout",
	"milter_content_timeout",
	"milter_default_action",
	"milter_macro_daemon_name",
	"milter_protocol",
	"non_smtpd_milters",
	"queue_directory",
	"receive_override_options",
	"recipient_canonical_maps",
	"smtpd_discard_ehlo_keywords",
	"smtpd_milters",
};
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

/* A service that receives mail. */
struct front {
	struct str name; /* "smtp/inet" */
	struct str chroot;
};

struct postfix_look {
	struct doctor *doctor;
	struct postconf pc;
	struct str values;    /* lines "smtpd_milters = …" */
	struct str overrides; /* lines "smtp/inet/smtpd_milters = …" */
	struct str queue_directory, mail_owner;
	vec_of(struct front) services;
};

/* The value of a line "NAME = VALUE"; false where there is none. */
static bool find_value(struct str lines, struct str name, struct str *value_r)
{
	struct str line;

	while (str_next_line(&lines, &line)) {
		struct str key;

		str_next_piece(&line, '=', &key);
		*value_r = str_trim(line);
		if (str_eq(str_trim(key), name))
			return true;
	}
	*value_r = STR("");
	return false;
}

static struct str main_value(const struct postfix_look *look, const char *name)
{
	struct str value;

	find_value(look->values, str_from(name), &value);
	return value;
}

/* What holds for a service: its own value, else that of main.cf. */
static struct str value_of(struct postfix_look *look, struct str service, const char *name)
{
	struct str wanted = arena_printf(look->pc.arena, "%.*s/%s", STR_FMT(service), name);
	struct str value;

	return find_value(look->overrides, wanted, &value) ? value : main_value(look, name);
}

static bool is_set_by(struct postfix_look *look, struct str service, const char *name)
{
	struct str wanted = arena_printf(look->pc.arena, "%.*s/%s", STR_FMT(service), name);
	struct str value;

	return find_value(look->overrides, wanted, &value);
}

static struct str nth_word(struct str line, unsigned n)
{
	struct str word = STR("");

	for (unsigned i = 0; i <= n; i++) {
		if (!str_next_word(&line, &word))
			return STR("");
	}
	return word;
}

static void add_services(struct postfix_look *look, const char *kind, const char *command)
{
	struct error error;
	struct str lines, line;

	if (!postconf_services(&look->pc, kind, &lines, &error))
		return;
	while (str_next_line(&lines, &line)) {
		struct front front = {
			.name = arena_printf(look->pc.arena, "%.*s/%s", STR_FMT(nth_word(line, 0)),
			                     kind),
			.chroot = nth_word(line, 4),
		};

		if (str_eq(nth_word(line, 7), str_from(command)))
			vec_push(look->pc.arena, &look->services, front);
	}
}

static bool start(struct postfix_look *look)
{
	struct error error;

	if (look->pc.directory != NULL &&
	    access(arena_printf(look->pc.arena, "%s/main.cf", look->pc.directory).data, F_OK) != 0)
		return false;
	/* Where users have no such directories in their PATH. */
	setenv("PATH",
	       arena_printf(look->pc.arena, "%s:/usr/sbin:/sbin", getenv("PATH") ?: "/usr/bin")
	               .data,
	       1);
	if (!postconf_values(&look->pc, names, NAME_COUNT, &look->values, &error)) {
		if (look->pc.directory != NULL)
			doctor_tell(look->doctor, DOCTOR_UNKNOWN, STR("postfix check"), "%s",
			            error.text);
		return false;
	}
	if (!postconf_overrides(&look->pc, &look->overrides, &error)) {
		doctor_tell(look->doctor, DOCTOR_UNKNOWN, STR("postfix check"), "%s", error.text);
		return false;
	}
	look->queue_directory = main_value(look, "queue_directory");
	look->mail_owner = main_value(look, "mail_owner");
	add_services(look, "inet", "smtpd");
	add_services(look, "pass", "smtpd"); /* behind postscreen */
	return true;
}

/* Our milter among those of a parameter. */
static bool find_ours(struct postfix_look *look, struct str value, struct doctor_milter *milter_r)
{
	struct doctor_milters milters = doctor_milters_postfix(look->pc.arena, value);

	for (size_t i = 0; i < milters.len; i++) {
		*milter_r = milters.items[i];
		if (doctor_mta_listens(look->doctor, milter_r->address, look->queue_directory).len >
		    0)
			return true;
	}
	return false;
}

static bool is_submission(struct str service)
{
	ptrdiff_t slash = str_rfind_char(service, '/');
	struct str port = str_prefix(service, slash > 0 ? (size_t)slash : service.len);

	return str_has_word(STR(SUBMISSION_PORTS), port);
}

static bool is_hop(struct postfix_look *look, struct str service)
{
	struct str daemon = value_of(look, service, "milter_macro_daemon_name");

	return is_set_by(look, service, "milter_macro_daemon_name") &&
	       settings_role(&look->doctor->settings, daemon) == ROLE_FORWARD;
}

static int64_t time_of(struct postfix_look *look, struct str service, const char *name,
                       int64_t own_ms)
{
	return own_ms >= 0 ? own_ms : doctor_milters_time_ms(value_of(look, service, name));
}

static void look_at_times(struct postfix_look *look, struct str service,
                          const struct doctor_milter *milter)
{
	int64_t content = time_of(look, service, "milter_content_timeout", milter->content_ms);
	int64_t command = time_of(look, service, "milter_command_timeout", milter->command_ms);
	int64_t least = doctor_mta_patience_ms(look->doctor);

	if (content < least)
		doctor_tell(
			look->doctor, DOCTOR_WARNING,
			STR("postconf -e milter_content_timeout=300s" RELOAD),
			"%.*s: Postfix waits %lld s for the filter at the end of a message "
			"(milter_content_timeout), and scan_timeout and commit_timeout are %lld s "
			"together",
			STR_FMT(service), (long long)content / 1000, (long long)least / 1000);
	if (command < 10000)
		doctor_tell(look->doctor, DOCTOR_WARNING,
		            STR("postconf -e milter_command_timeout=30s" RELOAD),
		            "%.*s: Postfix waits %lld s for the filter to answer a command "
		            "(milter_command_timeout), which a busy host may need",
		            STR_FMT(service), (long long)command / 1000);
}

static void look_at_protocol(struct postfix_look *look, struct str service,
                             const struct doctor_milter *milter)
{
	struct str protocol = milter->protocol.len > 0 ? milter->protocol
	                                               : value_of(look, service, "milter_protocol");
	uint64_t version;

	if (str_to_uint(protocol, 100, &version) && version < 6)
		doctor_tell(
			look->doctor, DOCTOR_WARNING, STR("postconf -X milter_protocol" RELOAD),
			"%.*s: Postfix speaks version %.*s of the milter protocol; without 6 the "
			"filter can't change senders, and each step of a message waits for an "
			"answer",
			STR_FMT(service), STR_FMT(protocol));
}

static bool is_chrooted(struct postfix_look *look, const struct front *front)
{
	if (str_eq(front->chroot, STR("-")))
		return str_eq(main_value(look, "compatibility_level"), STR("0"));
	return str_eq(front->chroot, STR("y"));
}

static void look_at_socket(struct postfix_look *look, const struct front *front,
                           const struct doctor_milter *milter)
{
	struct str path = doctor_mta_path(look->doctor, milter->address, look->queue_directory);
	bool is_whole = str_find(milter->address, STR(":/")) >= 0;

	if (path.len > 0 && is_whole && is_chrooted(look, front))
		doctor_tell(
			look->doctor, DOCTOR_FAULT,
			STR("listen below the queue directory: assay postfix detach, then assay "
		            "postfix attach"),
			"%.*s is chrooted to %.*s, so it does not find the socket %.*s",
			STR_FMT(front->name), STR_FMT(look->queue_directory), STR_FMT(path));
	else
		doctor_mta_reach(look->doctor, path, look->mail_owner);
}

static struct str action_of(struct postfix_look *look, struct str service,
                            const struct doctor_milter *milter)
{
	return milter->action.len > 0 ? milter->action
	                              : value_of(look, service, "milter_default_action");
}

static void look_at_front(struct postfix_look *look, const struct front *front,
                          const struct doctor_milter *milter)
{
	if (str_find(value_of(look, front->name, "receive_override_options"), STR("no_milters")) >=
	    0)
		doctor_tell(look->doctor, DOCTOR_FAULT,
		            arena_printf(look->pc.arena,
		                         "postconf -X receive_override_options; or postconf -PX "
		                         "%.*s/receive_override_options" RELOAD,
		                         STR_FMT(front->name)),
		            "%.*s has receive_override_options no_milters, so no mail that comes "
		            "there is scanned",
		            STR_FMT(front->name));
	doctor_mta_action(
		look->doctor, action_of(look, front->name, milter), false,
		arena_printf(look->pc.arena,
	                     "postconf -e 'smtpd_milters = { %.*s, default_action=accept }'" RELOAD
	                     " (keep other milters of the list)",
	                     STR_FMT(milter->address)));
	look_at_times(look, front->name, milter);
	look_at_protocol(look, front->name, milter);
	look_at_socket(look, front, milter);
}

/* One that is named and can't be ours is most likely meant to be. */
static void look_for_slips(struct postfix_look *look, struct str value)
{
	struct doctor_milters milters = doctor_milters_postfix(look->pc.arena, value);

	for (size_t i = 0; i < milters.len; i++) {
		if (str_find_ci(milters.items[i].address, STR("assay")) < 0)
			continue;
		doctor_tell(
			look->doctor, DOCTOR_FAULT,
			arena_printf(look->pc.arena,
		                     "in assay.conf: listen unix:%.*s; systemctl restart assayd",
		                     STR_FMT(doctor_mta_path(look->doctor, milters.items[i].address,
		                                             look->queue_directory))),
			"Postfix asks for the filter at %.*s, where it does not listen",
			STR_FMT(milters.items[i].address));
	}
}

static enum doctor_attached look_at_fronts(struct postfix_look *look)
{
	enum doctor_attached attached = ATTACHED_NOT;
	struct str without = STR("");
	struct doctor_milter milter;
	const struct front *front;

	vec_foreach (&look->services, front) {
		if (is_hop(look, front->name))
			continue;
		if (find_ours(look, value_of(look, front->name, "smtpd_milters"), &milter)) {
			if (attached != ATTACHED)
				look_at_front(look, front, &milter);
			attached = ATTACHED;
		} else if (!is_submission(front->name)) {
			without = front->name;
		}
	}
	if (attached == ATTACHED && without.len > 0)
		doctor_tell(
			look->doctor, DOCTOR_HINT,
			arena_printf(look->pc.arena,
		                     "is that meant? Else: postconf -PX %.*s/smtpd_milters" RELOAD,
		                     STR_FMT(without)),
			"mail that comes to %.*s is not scanned", STR_FMT(without));
	if (attached != ATTACHED)
		look_for_slips(look, value_of(look, STR("smtp/inet"), "smtpd_milters"));
	return attached;
}

static void look_at_way_to_hop(struct postfix_look *look)
{
	struct str keywords = value_of(look, STR("smtp/inet"), "smtpd_discard_ehlo_keywords");
	struct str transport = value_of(look, STR("smtp/inet"), "default_transport");

	if (str_find_ci(keywords, STR("dsn")) < 0)
		doctor_tell(
			look->doctor, DOCTOR_WARNING,
			STR("postconf -e 'smtpd_discard_ehlo_keywords = dsn, "
		            "silent-discard'" RELOAD),
			"smtpd_discard_ehlo_keywords has no dsn: strangers can name an original "
			"recipient (ORCPT), by which the hop tells forwards where there is no "
			"seal");
	if (!str_starts(transport, STR("fwdhop:")))
		doctor_tell(look->doctor, DOCTOR_WARNING, STR("assay postfix attach --hop"),
		            "default_transport is \"%.*s\", so mail that leaves does not pass the "
		            "forward hop",
		            STR_FMT(transport));
}

/* Bounces that Postfix writes itself pass no milter. */
static void look_at_srs(struct postfix_look *look)
{
	const struct settings *settings = &look->doctor->settings;
	struct str maps = value_of(look, STR("smtp/inet"), "recipient_canonical_maps");

	if (settings->srs == SRS_POLICY_OFF ||
	    (settings->srs_socketmap.len > 0 && str_find(maps, STR("socketmap:")) >= 0))
		return;
	doctor_tell(
		look->doctor, DOCTOR_WARNING,
		STR("in assay.conf: srs_socketmap unix:/var/spool/postfix/assay/srs.sock; then "
	            "grep '^[a-z]' " ASSAY_DATADIR
	            "/postfix/main.cf.srs-hop | xargs -d '\\n' postconf -e" RELOAD),
		"srs is on, and bounces that Postfix itself writes to rewritten senders find no "
		"way back: %s",
		settings->srs_socketmap.len > 0 ? "recipient_canonical_maps does not ask the filter"
						: "there is no srs_socketmap");
}

static bool look_at_hop(struct postfix_look *look, const struct front *front)
{
	struct doctor_milter milter;

	if (!find_ours(look, value_of(look, front->name, "smtpd_milters"), &milter)) {
		doctor_tell(
			look->doctor, DOCTOR_FAULT,
			STR("assay postfix detach; assay postfix attach --hop"),
			"the forward hop %.*s does not ask the filter, so no forward is dropped",
			STR_FMT(front->name));
		return true;
	}
	doctor_mta_action(look->doctor, action_of(look, front->name, &milter), true,
	                  arena_printf(look->pc.arena,
	                               "postconf -e 'assay_hop_milter = { %.*s, "
	                               "default_action=tempfail }'" RELOAD,
	                               STR_FMT(milter.address)));
	look_at_times(look, front->name, &milter);
	look_at_way_to_hop(look);
	look_at_srs(look);
	return true;
}

/* A listener that names itself as the hop does, and that assay.conf doesn't know. */
static void look_for_unknown_daemon(struct postfix_look *look, const struct front *front)
{
	struct str daemon = value_of(look, front->name, "milter_macro_daemon_name");
	struct doctor_milter milter;

	if (is_set_by(look, front->name, "milter_macro_daemon_name") &&
	    str_find_ci(daemon, STR("forward")) >= 0 &&
	    find_ours(look, value_of(look, front->name, "smtpd_milters"), &milter))
		doctor_tell(
			look->doctor, DOCTOR_WARNING,
			arena_printf(look->pc.arena,
		                     "at the end of assay.conf: [daemon %.*s], and role forward "
		                     "below it; systemctl reload assayd",
		                     STR_FMT(daemon)),
			"%.*s calls itself %.*s, and assay.conf does not say that this is the "
			"forward hop, so nothing is dropped there",
			STR_FMT(front->name), STR_FMT(daemon));
}

static void look_at_hops(struct postfix_look *look)
{
	bool has_hop = false;
	const struct front *front;

	vec_foreach (&look->services, front) {
		if (is_hop(look, front->name))
			has_hop = look_at_hop(look, front);
		else
			look_for_unknown_daemon(look, front);
	}
	if (!has_hop && settings_has_hop(&look->doctor->settings))
		doctor_tell(look->doctor, DOCTOR_WARNING, STR("assay postfix attach --hop"),
		            "assay.conf has a forward hop, and no service of master.cf is it");
}

/* By the process that its master(8) has written down; `postfix status` takes seconds to say no. */
static bool runs(const struct postfix_look *look)
{
	struct arena *arena = look->pc.arena;
	struct str path =
		arena_printf(arena, "%.*s/pid/master.pid", STR_FMT(look->queue_directory));
	struct error error;
	struct str text, name;
	uint64_t pid;

	return cli_read_file(arena, path.data, &text, &error) &&
	       str_to_uint(str_trim(text), INT32_MAX, &pid) &&
	       cli_read_file(arena, arena_printf(arena, "/proc/%d/comm", (int)pid).data, &name,
	                     &error) &&
	       str_eq(str_trim(name), STR("master"));
}

static void look_at_rest(struct postfix_look *look)
{
	struct doctor_milter milter;

	if (find_ours(look, value_of(look, STR("pickup/unix"), "non_smtpd_milters"), &milter))
		doctor_tell(
			look->doctor, DOCTOR_HINT,
			STR("take it out of non_smtpd_milters in main.cf" RELOAD),
			"non_smtpd_milters names the filter: what programs of this host send is "
			"scanned as mail from outside");
	if (geteuid() == 0 && !runs(look))
		doctor_tell(look->doctor, DOCTOR_WARNING, STR("postfix start"),
		            "Postfix does not run");
}

enum doctor_attached doctor_mta_postfix(struct doctor *doctor)
{
	struct postfix_look look = {
		.doctor = doctor,
		.pc = { .arena = doctor->arena, .directory = doctor->postfix_directory },
	};
	enum doctor_attached attached;

	if (!start(&look))
		return ATTACHED_NO_MTA;
	attached = look_at_fronts(&look);
	if (attached != ATTACHED)
		return attached;
	look_at_hops(&look);
	look_at_rest(&look);
	return attached;
}
