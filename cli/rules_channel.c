/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rules_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/rules_signature.h"
#include "scoring/rule_channel.h"
#include "update/archive.h"
#include "update/channel_text.h"
#include "update/checksum.h"
#include "update/http.h"
#include "update/mirrors.h"

#define MIRRORS_FILE      "MIRRORED.BY"
#define MIRRORS_SECONDS   (7 * 86400)
#define MIRRORS_BYTES_MAX (256 * 1024)
#define MIRRORS_TRIED_MAX 10
#define PACKED_BYTES_MAX  (32 << 20)
#define BESIDE_BYTES_MAX  (64 * 1024)

/* Rules are written for versions of SpamAssassin; channels name what is the newest for each, with
 * the numbers in reverse order. Those that we read are of 4.0. */
static const char *const version_names[] = { "3.0.4", "2.0.4", "1.0.4", "0.0.4" };

static uint64_t random_number(void)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), 0) < 0)
		number = (uint64_t)time(NULL);
	return number;
}

/* The texts of a name; RULES_CHANNEL_NONE where it has none. */
static enum rules_channel_news ask(const struct rules_channel *channel, struct str name,
                                   struct str_list *texts_r, struct error *err_r)
{
	struct arena *arena = channel->options->arena;
	struct dns_query *query = dns_query_start(channel->dns, name, DNS_TXT);
	const struct dns_answer *answer = dns_query_wait(query, deadline_never());
	enum dns_status status = answer != NULL ? answer->status : DNS_TIMEOUT;

	*texts_r = (struct str_list){ 0 };
	for (size_t i = 0; status == DNS_OK && i < answer->count; i++)
		if (answer->records[i].type == DNS_TXT)
			vec_push(arena, texts_r,
			         arena_str(arena, str_trim(answer->records[i].data)));
	dns_query_free(query);
	if (texts_r->len > 0)
		return RULES_CHANNEL_VERSION;
	error_set(err_r, "TXT %.*s: %s", STR_FMT(name), dns_status_name(status));
	return status == DNS_NXDOMAIN || status == DNS_NODATA ? RULES_CHANNEL_NONE
	                                                      : RULES_CHANNEL_FAILED;
}

static enum rules_channel_news ask_mirrors(const struct rules_channel *channel,
                                           struct str_list *urls_r, struct error *err_r)
{
	struct str name = arena_printf(channel->options->arena, "mirrors.%.*s",
	                               STR_FMT(channel->sets.channel));

	return ask(channel, name, urls_r, err_r);
}

static enum rules_channel_news newest_of(const struct str_list *texts, struct str *version_r,
                                         struct error *err_r)
{
	const struct str *text;

	vec_foreach (texts, text)
		if (rule_channel_version_valid(*text) &&
		    (version_r->len == 0 || rule_sets_compare(*version_r, *text) < 0))
			*version_r = *text;
	if (version_r->len > 0)
		return RULES_CHANNEL_VERSION;
	error_set(err_r, "the version in the DNS is no number");
	return RULES_CHANNEL_FAILED;
}

enum rules_channel_news rules_channel_newest(const struct rules_channel *channel,
                                             struct str *version_r, struct error *err_r)
{
	struct str_list texts;

	*version_r = STR("");
	for (size_t i = 0; i < sizeof(version_names) / sizeof(version_names[0]); i++) {
		struct str name = arena_printf(channel->options->arena, "%s.%.*s", version_names[i],
		                               STR_FMT(channel->sets.channel));
		enum rules_channel_news news = ask(channel, name, &texts, err_r);

		if (news == RULES_CHANNEL_VERSION)
			return newest_of(&texts, version_r, err_r);
		if (news == RULES_CHANNEL_FAILED)
			return news;
	}
	if (ask_mirrors(channel, &texts, err_r) == RULES_CHANNEL_VERSION)
		return RULES_CHANNEL_NONE;
	return RULES_CHANNEL_FAILED;
}

static struct str mirrors_path(const struct rules_channel *channel)
{
	return rule_sets_path(&channel->sets, STR(MIRRORS_FILE));
}

/* False where there is no list that could be used. */
static bool read_mirrors(const struct rules_channel *channel, struct mirror_list *mirrors_r)
{
	struct error error;
	struct str text;

	*mirrors_r = (struct mirror_list){ 0 };
	if (cli_read_file(channel->options->arena, mirrors_path(channel).data, &text, &error))
		mirrors_parse(channel->options->arena, text, mirrors_r);
	return mirrors_r->len > 0;
}

/* Gets the list from one of the places that the DNS names. */
static bool fetch_mirrors_from(const struct rules_channel *channel, struct str url, time_t since,
                               struct error *err_r)
{
	struct arena *arena = channel->options->arena;
	struct mirror_list mirrors;
	struct str text;

	switch (http_fetch(arena, url, MIRRORS_BYTES_MAX, since, &text, err_r)) {
	case HTTP_FETCHED:
		mirrors_parse(arena, text, &mirrors);
		if (mirrors.len == 0)
			return error_set(err_r, "%.*s: names no mirrors", STR_FMT(url));
		return rule_sets_write_file(&channel->sets, STR(MIRRORS_FILE), text, err_r);
	case HTTP_UNCHANGED:
		return utimensat(AT_FDCWD, mirrors_path(channel).data, NULL, 0) == 0 ||
		       error_set(err_r, "%.*s: %s", STR_FMT(mirrors_path(channel)),
		                 strerror(errno));
	default:
		return false;
	}
}

