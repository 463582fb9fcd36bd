/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/hashbl_rule.h"

#include "message/uri.h"

#define OF(source) (1u << (source))
#define OF_ALL     (OF(HASHBL_SOURCE_COUNT) - 1)

/* The functions: their arguments are the list, options, what `middle` says, and the subtest. */
static const struct {
	const char *name;
	const char *defaults; /* options where none are given */
	bool has_middle;
} functions[] = {
	[HASHBL_EMAILS] = { "check_hashbl_emails", "sha1/notag/noquote/max=10/shuffle", true },
	[HASHBL_URIS] = { "check_hashbl_uris", "sha1/max=10/shuffle", false },
	[HASHBL_BODY] = { "check_hashbl_bodyre", "sha1/max=10/shuffle", true },
	[HASHBL_TAG] = { "check_hashbl_tag", "sha1/max=10/shuffle", true },
	[HASHBL_FILES] = { "check_hashbl_attachments", "sha1/max=10/shuffle", false },
};

static const struct {
	const char *name;
	unsigned bits;
	unsigned sources; /* the functions that know it */
} options[] = {
	{ "case", HASHBL_CASE, OF_ALL },
	{ "shuffle", HASHBL_SHUFFLE, OF_ALL },
	{ "nodot", HASHBL_NODOT, OF(HASHBL_EMAILS) },
	{ "notag", HASHBL_NOTAG, OF(HASHBL_EMAILS) },
	{ "nouri", HASHBL_NOURI, OF(HASHBL_EMAILS) },
	{ "noquote", HASHBL_NOQUOTE, OF(HASHBL_EMAILS) },
	{ "user", HASHBL_USER, OF(HASHBL_EMAILS) },
	{ "host", HASHBL_HOST, OF(HASHBL_EMAILS) },
	{ "domain", HASHBL_DOMAIN, OF(HASHBL_EMAILS) },
	{ "num", HASHBL_NUM, OF(HASHBL_BODY) },
	{ "ip", HASHBL_IP, OF(HASHBL_TAG) },
	{ "ipv4", HASHBL_IPV4, OF(HASHBL_TAG) },
	{ "ipv6", HASHBL_IPV6, OF(HASHBL_TAG) },
	{ "revip", HASHBL_REVIP, OF(HASHBL_TAG) },
	{ "fqdn", HASHBL_FQDN, OF(HASHBL_TAG) },
	{ "tld", HASHBL_TLD, OF(HASHBL_TAG) },
	{ "trim", HASHBL_TRIM, OF(HASHBL_TAG) },
};

static const struct {
	const char *name;
	enum hashbl_digest digest;
} digests[] = {
	{ "raw", HASHBL_RAW },
	{ "md5", HASHBL_MD5 },
	{ "sha1", HASHBL_SHA1 },
	{ "sha256", HASHBL_SHA256 },
};

/* One call that is being read. */
struct call {
	struct ruleset *set;
	struct rule *rule;
	struct hashbl_rule *hashbl;
	const char **at_r;
	struct error *err_r;
};

static bool wrong(struct call *call, struct str at, const char *what)
{
	*call->at_r = at.data;
	return error_set(call->err_r, "'%.*s' %s", STR_FMT(at), what);
}

static struct str argument(const struct call *call, size_t i)
{
	const struct str_list *texts = &call->rule->eval_args.texts;

	return i < texts->len ? texts->items[i] : STR("");
}

/* The rule is asked all the same, as SpamAssassin does. */
static bool unknown(struct call *call, struct str option)
{
	wrong(call, option, "is no option of this function, and ignored");
	return true;
}

