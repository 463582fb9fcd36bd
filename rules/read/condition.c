/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/condition.h"

#include "rules/ask/ask.h"
#include "rules/eval/eval.h"
#include "rules/model/plugin.h"

#define PERL_VERSION 5.036

/* What can() and has() are true for, after "Mail::SpamAssassin::". Plugins' only with the plugin.
 */
static const char *const features[] = {
	"Conf::feature_bayes_auto_learn_on_error",
	"Conf::feature_bayes_stopwords",
	"Conf::feature_blocklist_welcomelist",
	"Conf::feature_bug6558_free",
	"Conf::feature_capture_rules",
	"Conf::feature_compile_regexp",
	"Conf::feature_dns_block_rule",
	"Conf::feature_dns_local_ports_permit_avoid",
	"Conf::feature_dns_query_restriction",
	"Conf::feature_edns",
	"Conf::feature_geodb",
	"Conf::feature_get_host",
	"Conf::feature_handlers",
	"Conf::feature_header_address_parser",
	"Conf::feature_header_first_last",
	"Conf::feature_header_match_many",
	"Conf::feature_local_tests_only",
	"Conf::feature_meta_rules_matching",
	"Conf::feature_originating_ip_headers",
	"Conf::feature_registryboundaries",
	"Conf::feature_subjprefix",
	"Conf::feature_uri_host_listed",
	"Conf::feature_welcomelist_blocklist",
	"Conf::feature_yesno_takes_args",
	"Conf::has_dns_max_cname_cache",
	"Conf::has_tflags_nolog",
	"Conf::has_tflags_nosubject",
	"Conf::has_util_rb_4tld",
	"Conf::perl_min_version_5010000",
	"Plugin::ASN::has_asn_lookup_ipv6",
	"Plugin::ASN::has_check_asn",
	"Plugin::AskDNS::has_tag_header",
	"Plugin::BodyEval::has_check_body_length",
	"Plugin::BodyEval::has_plaintext_body_sig_ratio",
	"Plugin::BodyEval::has_vertical_whitespace",
	"Plugin::DKIM::has_arc",
	"Plugin::DNSEval::has_tflags_domains_only",
	"Plugin::DNSEval::has_tflags_ips_only",
	"Plugin::DecodeShortURLs::has_autoclean",
	"Plugin::DecodeShortURLs::has_clear",
	"Plugin::DecodeShortURLs::has_get",
	"Plugin::DecodeShortURLs::has_max_redirections",
	"Plugin::DecodeShortURLs::has_short_url",
	"Plugin::DecodeShortURLs::has_short_url_code",
	"Plugin::DecodeShortURLs::has_short_url_redir",
	"Plugin::DecodeShortURLs::has_timeout",
	"Plugin::DecodeShortURLs::has_user_agent",
	"Plugin::HashBL::has_hashbl_attachments",
	"Plugin::HashBL::has_hashbl_bodyre",
	"Plugin::HashBL::has_hashbl_bodyre_num",
	"Plugin::HashBL::has_hashbl_email_domain",
	"Plugin::HashBL::has_hashbl_email_domain_alias",
	"Plugin::HashBL::has_hashbl_email_regex",
	"Plugin::HashBL::has_hashbl_email_welcomelist",
	"Plugin::HashBL::has_hashbl_email_whitelist",
	"Plugin::HashBL::has_hashbl_emails",
	"Plugin::HashBL::has_hashbl_ignore",
	"Plugin::HashBL::has_hashbl_sha256",
	"Plugin::HashBL::has_hashbl_tag",
	"Plugin::HashBL::has_hashbl_uris",
	"Plugin::HeaderEval::has_check_invalid_from",
	"Plugin::HeaderEval::has_check_invalid_replyto",
	"Plugin::HeaderEval::has_check_invalid_sender",
	"Plugin::MIMEEval::has_check_abundant_unicode_ratio",
	"Plugin::MIMEEval::has_check_for_ascii_text_illegal",
	"Plugin::MIMEEval::has_check_qp_ratio",
	"Plugin::MIMEHeader::has_all_header",
	"Plugin::MIMEHeader::has_capture_rules",
	"Plugin::MIMEHeader::has_tflags_concat",
	"Plugin::MIMEHeader::has_tflags_multiple",
	"Plugin::MIMEHeader::has_tflags_range",
	"Plugin::PDFInfo::has_pdf_count",
	"Plugin::PDFInfo::has_pdf_has_auto_script",
	"Plugin::PDFInfo::has_pdf_has_form",
	"Plugin::PDFInfo::has_pdf_has_script",
	"Plugin::PDFInfo::has_pdf_image_count",
	"Plugin::PDFInfo::has_pdf_image_size_exact",
	"Plugin::PDFInfo::has_pdf_image_size_range",
	"Plugin::PDFInfo::has_pdf_image_to_text_ratio",
	"Plugin::PDFInfo::has_pdf_is_empty_body",
	"Plugin::PDFInfo::has_pdf_is_encrypted",
	"Plugin::PDFInfo::has_pdf_match_details",
	"Plugin::PDFInfo::has_pdf_match_fuzzy_md5",
	"Plugin::PDFInfo::has_pdf_match_md5",
	"Plugin::PDFInfo::has_pdf_name_regex",
	"Plugin::PDFInfo::has_pdf_named",
	"Plugin::PDFInfo::has_pdf_pixel_coverage",
	"Plugin::PDFInfo::has_pdf_uri_count",
	"Plugin::Pyzor::has_fork",
	"Plugin::Razor2::has_fork",
	"Plugin::SPF::has_check_for_spf_errors",
	"Plugin::SPF::has_check_spf_skipped_noenvfrom",
	"Plugin::URIDNSBL::has_subtest_for_ranges",
	"Plugin::URIDNSBL::has_tflags_domains_only",
	"Plugin::URIDNSBL::has_tflags_notrim",
	"Plugin::URIDNSBL::has_uridnsbl_a_ns",
	"Plugin::URIDNSBL::has_uridnsbl_for_a",
	"Plugin::URIDNSBL::has_uridnsbl_skip_mailto",
	"Plugin::URIDetail::has_host_key",
	"Plugin::URIDetail::has_uridetail_negate",
};