static bool fetch_mirrors(const struct rules_channel *channel, time_t since, struct error *err_r)
{
	struct mirror_list places = { 0 };
	struct mirror place;
	struct str_list urls;
	const struct str *url;

	if (ask_mirrors(channel, &urls, err_r) != RULES_CHANNEL_VERSION)
		return false;
	error_set(err_r, "TXT mirrors.%.*s: no URL of http or https",
	          STR_FMT(channel->sets.channel));
	vec_foreach (&urls, url)
		if (mirrors_url_valid(*url))
			vec_push(channel->options->arena, &places, ((struct mirror){ *url, 1 }));
	while (mirrors_take(&places, random_number(), &place))
		if (fetch_mirrors_from(channel, place.url, since, err_r))
			return true;
	return false;
}

static bool find_mirrors(const struct rules_channel *channel, struct mirror_list *mirrors_r,
                         struct error *err_r)
{
	bool have = read_mirrors(channel, mirrors_r);
	struct stat status;

	if (!have || stat(mirrors_path(channel).data, &status) != 0)
		status.st_mtime = 0;
	if (have && !channel->options->refresh_mirrors && status.st_mtime <= time(NULL) &&
	    status.st_mtime > time(NULL) - MIRRORS_SECONDS)
		return true;
	if (fetch_mirrors(channel, status.st_mtime, err_r))
		return read_mirrors(channel, mirrors_r) ||
		       error_set(err_r, "%.*s: names no mirrors", STR_FMT(mirrors_path(channel)));
	if (have)
		fprintf(stderr, "assay rules: %.*s: the list of mirrors is not new: %s\n",
		        STR_FMT(channel->sets.channel), err_r->text);
	return have;
}

/* The file beside the archive with this ending. */
static enum http_result fetch_beside(const struct rules_channel *channel, struct str url,
                                     const char *ending, struct str *text_r, struct error *err_r)
{
	struct arena *arena = channel->options->arena;

	return http_fetch(arena, arena_printf(arena, "%.*s%s", STR_FMT(url), ending),
	                  BESIDE_BYTES_MAX, 0, text_r, err_r);
}

/* Whichever checksum is there must hold. */
static bool check_sum(const struct rules_channel *channel, struct str url, struct str archive,
                      struct error *err_r)
{
	static const struct {
		const char *ending;
		enum checksum_kind kind;
	} kinds[] = { { ".sha512", CHECKSUM_SHA512 }, { ".sha256", CHECKSUM_SHA256 } };
	struct str text;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		enum http_result result = fetch_beside(channel, url, kinds[i].ending, &text, err_r);

		if (result == HTTP_MISSING)
			continue;
		if (result != HTTP_FETCHED)
			return false;
		return checksum_matches(kinds[i].kind, text, archive) ||
		       error_set(err_r, "%.*s: is not what its checksum %s says", STR_FMT(url),
		                 kinds[i].ending);
	}
	/* A signature proves more. */
	return !channel->options->no_gpg;
}

static bool check_signature(const struct rules_channel *channel, struct str url, struct str archive,
                            struct error *err_r)
{
	struct str signature;
	struct error why;

	if (channel->options->no_gpg)
		return true;
	if (fetch_beside(channel, url, ".asc", &signature, err_r) != HTTP_FETCHED)
		return false;
	return rules_signature_check(channel->options, &channel->sets, archive, signature, &why) ||
	       error_set(err_r, "%.*s: the signature does not hold: %s", STR_FMT(url), why.text);
}

static bool install(const struct rules_channel *channel, struct str version, struct str archive,
                    struct error *err_r)
{
	struct arena *arena = channel->options->arena;
	struct str_list skipped, ignored;
	struct rule_set_files files;
	const struct str *text;

	if (!archive_read_files(arena, archive, &files, &skipped, err_r))
		return false;
	channel_text_restrict(arena, &files, &ignored);
	vec_foreach (&ignored, text)
		fprintf(stderr,
		        "assay rules: %.*s/%.*s: not in force, since a channel may not say it: "
		        "%.*s\n",
		        STR_FMT(channel->sets.channel), STR_FMT(version), STR_FMT(*text));
	return rule_sets_install(&channel->sets, version, &files, err_r);
}

static bool fetch_from(const struct rules_channel *channel, const struct mirror *mirror,
                       struct str version, struct error *err_r)
{
	struct arena *arena = channel->options->arena;
	struct str url =
		arena_printf(arena, "%.*s/%.*s.tar.gz", STR_FMT(mirror->url), STR_FMT(version));
	struct str archive;

	return http_fetch(arena, url, PACKED_BYTES_MAX, 0, &archive, err_r) == HTTP_FETCHED &&
	       check_sum(channel, url, archive, err_r) &&
	       check_signature(channel, url, archive, err_r) &&
	       install(channel, version, archive, err_r);
}

bool rules_channel_fetch(const struct rules_channel *channel, struct str version,
                         struct error *err_r)
{
	struct mirror_list mirrors;
	struct mirror mirror;

	if (!find_mirrors(channel, &mirrors, err_r))
		return false;
	for (int i = 0; i < MIRRORS_TRIED_MAX && mirrors_take(&mirrors, random_number(), &mirror);
	     i++)
		if (fetch_from(channel, &mirror, version, err_r))
			return true;
	return false;
}