/* "zone", "zone/A", "zone/TXT" */
static bool read_list(struct call *call)
{
	struct str list = argument(call, 0), zone = list;

	call->hashbl->type = DNS_A;
	if (str_ends_ci(zone, STR("/A"))) {
		zone.len -= 2;
	} else if (str_ends_ci(zone, STR("/TXT"))) {
		zone.len -= 4;
		call->hashbl->type = DNS_TXT;
	}
	if (list.data == NULL || list.len == 0)
		return error_set(call->err_r, "the list is missing; name its zone first");
	if (!dns_list_name_valid(zone))
		return wrong(call, list, "is no list; write its zone, with /A or /TXT after it");
	zone = dns_name_canonical(call->set->arena, zone);
	call->hashbl->zone = uri_host_to_ascii(call->set->arena, zone);
	return true;
}

/* "max=10" and the like: a number. */
static bool read_number(struct call *call, struct str option)
{
	struct hashbl_rule *hashbl = call->hashbl;
	ptrdiff_t equals = str_find_char(option, '=');
	struct str name = str_trim(str_prefix(option, (size_t)equals));
	bool of_files = hashbl->source == HASHBL_FILES;
	uint64_t number;

	if (!str_to_uint(str_trim(str_from_offset(option, (size_t)equals + 1)), UINT32_MAX,
	                 &number))
		return wrong(call, option, "needs a number");
	if (str_eq_ci(name, STR("max")))
		hashbl->max = number > 0 ? number : HASHBL_DEFAULT_MAX;
	else if (of_files && str_eq_ci(name, STR("minsize")))
		hashbl->min_bytes = number;
	else if (of_files && str_eq_ci(name, STR("maxsize")))
		hashbl->max_bytes = number;
	else
		return unknown(call, option);
	return true;
}

static bool read_option(struct call *call, struct str option)
{
	struct hashbl_rule *hashbl = call->hashbl;

	if (str_find_char(option, '=') >= 0)
		return read_number(call, option);
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		if (!str_eq_ci(option, str_from(digests[i].name)))
			continue;
		if (digests[i].digest > hashbl->digest)
			hashbl->digest = digests[i].digest;
		return true;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!str_eq_ci(option, str_from(options[i].name)) ||
		    (options[i].sources & OF(hashbl->source)) == 0)
			continue;
		hashbl->options |= options[i].bits;
		return true;
	}
	return unknown(call, option);
}

/* Options that are given stand alone: what they don't name is off. */
static bool read_options(struct call *call)
{
	struct hashbl_rule *hashbl = call->hashbl;
	struct str given = argument(call, 1), rest = given, option;

	hashbl->max = HASHBL_DEFAULT_MAX;
	hashbl->digest = HASHBL_RAW;
	if (given.len == 0)
		rest = str_from(functions[hashbl->source].defaults);
	while (str_next_piece(&rest, '/', &option)) {
		option = str_trim(option);
		if (option.len > 0 && !read_option(call, option))
			return false;
	}
	if (hashbl->digest == HASHBL_RAW &&
	    (hashbl->source == HASHBL_URIS || hashbl->source == HASHBL_FILES))
		return wrong(call, given, "names no digest; md5, sha1 and sha256 are some");
	return true;
}

static struct pattern *read_pattern(struct call *call, struct str source)
{
	size_t offset = 0;
	struct pattern *pattern =
		pattern_compile_bare(call->set->arena, source, "", &offset, call->err_r);

	if (pattern == NULL)
		*call->at_r = source.data + offset;
	return pattern;
}

static bool read_field(struct call *call, struct str name)
{
	struct hashbl_rule_field field = { HASHBL_IN_FIELD, NULL };

	if (str_eq(name, STR("ALLFROM"))) {
		field.place = HASHBL_IN_SENDERS;
	} else if (str_eq(name, STR("body"))) {
		field.place = HASHBL_IN_BODY;
	} else {
		field.request = field_request_parse(call->set->arena, name, call->err_r);
		if (field.request == NULL) {
			*call->at_r = name.data;
			return false;
		}
	}
	vec_push(call->set->arena, &call->hashbl->fields, field);
	return true;
}

