/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dmarc_record.h"

const char *dmarc_policy_name(enum dmarc_policy policy)
{
	static const char *const names[] = {
		[DMARC_POLICY_NONE] = "none",
		[DMARC_POLICY_QUARANTINE] = "quarantine",
		[DMARC_POLICY_REJECT] = "reject",
	};

	return names[policy];
}

/* The text's next tag; what is malformed has an empty name. */
static bool next_tag(struct str *rest, struct str *name_r, struct str *value_r)
{
	struct str piece;
	ptrdiff_t equals;

	if (rest->len == 0 || !str_next_piece(rest, ';', &piece))
		return false;
	equals = str_find_char(piece, '=');
	*name_r = equals < 0 ? STR("") : str_trim(str_prefix(piece, (size_t)equals));
	*value_r = str_trim(str_from_offset(piece, (size_t)(equals + 1)));
	return true;
}

bool dmarc_record_is(struct str text)
{
	struct str name, value;

	return next_tag(&text, &name, &value) && str_eq_ci(name, STR("v")) &&
	       str_eq(value, STR("DMARC1"));
}

static bool read_policy(struct str value, enum dmarc_policy *policy_r)
{
	for (int i = DMARC_POLICY_NONE; i <= DMARC_POLICY_REJECT; i++) {
		if (str_eq_ci(value, str_from(dmarc_policy_name((enum dmarc_policy)i)))) {
			*policy_r = (enum dmarc_policy)i;
			return true;
		}
	}
	return false;
}

/* What was met while the tags were read. */
struct reading {
	struct dmarc_record *record;
	bool has_policy, has_subdomains, has_missing;
	bool bad_policy;  /* one of the three can't be understood */
	bool has_reports; /* rua= names an address */
};

static void read_policies(struct reading *reading, struct str name, struct str value)
{
	struct dmarc_record *record = reading->record;
	bool *has = str_eq_ci(name, STR("p"))    ? &reading->has_policy
	            : str_eq_ci(name, STR("sp")) ? &reading->has_subdomains
	                                         : &reading->has_missing;
	enum dmarc_policy *policy = has == &reading->has_policy       ? &record->policy
	                            : has == &reading->has_subdomains ? &record->subdomains
	                                                              : &record->missing;

	*has = read_policy(value, policy);
	reading->bad_policy = reading->bad_policy || !*has;
}

static void read_tag(struct reading *reading, struct str name, struct str value)
{
	struct dmarc_record *record = reading->record;

	if (str_eq_ci(name, STR("p")) || str_eq_ci(name, STR("sp")) || str_eq_ci(name, STR("np")))
		read_policies(reading, name, value);
	else if (str_eq_ci(name, STR("adkim")))
		record->strict_dkim = str_eq_ci(value, STR("s"));
	else if (str_eq_ci(name, STR("aspf")))
		record->strict_spf = str_eq_ci(value, STR("s"));
	else if (str_eq_ci(name, STR("t")))
		record->testing = str_eq_ci(value, STR("y"));
	else if (str_eq_ci(name, STR("rua")))
		reading->has_reports = str_find_ci(value, STR("mailto:")) >= 0;
	else if (str_eq_ci(name, STR("psd")))
		record->suffix = str_eq_ci(value, STR("y"))   ? DMARC_SUFFIX_YES
		                 : str_eq_ci(value, STR("n")) ? DMARC_SUFFIX_NO
		                                              : DMARC_SUFFIX_UNKNOWN;
}

bool dmarc_record_read(struct str text, struct dmarc_record *record_r)
{
	struct reading reading = { .record = record_r };
	struct str name, value;

	*record_r = (struct dmarc_record){ 0 };
	if (!dmarc_record_is(text))
		return false;
	while (next_tag(&text, &name, &value))
		read_tag(&reading, name, value);
	if (!reading.has_policy || reading.bad_policy) {
		if (!reading.has_reports)
			return false;
		record_r->policy = DMARC_POLICY_NONE;
		reading.has_subdomains = reading.has_missing = false;
	}
	if (!reading.has_subdomains)
		record_r->subdomains = record_r->policy;
	if (!reading.has_missing)
		record_r->missing = record_r->subdomains;
	return true;
}
