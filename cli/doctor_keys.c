/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The secrets of the seal and of SRS: are they there, for the filter alone, and used at both ends?
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret_file.h"
#include "cli/doctor_check.h"
#include "cli/key_file.h"
#include "forward/seal_key.h"
#include "forward/srs.h"

/* What mends a file that can't be used. */
static struct str mend_of(struct doctor *doctor, const char *path)
{
	struct arena *arena = doctor->arena;
	struct str conf = doctor_conf_option(doctor);
	struct error error;
	struct stat st;
	bool is_there;

	if (lstat(path, &st) != 0 && errno == ENOENT)
		return arena_printf(arena, "assay key new%.*s %s", STR_FMT(conf), path);
	is_there = stat(path, &st) == 0;
	if (!is_there && errno != ENOENT)
		return arena_printf(arena,
		                    "namei -l %s tells where the filter's account may not "
		                    "go on",
		                    path);
	if (is_there && !S_ISREG(st.st_mode))
		return arena_printf(
			arena, "name another file in assay.conf, which assay key new%.*s makes",
			STR_FMT(conf));
	/* A link that leads nowhere, and what has no secret worth the name. */
	if (!is_there || (secret_file_check(&st, path, &error) && access(path, R_OK) == 0))
		return arena_printf(arena, "rm %s; assay key new%.*s %s", path, STR_FMT(conf),
		                    path);
	return arena_printf(arena,
	                    "chown root:%.*s %s && chmod 640 %s (the group of the filter's "
	                    "account)",
	                    STR_FMT(doctor_filter_group(doctor)), path, path);
}

/* As another user than the filter's, there may be nothing to say of a file that others can't read.
 */
static bool may_look(struct doctor *doctor, const char *path, bool is_filter)
{
	if (is_filter || access(path, R_OK) == 0 || errno != EACCES)
		return true;
	doctor_tell(doctor, DOCTOR_UNKNOWN, STR("sudo assay doctor --only keys"),
	            "%s can't be read by this user, which is as it should be", path);
	return false;
}

/* Whoever guesses it makes seals and addresses that are believed. */
static void look_at_secret(struct doctor *doctor, const char *key, const char *path,
                           struct str secret)
{
	if (secret_is_guessable(secret))
		doctor_tell(doctor, DOCTOR_WARNING,
		            arena_printf(doctor->arena,
		                         "rm %s; assay key new%.*s %s; then copy it to all hosts "
		                         "that share it, and systemctl restart assayd there",
		                         path, STR_FMT(doctor_conf_option(doctor)), path),
		            "%s: %s can be guessed: its secret is short, or made of few characters",
		            key, path);
}

static void look_at_seal(struct doctor *doctor, bool is_filter)
{
	const char *path = arena_cstr(doctor->arena, doctor->settings.seal_key_file);
	struct seal_key key;
	struct error error;

	if (path[0] == '\0' || !may_look(doctor, path, is_filter))
		return;
	if (!seal_key_read(path, &key, &error)) {
		doctor_tell(doctor, DOCTOR_FAULT, mend_of(doctor, path), "seal_key_file: %s",
		            error.text);
		return;
	}
	look_at_secret(doctor, "seal_key_file", path,
	               (struct str){ (const char *)key.bytes, key.len });
	doctor_tell(doctor, DOCTOR_FINE, STR(""),
	            "the seal's key can be used; its fingerprint is %.*s, which has to be the same "
	            "on all hosts that forward for each other",
	            STR_FMT(key_file_fingerprint(
			    doctor->arena, (struct str){ (const char *)key.bytes, key.len })));
}

static void look_at_srs(struct doctor *doctor, bool is_filter)
{
	const char *path = arena_cstr(doctor->arena, doctor->settings.srs_secret_file);
	struct str_list secrets = { 0 };
	const struct str *secret;
	struct error error;

	if (path[0] == '\0' || !may_look(doctor, path, is_filter))
		return;
	if (!srs_read_secrets(doctor->arena, path, &secrets, &error)) {
		doctor_tell(doctor, DOCTOR_FAULT, mend_of(doctor, path), "srs_secret_file: %s",
		            error.text);
		return;
	}
	vec_foreach (&secrets, secret)
		look_at_secret(doctor, "srs_secret_file", path, *secret);
	doctor_tell(doctor, DOCTOR_FINE, STR(""),
	            "the secret of SRS can be used; its fingerprint is %.*s, which has to be "
	            "the same on all MX of %.*s",
	            STR_FMT(key_file_fingerprint(doctor->arena, secrets.items[0])),
	            STR_FMT(doctor->settings.srs_domain));
}

/* What one end does has to be done at the other. */
static void look_at_ends(struct doctor *doctor)
{
	const struct settings *settings = &doctor->settings;
	bool has_key = settings->seal_key_file.len > 0, has_hop = settings_has_hop(settings);
	bool has_srs = settings->srs != SRS_POLICY_OFF;

	if (has_hop && !has_key)
		doctor_tell(doctor, DOCTOR_WARNING,
		            STR("assay key new /etc/assay/seal.key; in assay.conf: seal_key_file "
		                "/etc/assay/seal.key; systemctl restart assayd"),
		            "there is a forward hop and no seal_key_file, so the hop scans each "
		            "message again and can't tell a forward from mail that was written to "
		            "go there");
	if (has_key && !has_hop)
		doctor_tell(
			doctor, DOCTOR_HINT,
			STR("at the end of assay.conf: [daemon FORWARD], and role forward below "
		            "it; or is the hop on another host?"),
			"seals are written and no listener of this host has the role of the "
			"forward hop, which reads them");
	if (has_srs && settings->srs_secret_file.len == 0)
		doctor_tell(
			doctor, DOCTOR_FAULT,
			STR("assay key new /etc/assay/srs.secret; in assay.conf: srs_secret_file "
		            "/etc/assay/srs.secret; systemctl restart assayd"),
			"srs is on and there is no srs_secret_file");
	if (has_srs && !has_hop)
		doctor_tell(
			doctor, DOCTOR_WARNING,
			STR("assay postfix attach --hop; or srs off in assay.conf"),
			"srs is on, and done at the forward hop, which no listener of this host "
			"is");
}

/* Whether we are the filter's account, and see what it sees. */
static bool is_filter(struct doctor *doctor)
{
	struct account account;
	struct error error;
	bool is_root = geteuid() == 0;

	if (!doctor_become_filter(doctor, &error)) {
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR(""), "%s", error.text);
		return true;
	}
	return is_root || (doctor_find_filter(doctor, &account, &error) && account.name.len > 0 &&
	                   account.uid == geteuid());
}

void doctor_keys(struct doctor *doctor)
{
	bool filter = is_filter(doctor);

	look_at_seal(doctor, filter);
	look_at_srs(doctor, filter);
	look_at_ends(doctor);
	if (doctor->findings.len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "neither seals nor SRS are used");
}
