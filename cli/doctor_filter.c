/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does the filter run, and what does it say of itself? */
#include <string.h>

#include "cli/cli.h"
#include "cli/doctor_check.h"

#define RESTART "systemctl restart assayd"

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void tell_absence(struct doctor *doctor)
{
	const char *why = doctor->status_error.text;

	if (doctor->control.len == 0)
		doctor_tell(doctor, DOCTOR_UNKNOWN,
		            STR("take \"control none\" out of assay.conf, then " RESTART),
		            "it can't be asked how it is, since assay.conf says control none");
	else if (doctor->reach == CONTROL_NOT_ALLOWED)
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("sudo assay doctor"), "%s", why);
	else if (doctor->reach == CONTROL_NOT_THERE)
		doctor_tell(doctor, DOCTOR_FAULT,
		            STR("systemctl start assayd; journalctl -u assayd tells why it ended"),
		            "the filter does not run, so mail isn't scanned: %s", why);
	else
		doctor_tell(doctor, DOCTOR_FAULT, STR("journalctl -u assayd; " RESTART),
		            "the filter runs and does not answer: %s", why);
}

/* What mends what a running filter has told. */
static const char *mend_of(const char *name)
{
	static const struct {
		const char *name, *mend;
	} rows[] = {
		{ "reload", "assay check-config" },
		{ "dns", "assay doctor --only resolver" },
		{ "store", "assay doctor --only store,disk" },
		{ "people", "assay doctor --only store,disk" },
		{ "lessons", "assay learn --status" },
		{ "memory", "assay status; raise max_memory, or MemoryMax= of the unit" },
		{ "stall", "journalctl -u assayd; " RESTART },
		{ "threads", "raise TasksMax= of the unit, or ulimit -u" },
		{ "connections", "raise LimitNOFILE= of the unit, or ulimit -n" },
		{ "overload", "assay doctor --only limits" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].mend;
	}
	return "journalctl -u assayd";
}

static void tell_troubles(struct doctor *doctor)
{
	const json_t *trouble;
	size_t i;

	json_array_foreach(json_object_get(doctor->status, "troubles"), i, trouble)
	{
		const char *name = member(trouble, "name");

		/* The check of the lists tells of each. */
		if (strcmp(name, "list") == 0)
			continue;
		doctor_tell(doctor, DOCTOR_WARNING, str_from(mend_of(name)), "%s: %s", name,
		            member(trouble, "text"));
	}
}

static void compare(struct doctor *doctor)
{
	const char *version = member(doctor->status, "version");
	const char *configuration = member(doctor->status, "configuration");

	if (strcmp(version, ASSAY_VERSION) != 0)
		doctor_tell(doctor, DOCTOR_HINT, STR(RESTART),
		            "what runs is version %s, and what is installed " ASSAY_VERSION,
		            version);
	if (doctor->path != NULL && configuration[0] == '/' && doctor->path[0] == '/' &&
	    strcmp(configuration, doctor->path) != 0)
		doctor_tell(doctor, DOCTOR_HINT,
		            arena_printf(doctor->arena, "assay doctor -c %s", configuration),
		            "it runs with %s, and here %s is looked at", configuration,
		            doctor->path);
}

/* Whoever found a way through it would have the whole host. `user root` is somebody's decision. */
static void look_at_account(struct doctor *doctor)
{
	struct account account;
	struct error error;

	if (doctor->settings.user.len == 0 && doctor_find_running(doctor, &account, &error) &&
	    account.uid == 0)
		doctor_tell(doctor, DOCTOR_WARNING,
		            STR("in assay.conf: user assay; " RESTART
		                " (useradd -r -s /usr/sbin/nologin assay, where there is no such "
		                "account)"),
		            "it runs as root, and an account without privileges would do");
}

void doctor_filter(struct doctor *doctor)
{
	if (doctor->status == NULL) {
		tell_absence(doctor);
		return;
	}
	tell_troubles(doctor);
	compare(doctor);
	look_at_account(doctor);
	if (doctor_findings_worst(&doctor->findings) == DOCTOR_FINE)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "it runs, version %s, and has no trouble",
		            member(doctor->status, "version"));
}
