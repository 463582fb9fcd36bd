/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/ignored_fields.h"

/* In lower case and sorted, none of them the beginning of another; all names that begin so. */
static const struct str beginnings[] = {
	STR_INIT("arc-"),
	STR_INIT("authentication-results"),
	STR_INIT("dkim-filter"),
	STR_INIT("domainkey-status"),
	STR_INIT("received-spf"),
	STR_INIT("x-abuse"),
	STR_INIT("x-amavis"),
	STR_INIT("x-anti-"),
	STR_INIT("x-antiabuse"),
	STR_INIT("x-antispam"),
	STR_INIT("x-antivirus"),
	STR_INIT("x-assay"),
	STR_INIT("x-assp"),
	STR_INIT("x-authenticated"),
	STR_INIT("x-authentication-"),
	STR_INIT("x-avas"),
	STR_INIT("x-axigen"),
	STR_INIT("x-barracuda"),
	STR_INIT("x-bogosity"),
	STR_INIT("x-brightmail"),
	STR_INIT("x-bulkscore"),
	STR_INIT("x-canit"),
	STR_INIT("x-clamav"),
	STR_INIT("x-cloudmark"),
	STR_INIT("x-cmae"),
	STR_INIT("x-collected"),
	STR_INIT("x-comodo"),
	STR_INIT("x-crm114"),
	STR_INIT("x-cron-"),
	STR_INIT("x-ct-"),
	STR_INIT("x-cyren"),
	STR_INIT("x-dcc-"),
	STR_INIT("x-delivered"),
	STR_INIT("x-dkim"),
	STR_INIT("x-dmarc"),
	STR_INIT("x-dnsbl"),
	STR_INIT("x-dspam"),
	STR_INIT("x-ec-"),
	STR_INIT("x-envelope"),
	STR_INIT("x-eopattributed"),
	STR_INIT("x-eoptenant"),
	STR_INIT("x-exchange-antispam"),
	STR_INIT("x-f-secure"),
	STR_INIT("x-folder"),
	STR_INIT("x-forefront"),
	STR_INIT("x-fuglu"),
	STR_INIT("x-getmail"),
	STR_INIT("x-gm-"),
	STR_INIT("x-gmail"),
	STR_INIT("x-gmx-"),
	STR_INIT("x-google-smtp"),
	STR_INIT("x-greylist"),
	STR_INIT("x-ham"),
	STR_INIT("x-hmailserver"),
	STR_INIT("x-icloud"),
	STR_INIT("x-incomingheadercount"),
	STR_INIT("x-incomingtopheadermarker"),
	STR_INIT("x-ironport"),
	STR_INIT("x-junk"),
	STR_INIT("x-kaspersky"),
	STR_INIT("x-kse-"),
	STR_INIT("x-language-identified"),
	STR_INIT("x-loom"),
	STR_INIT("x-mailcleaner"),
	STR_INIT("x-mailcontrol"),
	STR_INIT("x-mailscanner"),
	STR_INIT("x-message-delivery"),
	STR_INIT("x-message-info"),
	STR_INIT("x-microsoft-antispam"),
	STR_INIT("x-mimecast"),
	STR_INIT("x-mimedefang"),
	STR_INIT("x-mozilla"),
	STR_INIT("x-ms-"),
	STR_INIT("x-msw-"),
	STR_INIT("x-nas-"),
	STR_INIT("x-nospam"),
	STR_INIT("x-original-to"),
	STR_INIT("x-originalarrivaltime"),
	STR_INIT("x-ovh-"),
	STR_INIT("x-perlmx"),
	STR_INIT("x-pmx"),
	STR_INIT("x-policyd"),
	STR_INIT("x-postgrey"),
	STR_INIT("x-primary-"),
	STR_INIT("x-proofpoint"),
	STR_INIT("x-provags"),
	STR_INIT("x-pstn"),
	STR_INIT("x-purgate"),
	STR_INIT("x-quarantine"),
	STR_INIT("x-razor"),
	STR_INIT("x-rbl"),
	STR_INIT("x-rspam"),
	STR_INIT("x-sa-"),
	STR_INIT("x-scanned"),
	STR_INIT("x-sender-id"),
	STR_INIT("x-sid-"),
	STR_INIT("x-sieve"),
	STR_INIT("x-sonic"),
	STR_INIT("x-sophos"),
	STR_INIT("x-spam"),
	STR_INIT("x-spf"),
	STR_INIT("x-store-info"),
	STR_INIT("x-symantec"),
	STR_INIT("x-text-classification"),
	STR_INIT("x-tm-"),
	STR_INIT("x-tmn"),
	STR_INIT("x-trend"),
	STR_INIT("x-ui-"),
	STR_INIT("x-uid"),
	STR_INIT("x-univie-spam"),
	STR_INIT("x-vade"),
	STR_INIT("x-virus"),
	STR_INIT("x-vr-"),
	STR_INIT("x-whitelist"),
	STR_INIT("x-wum-"),
	STR_INIT("x-yahoofilteredbulk"),
	STR_INIT("x-ymail"),
	STR_INIT("x-zoho-virus"),
	STR_INIT("xspam"),
};

/* Whole names, the same way. */
static const struct str names[] = {
	STR_INIT("content-length"),
	STR_INIT("delivered-to"),
	STR_INIT("delivery-date"),
	STR_INIT("envelope-to"),
	STR_INIT("forwarded"),
	STR_INIT("lines"),
	STR_INIT("return-path"),
	STR_INIT("spamdiagnosticmetadata"),
	STR_INIT("spamdiagnosticoutput"),
	STR_INIT("status"),
	STR_INIT("x-account-key"),
	STR_INIT("x-apparently-to"),
	STR_INIT("x-bayes"),
	STR_INIT("x-bayes-prob"),
	STR_INIT("x-bulk"),
	STR_INIT("x-evolution"),
	STR_INIT("x-imap"),
	STR_INIT("x-imapbase"),
	STR_INIT("x-keywords"),
	STR_INIT("x-osbf-lua-score"),
	STR_INIT("x-pirate"),
	STR_INIT("x-rcpt-to"),
	STR_INIT("x-received"),
	STR_INIT("x-resolved-to"),
	STR_INIT("x-status"),
	STR_INIT("x-stopit"),
};

/* The last one that is not after the name, or NULL. */
static const struct str *last_before(const struct str *sorted, size_t count, struct str name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp_ci(sorted[middle], name) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &sorted[low - 1] : NULL;
}

bool ignored_fields_has(struct str name, const struct map *more)
{
	const struct str *found =
		last_before(beginnings, sizeof(beginnings) / sizeof(beginnings[0]), name);

	if (found != NULL && str_starts_ci(name, *found))
		return true;
	found = last_before(names, sizeof(names) / sizeof(names[0]), name);
	if (found != NULL && str_eq_ci(name, *found))
		return true;
	return more != NULL && map_get(more, name) != NULL;
}
