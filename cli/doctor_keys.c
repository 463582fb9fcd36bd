/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The secrets of the seal and of SRS: are they there, for the filter alone, and used at both ends?
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor_check.h"
#include "cli/key_file.h"
#include "forward/seal_key.h"
#include "forward/srs.h"

static struct str new_key(struct doctor *doctor, const char *path)
{
	return access(path, F_OK) != 0
	               ? arena_printf(doctor->arena, "assay key new%.*s %s",
	                              STR_FMT(doctor_conf_option(doctor)), path)
	               : arena_printf(doctor->arena,
	                              "chown root:assay %s && chmod 640 %s (the group of the "
	                              "filter's account)",
	                              path, path);
}

/* False where nothing can be said about it. */
static bool may_look(struct doctor *doctor, const char *path)
{
	if (geteuid() == 0 || access(path, R_OK) == 0 || errno != EACCES)
		return true;
	doctor_tell(doctor, DOCTOR_UNKNOWN, STR("sudo assay doctor --only keys"),
	            "%s can't be read by this user, which is as it should be", path);
	return false;
}

static void look_at_seal(struct doctor *doctor)
{
	const char *path = arena_cstr(doctor->arena, doctor->settings.seal_key_file);
	struct seal_key key;
	struct error error;

	if (path[0] == '\0' || !may_look(doctor, path))
		return;
	if (!seal_key_read(path, &key, &error)) {
		doctor_tell(doctor, DOCTOR_FAULT, new_key(doctor, path), "seal_key_file: %s",
		            error.text);
		return;
	}
	doctor_tell(doctor, DOCTOR_FINE, STR(""),
	            "the seal's key is in order; its fingerprint is %.*s, which has to be the same "
	            "on all hosts that forward for each other",
	            STR_FMT(key_file_fingerprint(
			    doctor->arena, (struct str){ (const char *)key.bytes, key.len })));
}

static void look_at_srs(struct doctor *doctor)
{
	const char *path = arena_cstr(doctor->arena, doctor->settings.srs_secret_file);
	struct str_list secrets = { 0 };
	struct error error;

	if (path[0] == '\0' || !may_look(doctor, path))
		return;
	if (!srs_read_secrets(doctor->arena, path, &secrets, &error))
		doctor_tell(doctor, DOCTOR_FAULT, new_key(doctor, path), "srs_secret_file: %s",
		            error.text);
	else
		doctor_tell(
			doctor, DOCTOR_FINE, STR(""),
			"the secret of SRS is in order; its fingerprint is %.*s, which has to be "
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

void doctor_keys(struct doctor *doctor)
{
	struct error error;

	if (!doctor_become_filter(doctor, &error))
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR(""), "%s", error.text);
	look_at_seal(doctor);
	look_at_srs(doctor);
	look_at_ends(doctor);
	if (doctor->findings.len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "neither seals nor SRS are used");
}
