/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/doctor_mta.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/socket_address.h"
#include "cli/doctor_reach.h"

struct str doctor_mta_path(struct doctor *doctor, struct str milter_address, struct str directory)
{
	struct str path = milter_address;

	if (str_starts(path, STR("unix:")))
		path = str_from_offset(path, strlen("unix:"));
	else if (str_starts(path, STR("local:")))
		path = str_from_offset(path, strlen("local:"));
	else if (path.len == 0 || path.data[0] != '/')
		return STR("");
	if (path.len > 0 && path.data[0] == '/')
		return path;
	return arena_printf(doctor->arena, "%.*s/%.*s", STR_FMT(directory), STR_FMT(path));
}

/* By another name it may be the same. */
static bool is_same_path(struct doctor *doctor, struct str a, const char *b)
{
	char *real_a = realpath(arena_cstr(doctor->arena, a), NULL), *real_b = realpath(b, NULL);
	bool same = str_eq(a, str_from(b)) ||
	            (real_a != NULL && real_b != NULL && strcmp(real_a, real_b) == 0);

	free(real_a);
	free(real_b);
	return same;
}

static bool is_here(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0 ||
	       strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

static bool is_same(struct doctor *doctor, const struct socket_address *listen, struct str path,
                    const struct socket_address *milter)
{
	if (listen->family == AF_UNIX)
		return path.len > 0 && is_same_path(doctor, path, listen->path);
	return path.len == 0 && milter->port != NULL && strcmp(listen->port, milter->port) == 0 &&
	       ((is_here(listen->host) && is_here(milter->host)) ||
	        strcmp(listen->host, milter->host) == 0);
}

struct str doctor_mta_listens(struct doctor *doctor, struct str milter_address,
                              struct str directory)
{
	struct str path = doctor_mta_path(doctor, milter_address, directory);
	struct socket_address milter = { 0 }, listen;
	struct error error;

	if (path.len == 0 &&
	    !socket_address_parse(doctor->arena, "milter", milter_address, &milter, &error))
		return STR("");
	for (size_t i = 0; i < doctor->settings.listen.len; i++) {
		struct str text = doctor->settings.listen.items[i];

		if (socket_address_parse(doctor->arena, "listen", text, &listen, &error) &&
		    is_same(doctor, &listen, path, &milter))
			return text;
	}
	return STR("");
}

void doctor_mta_reach(struct doctor *doctor, struct str path, struct str account)
{
	struct doctor_reacher who;
	struct str where = STR("");

	if (path.len == 0)
		return;
	if (!doctor_reacher_find(doctor->arena, account, &who)) {
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR(""), "there is no account %.*s",
		            STR_FMT(account));
		return;
	}
	switch (doctor_reach(doctor->arena, path, &who, &where)) {
	case REACH_YES:
		break;
	case REACH_MISSING:
		doctor_tell(doctor, DOCTOR_FAULT, STR("systemctl restart assayd"),
		            "the MTA asks at %.*s, and %.*s is not there", STR_FMT(path),
		            STR_FMT(where));
		break;
	case REACH_FORBIDDEN:
		doctor_tell(doctor, DOCTOR_FAULT,
		            arena_printf(doctor->arena,
		                         "ls -ld %.*s; set socket_group and socket_mode in "
		                         "assay.conf, or chgrp the directory; systemctl restart "
		                         "assayd",
		                         STR_FMT(where)),
		            "%.*s can't reach the filter's socket: %.*s does not let it",
		            STR_FMT(account), STR_FMT(where));
		break;
	case REACH_DEAD:
		doctor_tell(doctor, DOCTOR_FAULT, STR("systemctl restart assayd"),
		            "nobody listens at the socket %.*s, which an earlier filter left",
		            STR_FMT(path));
		break;
	case REACH_UNKNOWN:
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("sudo assay doctor --only mta"),
		            "whether %.*s can reach %.*s is not for this user to see",
		            STR_FMT(account), STR_FMT(where));
		break;
	}
}

int64_t doctor_mta_patience_ms(const struct doctor *doctor)
{
	return doctor->settings.scan_timeout + doctor->settings.commit_timeout;
}

void doctor_mta_action(struct doctor *doctor, struct str action, bool is_hop, struct str mend)
{
	if (str_eq(action, STR("reject")))
		doctor_tell(doctor, DOCTOR_FAULT, mend,
		            "while the filter is down, mail is bounced (default action reject)");
	else if (str_starts(action, STR("quarantine")))
		doctor_tell(doctor, DOCTOR_WARNING, mend,
		            "while the filter is down, mail is held until somebody releases it "
		            "(default action quarantine)");
	else if (is_hop && str_eq(action, STR("accept")))
		doctor_tell(doctor, DOCTOR_WARNING, mend,
		            "while the filter is down, the forward hop lets all mail out unseen "
		            "(default action accept)");
	else if (!is_hop && !str_eq(action, STR("accept")))
		doctor_tell(doctor, DOCTOR_HINT, mend,
		            "while the filter is down, mail from outside waits at its senders "
		            "(default action %.*s); with accept it is delivered unscanned",
		            STR_FMT(action));
}

void doctor_mta(struct doctor *doctor)
{
	enum doctor_attached postfix = doctor_mta_postfix(doctor),
			     sendmail = doctor_mta_sendmail(doctor);

	if (postfix == ATTACHED_NO_MTA && sendmail == ATTACHED_NO_MTA)
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR(""),
		            "there is neither Postfix nor Sendmail on this host");
	else if (postfix != ATTACHED && sendmail != ATTACHED)
		doctor_tell(doctor, DOCTOR_FAULT,
		            postfix == ATTACHED_NOT
		                    ? arena_printf(doctor->arena, "assay postfix attach%.*s",
		                                   STR_FMT(doctor_conf_option(doctor)))
		                    : STR("assay sendmail attach"),
		            "%s does not ask the filter, so no mail is scanned",
		            postfix == ATTACHED_NOT ? "Postfix" : "Sendmail");
	else if (doctor->findings.len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "%s asks the filter as it should",
		            postfix == ATTACHED ? "Postfix" : "Sendmail");
}
