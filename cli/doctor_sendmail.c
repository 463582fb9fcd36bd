/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Sendmail does with the filter, by its configuration. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor_mta.h"

/* Sendmail's own, where T= doesn't say. */
#define DEFAULT_SHORT_MS 10000
#define DEFAULT_LONG_MS  300000

#define OUR_LINE                                                                                   \
	"assay sendmail attach prints the line for sendmail.mc; then sendmailconfig and restart "  \
	"Sendmail"

static void look_at_times(struct doctor *doctor, const struct doctor_milter *milter)
{
	int64_t content = milter->content_ms >= 0 ? milter->content_ms : DEFAULT_LONG_MS;
	int64_t send = milter->send_ms >= 0 ? milter->send_ms : DEFAULT_SHORT_MS;
	int64_t reply = milter->command_ms >= 0 ? milter->command_ms : DEFAULT_SHORT_MS;
	int64_t least = doctor_mta_patience_ms(doctor);

	if (content < least)
		doctor_tell(doctor, DOCTOR_WARNING, STR(OUR_LINE),
		            "Sendmail waits %lld s for the filter at the end of a message (E: of "
		            "T=), and scan_timeout and commit_timeout are %lld s together",
		            (long long)content / 1000, (long long)least / 1000);
	if (send < DEFAULT_SHORT_MS || reply < DEFAULT_SHORT_MS)
		doctor_tell(doctor, DOCTOR_WARNING, STR(OUR_LINE),
		            "Sendmail waits less than 10 s for the filter to take data or to "
		            "answer (S: and R: of T=), which a busy host may need");
	else if (send < doctor->settings.scan_timeout)
		doctor_tell(doctor, DOCTOR_HINT, STR(OUR_LINE),
		            "Sendmail waits %lld s for the filter to take data (S: of T=); while "
		            "messages take all of max_memory, it may take scan_timeout, %lld s",
		            (long long)send / 1000,
		            (long long)doctor->settings.scan_timeout / 1000);
}

/* Sendmail trusts no socket in a directory that others may write to. */
static void look_at_safety(struct doctor *doctor, struct str path)
{
	ptrdiff_t slash = str_rfind_char(path, '/');
	struct str directory = str_prefix(path, slash > 0 ? (size_t)slash : 1);
	struct stat st;

	if (stat(arena_cstr(doctor->arena, directory), &st) != 0 || (st.st_mode & 0022) == 0)
		return;
	doctor_tell(doctor, DOCTOR_FAULT,
	            arena_printf(doctor->arena, "chmod go-w %.*s", STR_FMT(directory)),
	            "Sendmail takes the socket for unsafe and passes mail unscanned, since others "
	            "than its owner may write to %.*s (mode %03o)",
	            STR_FMT(directory), (unsigned)st.st_mode & 0777);
}

static void look_at(struct doctor *doctor, const struct doctor_milter *milter)
{
	struct str path = doctor_mta_path(doctor, milter->address, STR(""));

	doctor_mta_action(
		doctor, milter->action, false,
		STR("take F= out of INPUT_MAIL_FILTER in sendmail.mc; then sendmailconfig "
	            "and restart Sendmail"));
	look_at_times(doctor, milter);
	if (path.len == 0)
		return;
	doctor_mta_reach(doctor, path, STR("root"));
	look_at_safety(doctor, path);
}

/* The forward hop is a second Sendmail, with a configuration beside that of the first. */
static void look_at_hop(struct doctor *doctor)
{
	struct str directory = str_from(doctor->sendmail_cf), cf;
	ptrdiff_t slash = str_rfind_char(directory, '/');
	struct doctor_milters milters, unused;
	struct str path = arena_printf(doctor->arena, "%.*sforward.cf",
	                               (int)(slash >= 0 ? slash + 1 : 0), directory.data);
	struct error error;

	if (!settings_has_hop(&doctor->settings))
		return;
	if (!cli_read_file(doctor->arena, path.data, &cf, &error)) {
		doctor_tell(doctor, DOCTOR_WARNING, STR("assay sendmail attach --hop"),
		            "assay.conf has a forward hop, and Sendmail's is not set up: %s",
		            error.text);
		return;
	}
	milters = doctor_milters_sendmail(doctor->arena, cf, &unused);
	for (size_t i = 0; i < milters.len; i++) {
		if (doctor_mta_listens(doctor, milters.items[i].address, STR("")).len > 0) {
			doctor_mta_action(
				doctor, milters.items[i].action, true,
				STR("F=T in INPUT_MAIL_FILTER of forward.mc; make forward.cf "
			            "anew and restart assay-forward"));
			return;
		}
	}
	doctor_tell(doctor, DOCTOR_FAULT, STR("assay sendmail attach --hop"),
	            "the forward hop does not ask the filter, so no forward is dropped (%.*s)",
	            STR_FMT(path));
}

enum doctor_attached doctor_mta_sendmail(struct doctor *doctor)
{
	struct doctor_milters milters, unused;
	struct error error;
	struct str cf;

	if (access(doctor->sendmail_cf, F_OK) != 0)
		return ATTACHED_NO_MTA;
	if (!cli_read_file(doctor->arena, doctor->sendmail_cf, &cf, &error)) {
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("sudo assay doctor --only mta"), "%s",
		            error.text);
		return ATTACHED_NO_MTA;
	}
	milters = doctor_milters_sendmail(doctor->arena, cf, &unused);
	for (size_t i = 0; i < milters.len; i++) {
		if (doctor_mta_listens(doctor, milters.items[i].address, STR("")).len == 0)
			continue;
		look_at(doctor, &milters.items[i]);
		look_at_hop(doctor);
		return ATTACHED;
	}
	for (size_t i = 0; i < unused.len; i++) {
		if (doctor_mta_listens(doctor, unused.items[i].address, STR("")).len > 0)
			doctor_tell(doctor, DOCTOR_FAULT, STR(OUR_LINE),
			            "Sendmail knows the filter as %.*s, and InputMailFilters does "
			            "not name it (MAIL_FILTER instead of INPUT_MAIL_FILTER)",
			            STR_FMT(unused.items[i].name));
	}
	return ATTACHED_NOT;
}