/* "…::Plugin::X::method" → "…::Plugin::X". */
static struct str module_of(struct str method)
{
	ptrdiff_t colon = str_rfind_char(method, ':');

	return str_prefix(method, colon > 1 ? (size_t)colon - 1 : 0);
}

static bool has_feature(const struct ruleset *set, struct str method)
{
	static const struct str root = STR_INIT("Mail::SpamAssassin::");
	static const struct str compat = STR_INIT("Conf::compat_");
	struct str module = module_of(method);
	struct str rest;

	if (str_eq(method, STR("Assay::local_resolver")))
		return set->network_tests && set->local_resolver;
	if (!str_starts(method, root))
		return false;
	if (str_starts(method, STR(PLUGIN_PREFIX)) && !plugin_is_loaded(set, module))
		return false;
	rest = str_from_offset(method, root.len);
	if (str_starts(rest, compat))
		return map_get(set->compat, str_from_offset(rest, compat.len)) != NULL;
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (str_eq(rest, str_from(features[i])))
			return true;
	rest = str_from_offset(method, module.len + 2);
	return str_starts(method, STR(PLUGIN_PREFIX)) &&
	       (eval_find(rest) != NULL || ask_find_function(rest) != NULL);
}

static bool look_up(void *context, struct str name, struct str argument, struct expr_value *value_r,
                    struct error *err_r)
{
	const struct ruleset *set = context;

	if (argument.data == NULL) {
		if (str_eq(name, STR("version")))
			value_r->number = CONDITION_VERSION;
		else if (str_eq(name, STR("perl_version")))
			value_r->number = PERL_VERSION;
		else if (str_eq(name, STR("local_tests_only")))
			value_r->number = !set->network_tests;
		else
			return error_set(err_r, "unknown word '%.*s' in a condition",
			                 STR_FMT(name));
		return true;
	}
	if (str_eq(name, STR("plugin")))
		value_r->number = plugin_is_loaded(set, argument);
	else if (str_eq(name, STR("can")) || str_eq(name, STR("has")))
		value_r->number = has_feature(set, argument);
	else if (str_eq(name, STR("version")))
		return error_set(err_r, "version takes no argument");
	else
		return error_set(err_r,
		                 "unknown function '%.*s' in a condition; known are "
		                 "plugin(), can() and has()",
		                 STR_FMT(name));
	return true;
}

bool condition_holds(struct statement *statement)
{
	struct expr_names names = { look_up, statement->set };
	struct error error;
	size_t offset;
	struct expr *expr =
		expr_parse(statement->set->arena, statement->value, &names, &offset, &error);

	if (expr != NULL)
		return expr_eval(expr, NULL) != 0;
	statement_warn(statement, statement->value.data + offset, "%s", error.text);
	return false;
}