/* "ALLFROM/Reply-To/body": where addresses are looked for. */
static bool read_fields(struct call *call, struct str fields)
{
	struct str rest = fields.len > 0 ? fields : STR("ALLFROM/Reply-To/body"), name;

	while (str_next_piece(&rest, '/', &name)) {
		name = str_trim(name);
		if (name.len > 0 && !read_field(call, name))
			return false;
	}
	return true;
}

static bool read_acl(struct call *call, struct str name)
{
	struct hashbl_rule *hashbl = call->hashbl;

	hashbl->has_acl = name.len > 0;
	if (name.len == 0 || str_eq(name, STR("all")))
		return true;
	hashbl->acl = map_get(call->set->hashbl.acls, arena_str_lower(call->set->arena, name));
	return hashbl->acl != NULL ||
	       wrong(call, name, "is no ACL; hashbl_acl_… statements name its domains");
}

/* "_NAME_" or "NAME" */
static bool read_tag(struct call *call, struct str tag)
{
	char *name = arena_alloc(call->set->arena, tag.len + 1);

	if (tag.len > 2 && tag.data[0] == '_' && tag.data[tag.len - 1] == '_')
		tag = (struct str){ tag.data + 1, tag.len - 2 };
	if (tag.len == 0)
		return error_set(call->err_r, "the tag is missing; it is the third argument");
	for (size_t i = 0; i < tag.len; i++)
		name[i] = (char)(tag.data[i] - (tag.data[i] >= 'a' && tag.data[i] <= 'z' ? 32 : 0));
	call->hashbl->tag = (struct str){ name, tag.len };
	return true;
}

static bool read_body_pattern(struct call *call, struct str pattern)
{
	if (pattern.len == 0)
		return error_set(call->err_r, "the pattern is missing; it is the third argument");
	call->hashbl->pattern = read_pattern(call, pattern);
	return call->hashbl->pattern != NULL;
}

static bool read_middle(struct call *call)
{
	struct str middle = argument(call, 2);

	switch (call->hashbl->source) {
	case HASHBL_EMAILS:
		return read_fields(call, middle) && read_acl(call, argument(call, 4));
	case HASHBL_BODY:
		return read_body_pattern(call, middle);
	case HASHBL_TAG:
		return read_tag(call, middle);
	default:
		return true;
	}
}

/* Of the addresses that lists usually list with. */
static bool takes_listings(const struct pattern *subtest)
{
	struct pattern_matcher *matcher = pattern_matcher_new(0);
	struct pattern_span span;
	bool takes = false;
	char text[16];

	for (unsigned i = 0; i < 4 * 256 && !takes; i++) {
		int len = snprintf(text, sizeof(text), "127.0.%u.%u", i / 256, i % 256);

		takes = pattern_match(subtest, matcher, (struct str){ text, (size_t)len }, 0,
		                      &span) == PATTERN_MATCH;
	}
	pattern_matcher_free(matcher);
	return takes;
}

static bool read_subtest(struct call *call)
{
	struct str subtest = argument(call, functions[call->hashbl->source].has_middle ? 3 : 2);

	if (subtest.len == 0)
		return true;
	call->hashbl->subtest = read_pattern(call, subtest);
	if (call->hashbl->subtest == NULL)
		return false;
	call->hashbl->wants_others =
		call->hashbl->type == DNS_A && !takes_listings(call->hashbl->subtest);
	return true;
}

bool hashbl_rule_prepare(struct ruleset *set, struct rule *rule, const char **at_r,
                         struct error *err_r)
{
	struct hashbl_rule *hashbl = arena_new_object(set->arena, struct hashbl_rule);
	struct call call = { set, rule, hashbl, at_r, err_r };

	while (!str_eq(str_from(functions[hashbl->source].name), rule->eval_name))
		hashbl->source++;
	rule->ask = hashbl;
	return read_list(&call) && read_options(&call) && read_middle(&call) && read_subtest(&call);
}
