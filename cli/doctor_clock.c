/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is the clock right? The age of seals, of rewritten senders and of signatures is told by it. There
 * is no other clock to ask without the network: but the kernel knows whether somebody keeps it, and
 * nothing that was written can be newer than now.
 */
#include "cli/doctor_clock.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "scoring/rule_paths.h"
#include "store/store.h"

#define SET_NTP "timedatectl set-ntp true; without systemd: apt install chrony"

/* Hosts' clocks, and file systems', differ a little. */
#define AHEAD_S 120
/* Where NTP has lost its servers, the kernel's bound grows by 2 s an hour. */
#define ERROR_US (INT64_C(10) * 1000000)

static void tell_not_kept(struct doctor *doctor, const struct doctor_clock_facts *facts)
{
	const char *why = "seals, rewritten senders and signatures expire by it, and hosts that "
			  "share a store have to agree";

	if (facts->elsewhere)
		doctor_tell(
			doctor, DOCTOR_HINT, STR("timedatectl, on the host of the container"),
			"the kernel does not know of anything that keeps the clock right (NTP): "
			"%s",
			why);
	else
		doctor_tell(doctor, DOCTOR_WARNING, STR(SET_NTP),
		            "nothing keeps the clock right (NTP): %s", why);
}

void doctor_clock_judge(struct doctor *doctor, const struct doctor_clock_facts *facts)
{
	if (facts->newest_s > facts->now_s + AHEAD_S)
		doctor_tell(
			doctor, DOCTOR_FAULT, STR(SET_NTP),
			"the clock is behind: %s is of %.*s later than now, so seals, rewritten "
			"senders and signatures are judged by a wrong time",
			facts->newest,
			STR_FMT(doctor_time(doctor, facts->newest_s - facts->now_s)));
	else if (!facts->known)
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("timedatectl"),
		            "the kernel doesn't tell whether the clock is kept by NTP");
	else if (!facts->kept)
		tell_not_kept(doctor, facts);
	else if (facts->error_us > ERROR_US)
		doctor_tell(doctor, DOCTOR_WARNING,
		            STR("timedatectl timesync-status, or chronyc tracking"),
		            "the clock may be off by %" PRId64 " s, says the kernel: NTP has not "
		            "reached its servers for long",
		            facts->error_us / 1000000);
	else
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "the clock is kept by NTP");
}

static void note(struct doctor_clock_facts *facts, int64_t time_s, const char *what)
{
	if (time_s > facts->newest_s) {
		facts->newest_s = time_s;
		facts->newest = what;
	}
}

static void note_file(struct doctor_clock_facts *facts, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		note(facts, st.st_mtim.tv_sec, path);
}

static bool note_record(const struct record *record, int64_t id, void *context)
{
	(void)id;
	note(context, record->time_us / 1000000, "a record of the store");
	return true;
}

/* The newest by arrival, which need not be the newest by time. */
static void note_records(struct doctor *doctor, struct doctor_clock_facts *facts)
{
	const char *uri = arena_cstr(doctor->arena, doctor->settings.store);
	struct store_query query = { .since_us = (time(NULL) + AHEAD_S) * INT64_C(1000000),
		                     .limit = 1 };
	struct error error;
	struct store *store;

	if (!str_starts(doctor->settings.store, STR("sqlite:")) ||
	    (store = store_open_reader(uri, &error)) == NULL)
		return;
	store_read(store, &query, note_record, facts, &error);
	store_close(store);
}

/* As its manager tells. */
static bool is_in_container(void)
{
	return access("/run/systemd/container", F_OK) == 0 || access("/.dockerenv", F_OK) == 0 ||
	       access("/run/.containerenv", F_OK) == 0;
}

void doctor_clock(struct doctor *doctor)
{
	struct doctor_clock_facts facts = { .now_s = time(NULL) };
	struct timex clock = { 0 };
	int state = adjtimex(&clock);
	struct str_list paths = rule_paths(doctor->arena, &doctor->settings);

	facts.known = state >= 0;
	facts.elsewhere = is_in_container();
	facts.kept = state >= 0 && state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
	facts.error_us = clock.maxerror;
	/* What was installed is older than now. */
	note_file(&facts, "/proc/self/exe");
	if (doctor->path != NULL)
		note_file(&facts, doctor->path);
	for (size_t i = 0; i < paths.len; i++)
		note_file(&facts, arena_cstr(doctor->arena, paths.items[i]));
	note_records(doctor, &facts);
	doctor_clock_judge(doctor, &facts);
}
